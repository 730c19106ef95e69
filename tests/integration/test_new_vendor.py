"""A new vendor with agreement, activity and transfer in one form, and one change set."""

from datetime import date

import pytest

from registry.models import ChangeSet, ProcessingActivity, Transfer, Vendor
from tests.factories import make_mechanism
from tests.integration.pages import form_data, text_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("what a form saves")]


@pytest.fixture
def module(recording):
    return make_mechanism(code="scc_2021_m2", label="Modul 2", kind="standard_clauses")


def row(number, **values):
    plain = {"purpose": f"Drift {number}", "country": "US", "personal_data": "Namn", "status": "active"}
    plain |= {"transfer_recipient_qualifies": "unknown"}
    return {f"activities-{number}-{name}": value for name, value in {**plain, **values}.items()}


def add(client, *rows, **typed):
    data = form_data(client.get(url("vendor_add")), name="Nytt AB", **typed)
    data["activities-TOTAL_FORMS"] = str(len(rows))
    for each in rows:
        data |= each
    return client.post(url("vendor_add"), data)


class TestInOneGo:
    def test_all_is_one_change_set(self, admin, module):
        agreement = {
            "agreements-TOTAL_FORMS": "1",
            "agreements-0-kind": "processing",
            "agreements-0-reference": "A1",
            "agreements-0-signed_on": "2026-01-01",
        }
        transfer = {"transfer_mechanism": module.pk, "transfer_signed_on": "2026-01-02"}
        transfer |= {"transfer_assessed_on": "2026-01-03", "transfer_recipient_qualifies": "yes"}
        before = ChangeSet.objects.count()
        assert add(admin, row(0, **transfer), **agreement).status_code == 302
        assert ChangeSet.objects.count() == before + 1
        recorded = Transfer.objects.get()
        assert recorded.activity.vendor.name == "Nytt AB"
        assert recorded.activity.vendor.agreements.get().reference == "A1"
        assert (recorded.mechanism, recorded.country, recorded.recipient_qualifies) == (module, "", "yes")
        assert (recorded.signed_on, recorded.assessed_on) == (date(2026, 1, 2), date(2026, 1, 3))

    def test_each_activity_has_its_own(self, admin, module):
        rows = (row(0, transfer_mechanism=module.pk), row(1, country="SE"), row(2, transfer_country="IN"))
        assert add(admin, *rows).status_code == 302
        transfers = {each.activity.purpose: (each.mechanism, each.country) for each in Transfer.objects.all()}
        assert transfers == {"Drift 0": (module, ""), "Drift 2": (None, "IN")}

    def test_without_an_activity_there_is_none(self, admin):
        assert add(admin).status_code == 302
        assert not ProcessingActivity.objects.exists()


class TestWhatIsWrong:
    def test_stands_at_its_field_and_nothing_is_saved(self, admin, module):
        page = add(admin, row(0, transfer_mechanism=module.pk, transfer_signed_on="1700-01-01"))
        assert page.status_code == 200
        assert 'href="#id_activities-0-transfer_signed_on"' in page.content.decode()
        assert "The register holds days from" in text_of(page)
        assert not Vendor.objects.exists()

    def test_a_mechanism_that_does_not_exist(self, admin):
        page = add(admin, row(0, transfer_mechanism="999"))
        assert 'href="#id_activities-0-transfer_mechanism"' in page.content.decode()

    def test_a_transfer_needs_its_activity(self, admin, module):
        page = add(admin, row(0, purpose="", country="", personal_data="", transfer_mechanism=module.pk))
        assert 'href="#id_activities-0-purpose"' in page.content.decode()
        assert not Transfer.objects.exists()


class TestWhoMayNotAddTransfers:
    def test_is_offered_none_and_records_none(self, sign_in, module):
        client = sign_in("view_vendor", "add_vendor", "add_processingactivity", "view_processingactivity")
        assert "transfer_mechanism" not in client.get(url("vendor_add")).content.decode()
        assert add(client, row(0, transfer_mechanism=module.pk)).status_code == 302
        assert ProcessingActivity.objects.exists()
        assert not Transfer.objects.exists()


def test_an_existing_vendor_has_transfers_in_the_forms_of_its_activities(admin, activity):
    assert "transfer_mechanism" not in admin.get(url("vendor_change", activity.vendor_id)).content.decode()


def test_the_verdict_alone_can_be_asked_for(admin):
    typed = {"country": "US", "verdict_only": "1"}
    page = text_of(admin.post(url("processingactivity_judge"), typed))
    assert "Not covered" in page or "not covered" in page
    assert "Findings" not in page
