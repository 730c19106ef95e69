"""The verdict of a form as it stands: nothing is written, and it is the verdict that the saved entry would have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from registry.models import ChangeSet, ProcessingActivity, TransferMechanism

pytestmark = pytest.mark.django_db
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


def test_who_may_not_look_is_not_told(sign_in: Callable[..., Client]) -> None:
    assert sign_in().post(JUDGE, {"country": "SE"}).status_code == 403
    assert sign_in("view_processingactivity", name="other").get(JUDGE).status_code == 405
