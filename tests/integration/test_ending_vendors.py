"""Ending vendors asks what becomes of their activities and for the proof, and writes all of it or nothing."""

from datetime import date

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.history.typed_forms import PERSON_FIELD
from registry.models import ChangeSet, ProcessingActivity, Status, User, Vendor
from tests.factories import make_activity, make_vendor
from tests.integration.beginnings import browser, session_of
from tests.integration.pages import form_data, text_of, token, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("forms; the batch is written on both databases below")]

LIST = reverse("admin:vendors_action")
DAY = date(2026, 11, 24)


@pytest.fixture
def vendor():
    return make_vendor(name="Gammal AB")


@pytest.fixture
def successor():
    return make_vendor(name="Ny AB")


@pytest.fixture
def going_on(vendor):
    return make_activity(vendor=vendor, purpose="Support")


def end(client, *vendors, **answers):
    data = {"action": "end_selected", "_selected_action": [each.pk for each in vendors], "apply": "1"}
    return client.post(LIST, {**data, "ended_on": str(DAY), **answers}, follow=True)


def nothing_is_written(*vendors):
    return not Vendor.objects.filter(pk__in=[each.pk for each in vendors], status=Status.ENDED).exists()


class TestTheAction:
    def test_ends_the_activities_on_the_same_day(self, admin, vendor, going_on):
        page = end(admin, vendor, outcome="end", data_returned_on="2026-11-25", data_return_url="https://example.com/p")
        assert "1 vendor was ended. 1 activity ended." in text_of(page)
        assert ">Undo</a>" in page.content.decode()
        vendor.refresh_from_db()
        going_on.refresh_from_db()
        assert (vendor.status, vendor.ended_on, going_on.status) == (Status.ENDED, DAY, Status.ENDED)
        assert (vendor.data_returned_on, vendor.data_return_url) == (date(2026, 11, 25), "https://example.com/p")

    def test_moves_them_to_the_successor(self, admin, vendor, going_on, successor):
        page = end(admin, vendor, outcome="move", successor=successor.pk)
        assert "1 activity was moved to the successor." in text_of(page)
        vendor.refresh_from_db()
        going_on.refresh_from_db()
        assert (going_on.vendor, going_on.status, vendor.replaced_by) == (successor, Status.ACTIVE, successor)

    def test_is_one_change_set_that_undoing_takes_back_whole(self, admin, vendor, going_on, successor):
        before = ChangeSet.objects.count()
        end(admin, vendor, outcome="move", successor=successor.pk)
        assert ChangeSet.objects.count() == before + 1
        address = url("changeset_undo", ChangeSet.objects.first().pk)
        admin.post(address, {"digest": admin.get(address).context["undo_plan"].digest})
        vendor.refresh_from_db()
        going_on.refresh_from_db()
        assert (vendor.status, vendor.replaced_by, going_on.vendor) == (Status.ACTIVE, None, vendor)

    def test_keeps_them_for_a_reason_only(self, admin, vendor, going_on):
        page = end(admin, vendor, outcome="keep")
        assert "Say why the activities go on" in text_of(page)
        assert nothing_is_written(vendor)
        page = end(admin, vendor, outcome="keep", change_reason="Handed over in spring")
        assert "1 activity goes on." in text_of(page)
        assert ChangeSet.objects.first().reason == "Handed over in spring"

    def test_asks_nothing_about_activities_where_there_are_none(self, admin, vendor):
        make_activity(vendor=vendor, status=Status.ENDED)
        assert "1 vendor was ended." in text_of(end(admin, vendor))

    def test_answers_for_each_vendor_come_first(self, admin, vendor, going_on, successor):
        other = make_activity()
        page = end(
            admin,
            vendor,
            other.vendor,
            outcome="end",
            data_returned_on="2026-11-25",
            **{f"outcome-{vendor.pk}": "move", f"successor-{vendor.pk}": successor.pk},
        )
        assert "2 vendors were ended. 1 activity ended. 1 activity was moved to the successor." in text_of(page)
        going_on.refresh_from_db()
        assert going_on.vendor == successor
        assert Vendor.objects.filter(data_returned_on="2026-11-25").count() == 2

    def test_keeps_what_is_recorded_where_nothing_is_answered(self, admin, successor):
        vendor = make_vendor(data_returned_on=DAY, data_return_url="https://example.com/p", replaced_by=successor)
        end(admin, vendor)
        vendor.refresh_from_db()
        assert (vendor.data_returned_on, vendor.replaced_by) == (DAY, successor)

    @pytest.mark.parametrize("taken", ["by the successor", "by another that moves"])
    def test_names_what_the_successor_has_already_and_writes_nothing(self, admin, vendor, going_on, successor, taken):
        other = make_activity(purpose="SUPPORT", vendor=successor if taken == "by the successor" else make_vendor())
        chosen = [vendor] if taken == "by the successor" else [vendor, other.vendor]
        page = end(admin, *chosen, outcome="move", successor=successor.pk)
        assert "Ny AB would have two activities with the purpose" in text_of(page)
        assert nothing_is_written(*chosen)

    def test_names_a_successor_that_ends_too(self, admin, vendor, going_on, successor):
        page = end(admin, vendor, successor, outcome="move", successor=successor.pk)
        assert "The successor Ny AB ends too" in text_of(page)
        assert nothing_is_written(vendor, successor)
        assert "Choose the successor" in text_of(end(admin, vendor, outcome="move"))

    def test_what_was_typed_survives_a_missing_reason(self, admin, vendor, going_on, successor):
        page = end(
            admin, vendor, outcome="move", successor=successor.pk, reason_asked="no", data_return_url="https://a.se"
        )
        form = page.context["form"]
        assert form["change_reason"].errors
        assert (form["outcome"].value(), form["data_return_url"].value()) == ("move", "https://a.se")
        assert f'<option value="{successor.pk}" selected>Ny AB</option>' in page.content.decode()
        assert nothing_is_written(vendor)

    def test_what_was_typed_survives_the_end_of_the_session(self, admin, vendor, going_on, successor):
        data = {"action": "end_selected", "_selected_action": [vendor.pk]}
        page = admin.post(LIST, data)
        Session.objects.all().delete()
        answers = {"apply": "1", "ended_on": "2026-01-02", "outcome": "move", "successor": successor.pk}
        sent = admin.post(LIST, {**data, **answers, PERSON_FIELD: token(page)})
        again = browser(session_of(User.objects.get(username="admin")))
        shown = again.get(admin.get(sent["location"]).context["next"])
        assert shown.context["form"]["outcome"].value() == "move"
        assert nothing_is_written(vendor)

    def test_who_may_not_change_activities_can_only_keep_them(self, sign_in, vendor, going_on):
        client = sign_in(
            "view_vendor", "change_vendor", "view_processingactivity", "view_transfer", "view_transfermechanism"
        )
        page = end(client, vendor, outcome="end")
        assert page.context["form"]["outcome"].errors
        assert nothing_is_written(vendor)
        end(client, vendor, outcome="keep", change_reason="Somebody else ends them")
        assert not nothing_is_written(vendor)

    @pytest.mark.both_databases
    def test_the_number_of_queries_does_not_grow(self, admin, recording, successor):
        shown, ended = [], []
        for count in (2, 60):
            with recording():
                chosen = Vendor.objects.bulk_create(
                    Vendor(name=f"{count} {number}", replaced_by=successor) for number in range(count)
                )
                ProcessingActivity.objects.bulk_create(
                    ProcessingActivity(vendor=each, purpose=f"{count} {number} {each.pk}", country="SE")
                    for each in chosen
                    for number in range(2)
                )
            data = {"action": "end_selected", "_selected_action": [each.pk for each in chosen]}
            with CaptureQueriesContext(connection) as asked:
                admin.post(LIST, data)
            shown.append(len(asked))
            own = {f"outcome-{each.pk}": "move" for each in chosen[::2]}
            own |= {f"successor-{each.pk}": successor.pk for each in chosen[::2]}
            with CaptureQueriesContext(connection) as asked:
                end(admin, *chosen, outcome="end", **own)
            ended.append(len(asked))
            assert ProcessingActivity.objects.filter(vendor=successor, purpose__startswith=f"{count} ").count() == count
        assert shown[0] == shown[1]
        assert ended[0] == ended[1]


