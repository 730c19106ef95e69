"""The lists of the register and of vendors: filters with several values, the way back, old addresses, selections."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registry.files.vendor_columns import VENDOR_COLUMNS_BY_KEY
from registry.models import ProcessingActivity, Role, SavedView, Status, Vendor
from registry.web.lists.query import is_sortable
from tests.growth import double_the_register, queries_of_pages
from tests.integration.pages import form_data, text_of, url

pytestmark = pytest.mark.django_db

REGISTER, VENDORS = reverse("admin:register"), reverse("admin:vendors")


def rows(client: Client, address: str) -> list[dict[str, str]]:
    response = client.post(address, {"format": "csv"})
    assert response.status_code == 200, response.content.decode()[:500]
    return list(csv.DictReader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("country=US&country=CA", 13),
            ("verdict=not_covered&verdict=needs_check&law=2020-07-16", 14),
            ("finding=transfer_not_covered&finding=transfer_needs_check&law=2020-07-16", 14),
            ("owner=null", 38),
            ("legal_basis=null", 0),
            ("special_categories=not_assessed&special_categories=yes", 38),
            ("question=identity_numbers", 3),
            ("vendor_role=processor", 0),
            ("status=draft&status=ended", 0),
        ],
    )
    def test_several_values_of_one_widen_and_several_filters_narrow(
        self, admin: Client, reference: None, imported: None, query: str, count: int
    ) -> None:
        assert admin.get(f"{REGISTER}?{query}").context["page"].paginator.count == count

    def test_what_is_in_force_is_named_and_each_can_be_taken_away(self, admin: Client, imported: None) -> None:
        page = admin.get(f"{REGISTER}?country=US&country=CA&text=domän")
        active = {(each.label, each.text): each.without for each in page.context["active"]}
        assert set(active) == {
            ("Status", "active"), ("Country", "United States"), ("Country", "Canada"), ("Text", "domän")
        }  # fmt: skip
        assert "country=CA" in active["Country", "United States"]
        assert "country=US" not in active["Country", "United States"]
        assert "status=all" in active["Status", "active"]

    @pytest.mark.parametrize("query", ["status=none", "role=boss", "review=soon", "country=XX", "colour=red"])
    def test_what_is_not_understood_is_refused_by_the_vendors_too(
        self, admin: Client, imported: None, query: str
    ) -> None:
        page = admin.get(f"{VENDORS}?{query}")
        assert page.status_code == 400
        assert "<td" not in page.content.decode()
        assert admin.post(f"{VENDORS}export/?{query}", {"format": "csv"}).status_code == 400


class TestVendors:
    def test_findings_of_their_activities_count_as_theirs(self, admin: Client, reference: None, imported: None) -> None:
        vendor = Vendor.objects.get(name="Tucows Domains Inc.")
        keys = "&".join(f"column={key}" for key in ("vendor", "finding_count", "findings", "verdict"))
        (row,) = rows(admin, f"{VENDORS}export/?text=tucows&{keys}")
        assert row["Vendor"] == vendor.name
        assert row["Verdict"] == "needs check"
        assert "Transfer needs a check (2)" in row["Findings"] or "(2)" in row["Findings"]
        assert int(row["Open findings"]) >= 2 * 8

    @pytest.mark.parametrize("key", [column.key for column in VENDOR_COLUMNS_BY_KEY.values() if is_sortable(column)])
    def test_each_column_sorts_in_both_ways(self, admin: Client, reference: None, imported: None, key: str) -> None:
        up, down = (
            admin.get(f"{VENDORS}?column=vendor&column={key}&sort={sign}{key}").context["rows"] for sign in ("", "-")
        )
        assert len(up) == len(down) == 37

    @pytest.mark.both_databases
    @pytest.mark.uncounted("the page with more rows: the other tests of it")
    def test_queries_do_not_grow(self, admin: Client, reference: None, imported: None) -> None:
        keys = "&".join(f"column={key}" for key in VENDOR_COLUMNS_BY_KEY)
        before = queries_of_pages(admin, [VENDORS, f"{VENDORS}?{keys}"])
        double_the_register()
        assert queries_of_pages(admin, [VENDORS, f"{VENDORS}?{keys}"]) == before

    def test_as_at_a_day_they_are_those_of_then(
        self, admin: Client, reference: None, imported: None, recording: Any, next_day: Callable[[], None]
    ) -> None:
        on = timezone.localdate()
        next_day()
        with recording():
            Vendor(name="Ny AB").save()
        assert "Ny AB" in text_of(admin.get(VENDORS))
        page = admin.get(f"{VENDORS}?day={on}")
        assert "Ny AB" not in text_of(page)
        assert "Nothing can be changed here" in text_of(page)
        assert 'name="_selected_action"' not in page.content.decode()

    def test_a_view_of_them_is_theirs(self, admin: Client, imported: None) -> None:
        save = reverse("admin:register_view_save")
        admin.post(f"{save}?role=not_assessed", {"name": "Roles", "list": "vendors"})
        assert SavedView.objects.get().list_name == "vendors"
        assert "Roles" in text_of(admin.get(VENDORS))
        assert "Roles" not in text_of(admin.get(REGISTER))
        assert "Choose another name" in text_of(admin.post(save, {"name": "Roles"}, follow=True))


class TestTheWayBack:
    def test_saving_leads_to_the_list_with_its_filter_and_place(self, admin: Client, imported: None) -> None:
        page = admin.get(f"{REGISTER}?country=US&sort=-vendor")
        address = next(cell.address for row in page.context["rows"] for cell in row.cells if cell.address)
        link = next(cell.address for row in page.context["rows"] for cell in row.cells if cell.key == "purpose")
        assert address.endswith("/change/")  # the name leads to the vendor
        form = admin.get(link)
        saved = admin.post(link, form_data(form, notes="x"))
        key = int(link.split("/")[-3])
        assert saved["location"] == f"{REGISTER}?country=US&sort=-vendor#entry-{key}"
        assert f'id="entry-{key}"' in page.content.decode()

    def test_deleting_leads_there_too(self, admin: Client, imported: None) -> None:
        activity = ProcessingActivity.objects.first()
        query = quote("country=SE&country=US&p=2")
        address = f"{url('processingactivity_delete', activity.pk)}?_changelist_filters={query}"
        assert admin.post(address, {"post": "yes"})["location"] == f"{REGISTER}?country=SE&country=US&p=2"


class TestOldAddresses:
    def test_lead_to_the_new_ones_with_what_they_asked_for(
        self, admin: Client, reference: None, imported: None
    ) -> None:
        old = url("processingactivity_changelist")
        vendor = Vendor.objects.get(name="Tucows Domains Inc.")
        for query, count in (
            ("", 38),
            (f"?vendor__id__exact={vendor.pk}", 2),
            ("?q=tucows", 2),
            ("?special_categories__exact=yes", 0),
            ("?verdict=not_covered&law=2020-07-16", 12),
            (f"?legal_basis__id__exact={ProcessingActivity.objects.first().legal_basis_id}", 38),
            ("?o=-6&e=1", 38),
        ):
            page = admin.get(old + query, follow=True)
            assert page.redirect_chain[-1][0].startswith(REGISTER)
            assert page.context["page"].paginator.count == count, query
        assert admin.get(url("vendor_changelist") + "?status__exact=active", follow=True).context["rows"]

    def test_a_post_there_says_that_nothing_was_changed(self, admin: Client, imported: None) -> None:
        page = admin.post(url("vendor_changelist"), {"action": "delete_selected"}, follow=True)
        assert "Nothing was changed" in text_of(page)


class TestSelections:
    def test_all_that_the_filter_finds(self, admin: Client, imported: None) -> None:
        page = admin.post(
            f"{reverse('admin:vendors_action')}?text=domains", {"action": "edit_selected", "all_found": "1"}
        )
        assert page.context["count"] == admin.get(f"{VENDORS}?text=domains").context["page"].paginator.count

    def test_nothing_selected_is_said(self, admin: Client, imported: None) -> None:
        page = admin.post(f"{reverse('admin:vendors_action')}?text=x", {"action": "delete_selected"}, follow=True)
        assert "Select at least one row first" in text_of(page)
        assert page.redirect_chain[-1][0] == f"{VENDORS}?text=x"

    @pytest.mark.parametrize("data", [{"action": "nonsense"}, {"action": "edit_selected", "_selected_action": "x"}])
    def test_what_is_not_readable_is_refused(self, admin: Client, imported: None, data: dict[str, str]) -> None:
        assert admin.post(reverse("admin:vendors_action"), data).status_code == 400

    def test_who_may_only_look_sees_no_boxes(self, sign_in: Callable[..., Client], imported: None) -> None:
        names = ("vendor", "processingactivity", "transfer", "transfermechanism")
        client = sign_in(*(f"view_{name}" for name in names))
        for address in (REGISTER, VENDORS):
            page = client.get(address).content.decode()
            assert "_selected_action" not in page
            assert "Edit in the list" not in page
        assert client.get(reverse("admin:vendors_edit")).status_code == 403
        answer = {"keys": str(Vendor.objects.first().pk), "role": Role.PROCESSOR}
        assert client.post(reverse("admin:bulk_edit", args=["vendor"]), answer).status_code == 403


def test_a_text_of_30000_characters_is_shown_in_part(admin: Client, imported: None, recording: Any) -> None:
    with recording():
        activity = ProcessingActivity.objects.first()
        activity.personal_data = "uppgift " * 3750
        activity.save()
    page = admin.get(REGISTER).content.decode()
    assert '<details class="long-text">' in page
    assert str(Status.ACTIVE.label) in text_of(admin.get(f"{VENDORS}?column=vendor&column=vendor_status"))
