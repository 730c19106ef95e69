"""Many entries are given values at once: previewed row by row, written as one change set, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.models import Agreement, ChangeSet, ProcessingActivity, Role, Status, Transfer, Vendor
from registry.web.bulk_edit.forms import bulk_fields
from registry.web.bulk_edit.pages import MODELS
from tests.factories import make_activity, make_mechanism, make_transfer, make_vendor
from tests.integration.pages import text_of

pytestmark = pytest.mark.django_db


def address_of(model: type[Any]) -> str:
    return reverse("admin:bulk_edit", args=[model._meta.model_name])


def preview(client: Client, entries: list[Any], **values: Any) -> Any:
    keys = ",".join(str(entry.pk) for entry in entries)
    version = values.pop("version", ChangeSet.objects.first().pk)
    return client.post(address_of(type(entries[0])), {"keys": keys, "version": version, **values})


def confirm(client: Client, page: Any, **changes: Any) -> Any:
    """Send what the button of the preview sends."""
    reason = page.context["form"]["change_reason"].value() or ""
    data: dict[str, Any] = {"digest": page.context["plan"].digest, "change_reason": reason}
    for name, value in [*page.context["hidden"], *page.context["posted"]]:
        data.setdefault(name, []).append(value)
    return client.post(page.context["action"], {**data, **changes}, follow=True)


def test_the_preview_says_what_would_change_from_what(admin: Client, imported: None) -> None:
    vendors = list(Vendor.objects.all()[:3])
    before = ChangeSet.objects.count()
    page = preview(admin, vendors, role=Role.PROCESSOR, review_interval_months="12")
    plan = page.context["plan"]
    assert [(each.label, each.before, each.after) for each in plan.entries[0].changes] == [
        ("Role", "not assessed", "processor"),
        ("Review interval (months)", "", "12"),
    ]
    assert len(plan.writable) == 3
    assert ChangeSet.objects.count() == before


def test_it_is_one_change_set_with_a_row_for_each(admin: Client, imported: None) -> None:
    vendors = list(Vendor.objects.all())
    before = ChangeSet.objects.count()
    page = preview(admin, vendors, review_interval_months="12", change_reason="Årlig genomgång")
    done = confirm(admin, page)
    assert "37 entries were changed." in text_of(done)
    assert Vendor.objects.filter(review_interval_months=12).count() == 37
    assert ChangeSet.objects.count() == before + 1
    newest = ChangeSet.objects.first()
    assert newest.reason == "Årlig genomgång"
    assert newest.historicalvendor_rows.count() == 37


def test_the_same_again_changes_nothing(admin: Client, imported: None) -> None:
    vendors = list(Vendor.objects.all()[:3])
    confirm(admin, preview(admin, vendors, review_interval_months="12"))
    page = preview(admin, vendors, review_interval_months="12")
    assert page.context["plan"].unchanged == 3
    assert "There is nothing to change." in text_of(page)


def test_a_value_can_be_emptied(admin: Client, imported: None, recording: Any) -> None:
    vendor = Vendor.objects.first()
    with recording():
        vendor.notes, vendor.review_interval_months = "text", 12
        vendor.save()
    page = preview(admin, [vendor], clear=["notes", "review_interval_months"])
    confirm(admin, page)
    assert Vendor.objects.filter(pk=vendor.pk, notes="", review_interval_months=None).exists()


def test_a_value_and_emptying_it_contradict(admin: Client, imported: None) -> None:
    page = preview(admin, [Vendor.objects.first()], clear=["notes"], notes="x")
    assert "but not both" in text_of(page)


def test_nothing_chosen_is_said(admin: Client, imported: None) -> None:
    page = preview(admin, [Vendor.objects.first()], change_reason="only why")
    assert "Choose at least one field to change." in text_of(page)
    assert "only why" in text_of(page)


def test_what_others_changed_meanwhile_stands_first(admin: Client, imported: None, recording: Any) -> None:
    vendors = list(Vendor.objects.all()[:3])
    version = ChangeSet.objects.first().pk
    with recording():
        vendors[2].notes = "somebody else"
        vendors[2].save()
    page = preview(admin, vendors, role=Role.PROCESSOR, version=version)
    assert [each.entry for each in page.context["plan"].meanwhile] == [vendors[2]]
    assert page.context["plan"].shown[0].entry == vendors[2]


def test_what_changed_after_the_preview_is_shown_again(admin: Client, imported: None, recording: Any) -> None:
    vendors = list(Vendor.objects.all()[:3])
    page = preview(admin, vendors, role=Role.PROCESSOR)
    with recording():
        vendors[0].role = Role.JOINT_CONTROLLER
        vendors[0].save()
    again = confirm(admin, page)
    assert "The register has changed since the preview." in text_of(again)
    assert not Vendor.objects.filter(role=Role.PROCESSOR).exists()
    confirm(admin, again)
    assert Vendor.objects.filter(role=Role.PROCESSOR).count() == 3


def test_what_cannot_be_changed_is_named_and_left_out(admin: Client, imported: None, recording: Any) -> None:
    vendors = list(Vendor.objects.all()[:3])
    with recording():
        vendors[1].started_on = "2026-01-01"
        vendors[1].save()
    page = preview(admin, vendors, ended_on="2025-01-01", role=Role.PROCESSOR)
    assert "cannot end before it starts" in text_of(page)
    confirm(admin, page)
    assert Vendor.objects.filter(ended_on="2025-01-01", role=Role.PROCESSOR).count() == 2


def test_a_vendor_with_activities_is_not_ended_without_asking_what_becomes_of_them(
    admin: Client, activity: Any
) -> None:
    alone = make_vendor()
    page = preview(admin, [alone, activity.vendor], status=Status.ENDED)
    assert f"{activity.vendor}: It has activities. “End selected vendors”" in text_of(page)
    confirm(admin, page)
    assert list(Vendor.objects.filter(status=Status.ENDED)) == [alone]


def test_activities_move_to_another_vendor_unless_it_has_the_same(
    admin: Client, imported: None, recording: Any
) -> None:
    with recording():
        successor = make_vendor(name="Successor AB")
        make_activity(vendor=successor, purpose="Drift", country="SE")
        same = make_activity(vendor=make_vendor(name="A"), purpose="drift", country="SE")
        twins = [make_activity(vendor=make_vendor(name=name), purpose="Support", country="SE") for name in "BC"]
        other = make_activity(vendor=make_vendor(name="D"), purpose="Arkiv", country="SE")
    page = preview(admin, [same, *twins, other], vendor=successor.pk)
    assert {each.entry for each in page.context["plan"].refused} == {same, *twins}
    confirm(admin, page)
    other.refresh_from_db()
    assert other.vendor == successor


@pytest.mark.parametrize("name", sorted(MODELS))
def test_each_field_has_a_place_in_the_form(admin: Client, imported: None, reference: None, name: str) -> None:
    model = MODELS[name]
    entry = model._default_manager.first()
    if entry is None:
        pytest.skip("the original has none")
    page = preview(admin, [entry], change_reason="x")
    assert {row["name"] for row in page.context["form"].rows()} == {field.name for field in bulk_fields(model)}


def test_transfers_and_agreements_too(admin: Client, imported: None, recording: Any) -> None:
    with recording():
        mechanism = make_mechanism(code="x", label="X")
        transfers = [
            make_transfer(activity=activity, mechanism=mechanism) for activity in ProcessingActivity.objects.all()[:3]
        ]
        agreements = [Agreement(vendor=vendor, kind="other") for vendor in Vendor.objects.all()[:2]]
        for agreement in agreements:
            agreement.save()
    confirm(admin, preview(admin, transfers, signed_on="2021-01-01"))
    assert Transfer.objects.filter(signed_on="2021-01-01").count() == 3
    confirm(admin, preview(admin, agreements, valid_until="2030-01-01"))
    assert Agreement.objects.filter(valid_until="2030-01-01").count() == 2


@pytest.mark.both_databases
def test_the_number_of_queries_does_not_grow(admin: Client, recording: Any) -> None:
    counted = []
    for count in (2, 60):
        with recording():
            vendors = Vendor.objects.bulk_create(Vendor(name=f"{count} {number}") for number in range(count))
        with CaptureQueriesContext(connection) as asked:
            page = preview(admin, vendors, review_interval_months="12", notes="x")
            assert "were changed" in text_of(confirm(admin, page))
        counted.append(len(asked))
    assert counted[0] == counted[1], counted


def test_a_link_to_it_leads_to_the_list(admin: Client, imported: None) -> None:
    page = admin.get(address_of(Vendor), follow=True)
    assert page.redirect_chain[-1][0] == reverse("admin:vendors")
    assert admin.get(reverse("admin:bulk_edit", args=["legalbasis"])).status_code == 404


def test_it_never_leads_to_another_site(admin: Client, imported: None) -> None:
    page = preview(admin, [Vendor.objects.first()], role=Role.PROCESSOR, back_to="https://evil.example/")
    assert page.context["back_to"] == reverse("admin:registry_vendor_changelist")


def test_vendors_are_given_the_one_that_engages_them(admin: Client) -> None:
    upper, *vendors = (make_vendor() for _ in range(3))
    page = preview(admin, [upper, *vendors], engaged_by=upper.pk)
    assert "A vendor cannot engage itself." in text_of(page)
    confirm(admin, page)
    assert set(Vendor.objects.filter(engaged_by=upper)) == set(vendors)
