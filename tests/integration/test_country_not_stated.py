"""A country that nobody states is an open question: never an error, never covered, and on record as empty."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from registry.document import parse
from registry.findings.questions import QUESTIONS_BY_CODE
from registry.law.verdicts import Verdict
from registry.models import ProcessingActivity, law_on
from tests.factories import make_activity, make_mechanism, make_transfer, make_vendor
from tests.integration.imports import confirm, exported, upload
from tests.integration.pages import form_data, text_of, url

pytestmark = pytest.mark.django_db

FILE = "Leverantör\tOrsak\tUppgifter\tLand\tLaglig grund\nNy AB\tDrift\tNamn\t\tAvtal + Privacy Shield\n".encode()


@pytest.fixture
def unstated(db: None, recording: Any) -> ProcessingActivity:
    with recording():
        return make_activity(vendor=make_vendor(name="Ny AB"), purpose="Drift", country="")


@pytest.mark.parametrize("on", [date(1999, 1, 1), date(2018, 5, 25), date(2020, 7, 15), date(2026, 11, 27)])
def test_on_every_day_it_needs_a_check_whatever_stands_beside_it(reference: None, on: date) -> None:
    law = law_on(on)
    assert law.verdict_on_activity("", []).verdict == Verdict.NEEDS_CHECK


def test_a_mechanism_never_covers_it(unstated: ProcessingActivity, recording: Any) -> None:
    with recording():
        mechanism = make_mechanism(
            code="x", label="X", kind="standard_clauses", valid_from=date(2000, 1, 1), recurring=True
        )
        make_transfer(activity=unstated, mechanism=mechanism, signed_on=date(2001, 1, 1))
    law = law_on(date(2026, 11, 27))
    verdict = law.verdict_on_activity("", unstated.transfers.select_related("mechanism"))
    assert verdict.verdict == Verdict.NEEDS_CHECK
    assert [reason.code for reason in verdict.reasons] == ["country_not_stated"]
    assert ProcessingActivity.objects.with_verdict(law).get().verdict == Verdict.NEEDS_CHECK.value


def test_another_country_of_its_transfers_may_be_worse(unstated: ProcessingActivity, recording: Any) -> None:
    with recording():
        make_transfer(activity=unstated, mechanism=None, country="US")
    law = law_on(date(2020, 7, 16))
    assert law.verdict_on_activity("", unstated.transfers.all()).verdict == Verdict.NOT_COVERED


def test_it_is_a_finding_and_a_question(admin: Client, reference: None, unstated: ProcessingActivity) -> None:
    page = text_of(admin.get(reverse("admin:findings") + "?rule=country_not_stated"))
    assert "Nobody has stated in which country the data is." in page
    assert list(QUESTIONS_BY_CODE["country"].entries) == [unstated]
    overview = text_of(admin.get(reverse("admin:index")))
    assert "1 Country not stated" in overview
    assert "Adequacy decision for some" not in overview


def test_it_comes_in_goes_out_and_is_saved_in_the_form(admin: Client, reference: None) -> None:
    page = admin.get(upload(admin, FILE, "register.tsv")["location"], follow=True)
    confirm(admin, page)
    activity = ProcessingActivity.objects.get()
    assert activity.country == ""
    (row,) = parse(exported("document")).rows
    assert row.country == ""
    address = url("processingactivity_change", activity.pk)
    assert admin.post(address, form_data(admin.get(address), notes="x")).status_code == 302
    assert "needs check" in text_of(admin.get(reverse("admin:register")))
