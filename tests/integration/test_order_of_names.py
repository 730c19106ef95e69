"""Names stand in the order of the reader's alphabet in lists, choices and files, the same on every database."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import call_command
from django.http import QueryDict
from django.test import Client
from django.utils import timezone, translation

from registry.core import alphabet
from registry.core.alphabet import SIGNS, order_of
from registry.core.order import in_order_of_names
from registry.files.columns import COLUMNS_BY_KEY
from registry.findings.findings import findings_of_rule
from registry.findings.reminders import review_reminders
from registry.findings.rules import RULES_BY_CODE
from registry.models import (
    Agreement,
    LegalBasis,
    ProcessingActivity,
    Transfer,
    TransferMechanism,
    User,
    Vendor,
    law_on,
)
from registry.web.lists.activity_filter import ActivityFilter
from registry.web.sub_processors import sub_processors

pytestmark = pytest.mark.django_db

#: Those of the file with which the order was asked for; each list as its readers expect it.
ORDERS = {
    "sv": [
        "(Parentes) AB", "1177", "3M", "Aa Data", "alfa", "Bravo", "de Boer", "De Vries", "Éclair", "och & co", "Übung",
        "Zeta", "Ångström", "Æble", "Ärlig", "Ö-vik", "Ødegaard", "Österns",
    ],
    "en": [
        "(Parentes) AB", "1177", "3M", "Aa Data", "Æble", "alfa", "Ångström", "Ärlig", "Bravo", "de Boer", "De Vries",
        "Éclair", "Ö-vik", "och & co", "Ødegaard", "Österns", "Übung", "Zeta",
    ],
}  # fmt: skip
LANGUAGES = list(ORDERS)
FILES = Path(__file__).parent / "files"
#: What else a name may begin with: each sign, digits, letters with accents, and letters of other alphabets.
FURTHER = [
    *(f"{sign}x" for group in SIGNS for sign in group.strip()),
    *("a b", "ab", "a-b", "a–b", "0x", "9x", "Straße", "Strasse", "straßen", "Łódź", "Đuro", "Þór", "Ðe", "İzmir"),
    *("ısı", "Œuvre", "Ĳssel", "Ťažký", "Ωmega", "Москва", "東京", "vänster", "wagon", "Vagn"),
    *("Eclair", "eclair", "e\u0301clair"),
]  # fmt: skip


@pytest.fixture
def vendors(recording: Any) -> list[Vendor]:
    """Written in an order of their own."""
    names = sorted(ORDERS["sv"], key=lambda name: name[::-1])
    with recording():
        return Vendor.objects.bulk_create(Vendor(name=name) for name in names)


@pytest.fixture
def activities(vendors: list[Vendor], recording: Any) -> list[ProcessingActivity]:
    rows = [
        ProcessingActivity(vendor=vendor, purpose=vendor.name, personal_data=vendor.name, country="SE", position=place)
        for place, vendor in enumerate(vendors)
    ]
    with recording():
        return ProcessingActivity.objects.bulk_create(rows)


def in_order_of_page(page: str) -> list[str]:
    """The names where they stand first in a row or a list."""
    named = {re.sub(r"&amp;", "&", text) for text in ORDERS["sv"]}
    texts = (text.replace("&amp;", "&").strip() for text in re.findall(r">([^<>]+)<", page))
    return [text for text in texts if text in named]


def page(client: Client, address: str, language: str) -> str:
    response = client.get(address, headers={"accept-language": language}, follow=True)
    assert response.status_code == 200, address
    return response.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
class TestEveryOrder:
    def test_the_register_page(self, admin: Client, activities: Any, language: str) -> None:
        for column in ("vendor", "purpose", "personal_data"):
            address = f"/admin/register/?column={column}&sort="
            assert in_order_of_page(page(admin, address + column, language)) == ORDERS[language]
            assert in_order_of_page(page(admin, f"{address}-{column}", language)) == ORDERS[language][::-1]

    @pytest.mark.parametrize("address", ["vendors/", "vendors/?sort=vendor", "registry/vendor/"])
    def test_the_list_of_vendors(self, admin: Client, vendors: Any, language: str, address: str) -> None:
        assert in_order_of_page(page(admin, f"/admin/{address}", language)) == ORDERS[language]

    def test_the_list_of_agreements(self, admin: Client, vendors: list[Vendor], recording: Any, language: str) -> None:
        with recording():
            Agreement.objects.bulk_create(Agreement(vendor=vendor, kind="other") for vendor in vendors)
        assert in_order_of_page(page(admin, "/admin/registry/agreement/", language)) == ORDERS[language]

    @pytest.mark.parametrize("model", [LegalBasis, TransferMechanism], ids=["legal bases", "mechanisms"])
    def test_the_lists_of_labels(self, admin: Client, recording: Any, language: str, model: Any) -> None:
        with recording():
            for number, name in enumerate(sorted(ORDERS["sv"], key=lambda name: name[::-1])):
                model(label=name, **({"code": f"m{number}"} if model is TransferMechanism else {})).save()
        shown = in_order_of_page(page(admin, f"/admin/registry/{model._meta.model_name}/", language))
        assert shown == ORDERS[language]

    def test_the_choices_of_filters(
        self, admin: Client, activities: list[ProcessingActivity], recording: Any, language: str
    ) -> None:
        with recording():
            for number, activity in enumerate(activities):
                basis = LegalBasis(label=activity.vendor.name)
                basis.save()
                activity.legal_basis = basis
                activity.save()
                mechanism = TransferMechanism(label=activity.vendor.name, code=f"m{number}")
                mechanism.save()
                Transfer(activity=activity, mechanism=mechanism).save()
        with translation.override(language):
            law = law_on(date(2026, 1, 1))
            filters = ActivityFilter(QueryDict(), ProcessingActivity.objects.all(), law).form.fields
            for name in ("legal_basis", "mechanism"):
                labels = [str(label) for value, label in filters[name].choices if value != "null"]
                assert labels == ORDERS[language]

    def test_what_is_offered_while_one_types(self, admin: Client, vendors: Any, language: str) -> None:
        query = "?app_label=registry&model_name=processingactivity&field_name=vendor&term="
        found = json.loads(page(admin, f"/admin/autocomplete/{query}", language))
        assert [each["text"] for each in found["results"]] == ORDERS[language]

    def test_people_who_are_offered(self, admin: Client, make_user: Callable[..., User], language: str) -> None:
        for number, name in enumerate(sorted(ORDERS["sv"], key=lambda name: name[::-1])):
            user = make_user(name=f"user{number}")
            user.first_name = name
            user.save()
        query = "?app_label=registry&model_name=vendor&field_name=owner&term=user"
        found = json.loads(page(admin, f"/admin/autocomplete/{query}", language))
        assert [each["text"].rpartition(" (")[0] for each in found["results"]] == ORDERS[language]

    def test_findings_on_the_page_and_in_the_file(
        self, admin: Client, reference: None, vendors: Any, language: str
    ) -> None:
        shown = page(admin, "/admin/findings/?rule=role_not_assessed", language)
        assert in_order_of_page(shown) == ORDERS[language]
        with translation.override(language):
            law = law_on(date(2026, 11, 24))
            names = [finding.vendor.name for finding in findings_of_rule(RULES_BY_CODE["role_not_assessed"], law)]
        assert names == ORDERS[language]

    def test_what_is_due(self, admin: Client, vendors: list[Vendor], recording: Any, language: str) -> None:
        with recording():
            for vendor in vendors:
                vendor.review_interval_months = 12
                vendor.save()
            Agreement.objects.bulk_create(
                Agreement(vendor=vendor, kind="other", reference="R", valid_until=timezone.localdate())
                for vendor in vendors
            )
        shown = page(admin, "/admin/due/", language)
        reviews, _changed, agreements, _checks = shown.split("<h2>")[-4:]
        assert in_order_of_page(reviews) == ORDERS[language]
        places = [agreements.index(f">{name.replace('&', '&amp;')}:") for name in ORDERS[language]]
        assert places == sorted(places)

    def test_sub_processors_and_reminders(
        self, vendors: list[Vendor], recording: Any, make_user: Callable[..., User], language: str
    ) -> None:
        owner = make_user()
        with recording():
            above = Vendor(name="Above")
            above.save()
            for vendor in vendors:
                vendor.owner, vendor.engaged_by, vendor.review_interval_months = owner, above, 12
                vendor.save()
        with translation.override(language):
            law = law_on(date(2026, 11, 24))
            assert [node.vendor.name for node in sub_processors(above, law)] == ORDERS[language]
            texts = [reminder.text for reminder in review_reminders(owner, date(2026, 11, 24))]
        assert [name for text in texts for name in ORDERS[language] if text.startswith(name)] == ORDERS[language]

    def test_an_export_of_what_is_shown(self, admin: Client, activities: Any, language: str) -> None:
        address = "/admin/register/export/?column=vendor&sort=vendor"
        response = admin.post(address, {"format": "csv"}, headers={"accept-language": language})
        _headings, *rows = csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig")))
        assert [name for name, _key in rows] == ORDERS[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_is_shown_and_leaves_in_the_order_of_the_reader(admin: Client, language: str) -> None:
    call_command("import_register", FILES / "p_order.xlsx", reason="x", verbosity=0)
    assert in_order_of_page(page(admin, "/admin/register/?sort=vendor", language)) == ORDERS[language]
    answer = admin.post(
        "/admin/register/export/?sort=vendor", {"format": "xlsx"}, headers={"accept-language": language}
    )
    sheet = openpyxl.load_workbook(io.BytesIO(answer.getvalue())).worksheets[0]
    assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == ORDERS[language]


@pytest.mark.parametrize("language", [*LANGUAGES, "sv-fi", "de"])
def test_every_database_has_the_order_of_the_alphabet(recording: Any, language: str) -> None:
    """Of names and of labels, which are not folded."""
    names = [*ORDERS["sv"], *FURTHER]
    random.Random(language).shuffle(names)  # noqa: S311 - any order
    with recording():
        for name in dict.fromkeys(names):
            LegalBasis(label=name).save()
    labels = list(LegalBasis.objects.values_list("label", flat=True))
    with translation.override(language):
        found = list(LegalBasis.objects.order_by(in_order_of_names("label")).values_list("label", flat=True))
    assert found == sorted(labels, key=lambda label: order_of(label, language))


@pytest.fixture
def danish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An alphabet that is added to the file, with two letters that are one."""
    file = tmp_path / "letters.csv"
    file.write_text(alphabet.FILE.read_text() + "da,æ,{\nda,ø,|\nda,å,}\nda,aa,}\n")
    monkeypatch.setattr(alphabet, "FILE", file)
    for kept in (alphabet.alphabet_of, alphabet._table):
        kept.cache_clear()
    yield
    for kept in (alphabet.alphabet_of, alphabet._table):
        kept.cache_clear()