class TestTheForm:
    @pytest.fixture
    def address(self, vendor):
        return url("vendor_change", vendor.pk)

    def ends(self, client, address, **answers):
        data = form_data(client.get(address), status="ended", **answers)
        return client.post(address, data, follow=True)

    def test_asks_before_it_is_saved_and_keeps_what_was_typed(self, admin, vendor, going_on, address):
        assert "What becomes of its activities?" not in text_of(admin.get(address))
        page = self.ends(admin, address, notes="Typed")
        said = text_of(page)
        assert "What becomes of its activities?" in said
        assert "Say on which day the vendor ended." in said
        assert page.context["adminform"].form["notes"].value() == "Typed"
        assert nothing_is_written(vendor)

    def test_ends_the_activities(self, admin, vendor, going_on, address):
        page = self.ends(admin, address, ended_on=str(DAY), outcome="end")
        assert "1 activity ended." in text_of(page)
        going_on.refresh_from_db()
        assert going_on.status == Status.ENDED

    def test_moves_them_with_what_the_same_form_changed(self, admin, vendor, going_on, successor, address):
        self.ends(
            admin,
            address,
            ended_on=str(DAY),
            outcome="move",
            replaced_by=successor.pk,
            **{"activities-0-purpose": "Support by phone"},
        )
        going_on.refresh_from_db()
        assert (going_on.vendor, going_on.purpose) == (successor, "Support by phone")
        assert ChangeSet.objects.first().historicalvendor_rows.count() == 1

    def test_names_what_the_successor_has_already(self, admin, vendor, going_on, successor, address):
        make_activity(vendor=successor, purpose="Support by phone")
        changed = {"activities-0-purpose": "support by PHONE"}
        page = self.ends(admin, address, ended_on=str(DAY), outcome="move", replaced_by=successor.pk, **changed)
        assert "Ny AB would have two activities" in text_of(page)
        assert nothing_is_written(vendor)

    def test_keeps_them_for_a_reason_only(self, admin, vendor, going_on, address):
        page = self.ends(admin, address, ended_on=str(DAY), outcome="keep")
        assert "Say why the activities go on" in text_of(page)
        page = self.ends(admin, address, ended_on=str(DAY), outcome="keep", change_reason="Until spring")
        assert "1 activity goes on." in text_of(page)

    def test_needs_a_successor_that_goes_on(self, admin, vendor, going_on, address):
        page = self.ends(admin, address, ended_on=str(DAY), outcome="move")
        assert "Choose the successor" in text_of(page)
        gone = make_vendor(status=Status.ENDED)
        page = self.ends(admin, address, ended_on=str(DAY), outcome="move", replaced_by=gone.pk)
        assert "The successor has ended." in text_of(page)

    def test_asks_nothing_more_of_a_vendor_that_has_ended(self, admin, recording, vendor, going_on, address):
        with recording():
            vendor.status = Status.ENDED
            vendor.save()
        self.ends(admin, address, notes="Later")
        assert Vendor.objects.get(pk=vendor.pk).notes == "Later"

    def test_who_may_not_change_activities_can_only_keep_them(self, sign_in, vendor, going_on, address):
        client = sign_in(
            "view_vendor", "change_vendor", "view_processingactivity", "view_transfer", "view_transfermechanism"
        )
        page = self.ends(client, address, ended_on=str(DAY), outcome="end")
        assert "You may not change activities" in text_of(page)
        assert nothing_is_written(vendor)


def test_the_list_as_a_table_refuses_to_end_a_vendor_with_activities(admin, vendor, going_on, successor):
    address = reverse("admin:vendors_edit") + "?column=vendor&column=vendor_status"
    forms = admin.get(address).context["grid"].forms
    values = {each.html_name: each.value() or "" for form in forms for each in form}
    rows = [each.pk for each in (vendor, successor)]
    statuses = {f"row-{key}-status": "ended" for key in rows}
    page = admin.post(address, {**values, "rows": rows, **statuses})
    assert "It has activities." in text_of(page)
    assert nothing_is_written(vendor, successor)
    page = admin.post(address, {**values, "rows": rows, f"row-{successor.pk}-status": "ended"})
    assert not nothing_is_written(successor)


def test_the_list_of_vendors_shows_the_status(admin, vendor):
    end(admin, vendor)
    page = admin.get("/admin/vendors/")
    cells = next(row.cells for row in page.context["rows"] if row.key == vendor.pk)
    assert "ended" in [each.text for each in cells]
