"""What an upgrade changes: verdicts by the law as release 1.0.0 said it, beside those of today."""

import json
from datetime import date

import pytest
from django.core.management import call_command

from registry.law.verdicts import Verdict
from registry.mechanisms.changed_verdicts import verdicts_changed_since
from registry.models import TransferMechanism, law_on
from tests.factories import make_activity, make_transfer, make_vendor
from tests.growth import double_the_register, queries_of_pages
from tests.integration.pages import text_of

pytestmark = pytest.mark.django_db

PAGE = "/admin/findings/changed-verdicts/"
TODAY = date(2026, 11, 27)


@pytest.fixture
def register(reference):
    """Activities whose verdict changes, each named for what is missing, and one whose verdict does not."""
    vendor = make_vendor(name="Exempel AB")
    facts = {
        "unsigned clauses": ("IN", "scc_2021_m2", {"assessed_on": date(2024, 1, 1)}),
        "unapproved rules": ("IN", "bcr", {"assessed_on": date(2024, 1, 1)}),
        "undated check": ("US", "dpf", {"recipient_qualifies": "yes"}),
        "certificate": ("US", "certification", {"recipient_qualifies": "yes", "assessed_on": date(2024, 1, 1)}),
        "signed and assessed": ("IN", "scc_2021_m2", {"signed_on": date(2023, 1, 1), "assessed_on": date(2024, 1, 1)}),
    }
    for purpose, (country, code, values) in facts.items():
        activity = make_activity(vendor=vendor, purpose=purpose, country=country)
        make_transfer(activity=activity, mechanism=TransferMechanism.objects.get(code=code), **values)
    make_activity(vendor=vendor, purpose="French Polynesia", country="PF")
    make_activity(vendor=vendor, purpose="Sweden", country="SE")


def verdicts(on=TODAY):
    return {
        change.activity.purpose: (change.before.verdict, change.after.verdict)
        for change in verdicts_changed_since("1.0.0", law_on(on))
    }


def test_each_verdict_that_changed_is_listed_with_both(register):
    assert verdicts() == {
        "unsigned clauses": (Verdict.COVERED, Verdict.NEEDS_CHECK),
        "unapproved rules": (Verdict.COVERED, Verdict.NEEDS_CHECK),
        "undated check": (Verdict.COVERED, Verdict.NEEDS_CHECK),
        "certificate": (Verdict.COVERED, Verdict.NEEDS_CHECK),
        "French Polynesia": (Verdict.NOT_COVERED, Verdict.NEEDS_CHECK),
    }


def test_by_the_law_of_another_day(register):
    assert verdicts(date(2024, 6, 1))["certificate"] == (Verdict.COVERED, Verdict.NOT_COVERED)
    assert "French Polynesia" not in verdicts(date(2019, 5, 31))


def test_the_page_says_why(admin, register):
    page = text_of(admin.get(PAGE))
    assert "5 activities have another verdict than release 1.0.0 gave them" in page
    assert "The day of signing is not recorded" in page
    assert "Sweden" not in page


def test_the_command_says_why_in_each_format(register, capfdbinary, tmp_path):
    call_command("check_register", changed_since="1.0.0", on=TODAY, language="sv")
    text = capfdbinary.readouterr().out.decode()
    assert text.startswith("Utfall som har ändrats sedan 1.0.0: 5\n")
    assert "Exempel AB: unsigned clauses [ingen ägare]: har stöd → behöver kontrolleras." in text
    call_command("check_register", changed_since="1.0.0", on=TODAY, format="json")
    values = json.loads(capfdbinary.readouterr().out)
    assert values["changed"][0]["before"] == "covered"
    call_command("check_register", changed_since="1.0.0", format="xlsx", output=tmp_path / "changed.xlsx")
    assert (tmp_path / "changed.xlsx").read_bytes()[:2] == b"PK"


def test_the_original_register_stands_where_it_stood(imported, reference):
    assert verdicts(date(2020, 7, 15)) == verdicts(date(2020, 7, 16)) == verdicts() == {}


def test_the_number_of_queries_does_not_grow(admin, register):
    before = queries_of_pages(admin, [PAGE])
    double_the_register()
    assert queries_of_pages(admin, [PAGE]) == before