def test_a_further_alphabet_is_lines_of_a_file(danish: None, recording: Any) -> None:
    with recording():
        for name in ("Aarhus", "Æble", "Zoo", "Åse", "Abe", "Ødegaard", "aa", "Øl & Vand"):
            LegalBasis(label=name).save()
    with translation.override("da"):
        found = list(LegalBasis.objects.order_by(in_order_of_names("label")).values_list("label", flat=True))
    assert found == ["Abe", "Zoo", "Æble", "Ødegaard", "Øl & Vand", "aa", "Aarhus", "Åse"]


def test_nothing_stands_first(activities: list[ProcessingActivity], recording: Any) -> None:
    with recording():
        basis = LegalBasis(label="Avtal")
        basis.save()
        activities[3].legal_basis = basis
        activities[3].save()
    order = COLUMNS_BY_KEY["legal_ground"].sorts_by
    assert ProcessingActivity.objects.order_by(order.asc()).last() == activities[3]
    assert ProcessingActivity.objects.order_by(order.desc()).first() == activities[3]


def test_signs_stand_before_digits_and_no_two_texts_are_equal() -> None:
    assert len(SIGNS) + 2 <= ord("0")
    keys = {order_of(name, language) for language in LANGUAGES for name in FURTHER}
    assert len(keys) >= len(set(FURTHER))
    assert order_of("Eclair", "en") != order_of("Éclair", "en")
