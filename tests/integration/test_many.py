"""Pages of a register in which there is much: no page shows all of it, and none asks entry by entry."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from registry.files.columns import COLUMNS_BY_KEY
from registry.history.timeline import LISTED
from registry.models import (
    Agreement,
    ProcessingActivity,
    Source,
    Transfer,
    Vendor,
    change_set,
)
from registry.web.admin.deletion import PROTECTED_SHOWN
from registry.web.admin.vendors import MOST_ACTIVITIES_IN_FORM
from registry.web.lists.pages import CELLS_PER_PAGE
from registry.web.page import PER_PAGE
from tests.factories import make_legal_basis, make_mechanism, make_vendor
from tests.integration.pages import form_data

pytestmark = pytest.mark.django_db


def url(name, *args):
    return reverse(f"admin:{name}", args=args)


def written():
    return change_set(source=Source.COMMAND, reason="much")


def activities(count, mechanism=None, **values):
    """Of one vendor, in one act."""
    with written():
        vendor = Vendor.objects.filter(name="Stor AB").first() or make_vendor(name="Stor AB")
        before = vendor.activities.count()
        rows = ProcessingActivity.objects.bulk_create(
            ProcessingActivity(vendor=vendor, purpose=f"Drift {before + number}", **{"country": "US", **values})
            for number in range(count)
        )
        if mechanism is not None:
            Transfer.objects.bulk_create(
                Transfer(activity=row, mechanism=mechanism, signed_on="2001-01-01") for row in rows
            )
        return vendor


class TestAVendorWithManyActivities:
    def test_its_form_leads_to_them_and_saves_without_them(self, admin):
        vendor = activities(MOST_ACTIVITIES_IN_FORM + 1)
        page = admin.get(url("registry_vendor_change", vendor.pk))
        assert b"activities-TOTAL_FORMS" not in page.content
        address = f"{url('register')}?vendor_is={vendor.pk}&amp;status=all"
        assert f'href="{address}"' in page.content.decode()
        listed = admin.get(address.replace("&amp;", "&")).context["page"]
        assert listed.paginator.count == MOST_ACTIVITIES_IN_FORM + 1
        assert admin.post(page.request["PATH_INFO"], form_data(page, notes="Sparad")).status_code == 302
        vendor.refresh_from_db()
        assert (vendor.notes, vendor.activities.count()) == ("Sparad", MOST_ACTIVITIES_IN_FORM + 1)

    def test_a_form_that_was_opened_with_them_is_saved_with_them(self, admin):
        vendor = activities(MOST_ACTIVITIES_IN_FORM)
        page = admin.get(url("registry_vendor_change", vendor.pk))
        typed = form_data(page, **{"activities-0-personal_data": "Det jag skrev"})
        activities(1, personal_data="Meanwhile")
        assert admin.post(page.request["PATH_INFO"], typed).status_code == 302
        assert vendor.activities.filter(personal_data="Det jag skrev").count() == 1


def test_what_is_due_comes_page_by_page(admin):
    with written():
        new = [Vendor(name=f"Vendor {number}", review_interval_months=12) for number in range(PER_PAGE + 1)]
        vendors = Vendor.objects.bulk_create(new)
        tomorrow = timezone.localdate() + timedelta(days=1)
        Agreement.objects.bulk_create(
            [Agreement(vendor=each, kind="processing", valid_until=tomorrow) for each in vendors]
        )
    first = admin.get(url("due"))
    assert [len(first.context[name]["page"].object_list) for name in ("reviews", "agreements")] == [PER_PAGE, PER_PAGE]
    assert 'href="?reviews=2"' in first.content.decode()
    second = admin.get(url("due"), {"reviews": 2})
    assert [len(second.context[name]["page"].object_list) for name in ("reviews", "agreements")] == [1, PER_PAGE]
    assert 'href="?reviews=2&amp;agreements=2"' in second.content.decode()


def test_what_loses_cover_comes_and_moves_page_by_page(admin):
    with written():
        yesterday = timezone.localdate() - timedelta(days=1)
        old = make_mechanism(
            code="old",
            label="Old",
            kind="standard_clauses",
            recurring=True,
            valid_from="2000-01-01",
            valid_until=yesterday,
        )
        new = make_mechanism(code="new", label="New")
    activities(PER_PAGE + 1, mechanism=old)
    page = admin.get(url("ending", old.pk))
    assert page.content.decode().count('name="activity"') == PER_PAGE
    assert str(PER_PAGE + 1) in page.content.decode()
    chosen = [row["loss"].activity.pk for row in page.context["losses"]]
    answer = {"successor": new.pk, "recipient_qualifies": "unknown", "change_reason": "x", "activity": chosen}
    assert admin.post(url("ending", old.pk), answer).status_code == 302
    assert Transfer.objects.filter(mechanism=old).count() == 1


def test_a_page_with_all_columns_has_fewer_rows(admin):
    activities(PER_PAGE + 1)
    few, all_of_them = (
        len(admin.get(url("register"), {"column": columns}).context["rows"]) for columns in ([], list(COLUMNS_BY_KEY))
    )
    assert few == PER_PAGE
    assert all_of_them * len(COLUMNS_BY_KEY) <= CELLS_PER_PAGE < (all_of_them + 1) * len(COLUMNS_BY_KEY)


def test_a_history_lists_the_first_entries_of_an_act(admin):
    vendor = activities(LISTED + 9)
    page = admin.get(url("registry_vendor_history", vendor.pk))
    (act,) = page.context["change_sets"]
    assert (len(act.entries), act.more) == (LISTED, 10)
    assert url("registry_changeset_change", act.change_set.pk) in page.content.decode()


class TestDeleting:
    def queries(self, admin, address):
        with CaptureQueriesContext(connection) as asked:
            page = admin.get(address)
        return len(asked), page

    def test_what_stands_in_the_way_is_not_asked_one_by_one(self, admin):
        with written():
            basis = make_legal_basis(label="I bruk")
        address = url("registry_legalbasis_delete", basis.pk)
        activities(2, legal_basis=basis)
        self.queries(admin, address)
        few, _page = self.queries(admin, address)
        activities(PROTECTED_SHOWN, legal_basis=basis)
        many, page = self.queries(admin, address)
        assert many == few
        assert len(page.context["protected"]) == PROTECTED_SHOWN + 1
        assert "2" in page.context["protected"][-1]

    def test_nor_is_what_would_go_too(self, admin):
        with written():
            mechanism = make_mechanism(code="m", label="M")
        vendor = activities(2, mechanism=mechanism)
        address = url("registry_vendor_delete", vendor.pk)
        self.queries(admin, address)
        few, _page = self.queries(admin, address)
        activities(20, mechanism=mechanism)
        many, page = self.queries(admin, address)
        assert many == few
        assert page.content.decode().count("Drift") >= 22
