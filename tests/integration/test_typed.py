"""The verdict of a form as it stands: nothing is written, and it is the verdict that the saved entry would have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from registry.findings.findings import findings_by_entry
from registry.findings.rules import rules_of
from registry.models import ChangeSet, LegalBasis, ProcessingActivity, Transfer, TransferMechanism, law_on
from registry.web.admin.form_verdict import PLAIN_FIELDS, form_findings, form_verdict

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("the verdict of a form, judged in Python")]
#: Of different lengths, so that they meet in all combinations.
ANSWERS: dict[str, list[str]] = {
    "special_categories_ground": ["not_assessed", "9(2)(a)"],
    "criminal_data": ["yes", "no", "not_assessed"],
    "criminal_data_ground": ["not_assessed", "decision"],
    "identity_numbers": ["not_assessed", "yes", "not_assessed", "no", "not_assessed"],
    "identity_numbers_ground": ["consent", "not_assessed"],
    "our_role": ["controller", "not_assessed"],
    "retention": ["", "Ett år"],
    "security_measures": ["", "", "Lås"],
    "impact_assessment": ["not_assessed", "needed", "not_needed"],
    "impact_assessment_reason": ["", "Liten"],
    "impact_assessment_url": ["", "", "", "https://example.com/dpia"],
}
JUDGE = "/admin/registry/processingactivity/judge/"


def typed(**transfer: str) -> dict[str, str]:
    return {"transfers-TOTAL_FORMS": "1", **{f"transfers-0-{name}": value for name, value in transfer.items()}}


def test_it_follows_the_country_and_the_transfers(admin: Client, reference: None) -> None:
    clauses = str(TransferMechanism.objects.get(code="scc_2021_m2").pk)
    signed = {"mechanism": clauses, "signed_on": "2022-01-01", "assessed_on": "2022-01-01"}
    asked = [
        ({"country": "SE"}, "no transfer"),
        ({"country": "IN"}, "not covered"),
        ({"country": "IN", **typed(mechanism=clauses)}, "needs check"),
        ({"country": "IN", **typed(**signed)}, "covered"),
        ({"country": "IN", **typed(**signed, DELETE="on")}, "not covered"),
        ({"country": "SE", **typed(**signed, country="IN", recipient_qualifies="nonsense")}, "covered"),
        ({"country": "IN", **typed(**{**signed, "signed_on": "soon"})}, "verdict"),
        ({"country": "IN", "transfers-TOTAL_FORMS": "999999999999"}, "not covered"),
        ({}, "Choose a country"),
        ({"country": "XX"}, "Choose a country"),
    ]
    before = ChangeSet.objects.count()
    for form, says in asked:
        response = admin.post(JUDGE, form)
        assert response.status_code == 200
        assert says in response.content.decode(), form
    assert ChangeSet.objects.count() == before


def test_it_says_what_the_saved_entry_says(admin: Client, reference: None, imported: None) -> None:
    for activity in ProcessingActivity.objects.whole_rows()[:12]:
        form: dict[str, Any] = {"country": activity.country, "transfers-TOTAL_FORMS": activity.transfers.count()}
        for number, transfer in enumerate(activity.transfers.all()):
            form |= {f"transfers-{number}-mechanism": transfer.mechanism_id}
        page = admin.get(f"/admin/registry/processingactivity/{activity.pk}/change/")
        assert page.context["assessment"] in admin.post(JUDGE, form).content.decode()


def test_each_rule_says_of_what_is_typed_what_the_database_says_of_what_is_saved(
    admin: Client, reference: None, imported: None, recording: Any
) -> None:
    """For each entry of the document, and for entries with each question answered."""
    with recording("some answers"):
        for number, activity in enumerate(ProcessingActivity.objects.whole_rows()):
            activity.data_subjects = "Kunder" if number % 2 else ""
            activity.personal_data = activity.personal_data if number % 3 else ""
            activity.special_categories = ["yes", "no", "not_assessed"][number % 3]
            for name, values in ANSWERS.items():
                setattr(activity, name, values[number % len(values)])
            activity.legal_basis = activity.legal_basis if number % 5 else None
            activity.status = "ended" if number % 7 == 0 else "active"
            activity.save()
            if number % 4 == 0:
                activity.vendor.status = "ended"
                activity.vendor.save()
            elif number % 6 == 0:
                activity.vendor.ended_on = date(2020, 1, 1)
                activity.vendor.save()
        twin, mechanism = LegalBasis(label="SAMTYCKE"), LegalBasis(label="SCC")
        for each in (LegalBasis(label="Samtycke"), twin, mechanism):
            each.save()
        unstated = ProcessingActivity.objects.filter(status="active", country="AU").get()
        unstated.country = ""
        unstated.save()
        first, second = ProcessingActivity.objects.filter(status="active")[:2]
        first.legal_basis, second.legal_basis = twin, mechanism
        first.save()
        second.save()
        basis = LegalBasis.objects.first()
        basis.article = "6(1)(b)"
        basis.save()
        moved, certified = Transfer.objects.filter(activity__status="active").order_by("pk")[:2]
        moved.activity.country = "IE"
        moved.activity.save()
        certified.mechanism = TransferMechanism.objects.get(code="dpf")
        certified.recipient_qualifies, certified.checked_on = "yes", timezone.localdate()
        certified.save()
    law = law_on(timezone.localdate())
    seen = set()
    for activity in ProcessingActivity.objects.whole_rows():
        typed = QueryDict(mutable=True)
        for name in ("country", "vendor_id", *PLAIN_FIELDS):
            typed[name.removesuffix("_id")] = str(getattr(activity, name))
        typed["legal_basis"] = str(activity.legal_basis_id or "")
        typed["transfers-TOTAL_FORMS"] = str(activity.transfers.count())
        for number, transfer in enumerate(activity.transfers.all()):
            for name in ("mechanism_id", "recipient_qualifies", "checked_on"):
                value = getattr(transfer, name)
                typed[f"transfers-{number}-{name.removesuffix('_id')}"] = "" if value is None else str(value)
        judged = form_verdict(typed, law)
        assert judged is not None
        would = {rule.code for rule in form_findings(typed, law)}
        saved = {each.rule.code for each in findings_by_entry(ProcessingActivity, [activity.pk], law)[activity.pk]}
        assert would == saved, activity
        seen |= saved
    assert seen == {rule.code for rule in rules_of(ProcessingActivity)}


def test_who_may_not_look_is_not_told(sign_in: Callable[..., Client]) -> None:
    assert sign_in().post(JUDGE, {"country": "SE"}).status_code == 403
    assert sign_in("view_processingactivity", name="other").get(JUDGE).status_code == 302
