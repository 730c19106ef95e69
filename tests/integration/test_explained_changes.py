"""Changes explain themselves: what was done, whether it was undone, and the way to undo one's own last change."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.models import ChangeSet, ProcessingActivity, Source, User, Vendor, record
from tests.integration.beginnings import browser, session_of
from tests.integration.imports import confirm, document, upload
from tests.integration.pages import form_data, text_of, url

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("what pages say; rights")]


@pytest.fixture
def of_role(roles, make_user):
    def client(role, name):
        user = make_user(name=name)
        user.groups.set(Group.objects.filter(name=role))
        return browser(session_of(user))

    return client


def save(client, activity, **changes):
    address = url("processingactivity_change", activity.pk)
    assert client.post(address, form_data(client.get(address), **changes)).status_code == 302
    return ChangeSet.objects.first()


def undo(client, act, **data):
    address = url("changeset_undo", act.pk)
    page = client.get(address)
    if page.status_code != 200:
        return page
    return client.post(address, {"digest": page.context["undo_plan"].digest, **data}, follow=True)


class TestAnEditor:
    @pytest.fixture
    def editor(self, of_role):
        return of_role("Editor", "eva")

    def test_sees_the_change_sets_that_touch_what_they_may_see(self, editor, activity, admin):
        user = User.objects.get(username="admin")
        record(user=user, source=Source.EXPORT, rows="secret")
        record(user=user, source=Source.SIGN_IN)
        seen = editor.get(url("changeset_changelist")).context["page"].change_sets
        assert [each.change_set.reason for each in seen] == ["set-up of a test"]
        for hidden in ChangeSet.objects.exclude(reason="set-up of a test"):
            assert editor.get(url("changeset_change", hidden.pk)).status_code == 403

    def test_undoes_their_own_last_change(self, editor, activity):
        act = save(editor, activity, notes="Mistake")
        assert url("changeset_undo", act.pk) in editor.get(url("changeset_change", act.pk)).content.decode()
        done = undo(editor, act)
        assert "Done: 1 entry changed back." in text_of(done)
        assert ProcessingActivity.objects.get().notes == ""

    def test_undoes_what_they_added_too(self, editor, activity):
        assert editor.post(url("vendor_add"), {**vendor_form(editor), "name": "Fel AB"}).status_code == 302
        undo(editor, ChangeSet.objects.first())
        assert not Vendor.objects.filter(name="Fel AB").exists()

    def test_undoes_no_earlier_one(self, editor, activity):
        first = save(editor, activity, notes="First")
        save(editor, activity, retention="Second")
        assert undo(editor, first).status_code == 403
        assert url("changeset_undo", first.pk) not in editor.get(url("changeset_change", first.pk)).content.decode()

    def test_undoes_nothing_on_which_something_stands(self, editor, of_role, activity):
        act = save(editor, activity, notes="First")
        save(of_role("Editor", "olle"), activity, notes="Second")
        page = editor.get(url("changeset_undo", act.pk))
        assert not page.context["undo_plan"].possible
        editor.post(url("changeset_undo", act.pk), {"digest": page.context["undo_plan"].digest})
        assert ProcessingActivity.objects.get().notes == "Second"

    def test_undoes_nothing_of_others(self, editor, of_role, activity):
        act = save(of_role("Editor", "olle"), activity, notes="Olles")
        assert undo(editor, act).status_code == 403

    def test_who_may_no_longer_edit_undoes_nothing(self, editor, activity):
        act = save(editor, activity, notes="First")
        User.objects.get(username="eva").groups.set(Group.objects.filter(name="Reader"))
        assert undo(editor, act).status_code == 403


def vendor_form(client):
    return form_data(client.get(url("vendor_add")))


#: What somebody answers who may not change activities.
KEPT = {"outcome": "keep", "change_reason": "Somebody else ends the activities"}


class TestMessages:
    def undo_link(self):
        return f'<a href="{url("changeset_undo", ChangeSet.objects.first().pk)}">Undo</a>'

    def test_of_an_action_say_what_was_done_and_offer_to_undo_it(self, admin, imported):
        chosen = [vendor.pk for vendor in Vendor.objects.all()[:3]]
        data = {"action": "end_selected", "_selected_action": chosen, "apply": "1", "ended_on": "2026-01-02"}
        data["outcome"] = "end"
        page = admin.post(reverse("admin:vendors_action"), data, follow=True)
        assert "3 vendors were ended." in text_of(page)
        assert self.undo_link() in page.content.decode()

    def test_of_an_import_too(self, admin, imported):
        preview = admin.get(upload(admin, document("Avtal"))["location"])
        page = admin.get(confirm(admin, preview, end_missing="on")["location"])
        assert "Imported: 1 new, 0 changed, 0 unchanged. 38 ended." in text_of(page)
        assert self.undo_link() in page.content.decode()

    def test_of_undoing_too(self, admin, activity):
        page = undo(admin, ChangeSet.objects.filter(reason="set-up of a test").get())
        assert "Done: 2 entries deleted." in text_of(page)
        assert self.undo_link() in page.content.decode()

    def test_offer_nothing_to_who_may_not(self, sign_in, admin, activity):
        seen = ("view_vendor", "view_processingactivity", "view_transfer", "view_transfermechanism")
        client = sign_in("change_vendor", *seen)
        data = {"action": "end_selected", "_selected_action": [activity.vendor_id], "apply": "1"}
        page = client.post(reverse("admin:vendors_action"), {**data, "ended_on": "2026-01-02", **KEPT}, follow=True)
        assert "1 vendor was ended." in text_of(page)


class TestUndone:
    @pytest.fixture
    def acts(self, admin, activity):
        act = save(admin, activity, notes="Mistake")
        undo(admin, act)
        return act, ChangeSet.objects.first()

    def test_it_says_so_and_what_undid_it(self, admin, acts, activity):
        act, undoing = acts
        for address in (
            url("changeset_change", act.pk),
            url("changeset_changelist"),
            url("processingactivity_history", activity.pk),
        ):
            page = admin.get(address)
            assert "Undone by admin, " in text_of(page), address
            assert f'href="{url("changeset_change", undoing.pk)}">change set {undoing.pk}<' in page.content.decode()

    def test_and_what_undid_it_says_what_it_undid(self, admin, acts):
        act, undoing = acts
        page = admin.get(url("changeset_change", undoing.pk))
        assert f'href="{url("changeset_change", act.pk)}">This undid change set {act.pk}<' in page.content.decode()
        assert "Undone by" not in text_of(page)


class TestTheOverview:
    def test_says_what_changed(self, admin, activity):
        save(admin, activity, notes="Because of this", retention="Ett år")
        card = text_of(admin.get(reverse("admin:index"))).partition("Last changes")[2]
        assert "Exempel AB: Fakturering" in card
        assert "Notes: – → Because of this" in card
        assert "Retention: – → Ett år" in card

    def test_with_as_many_queries_for_more(self, admin, activity):
        def queries():
            with CaptureQueriesContext(connection) as caught:
                admin.get(reverse("admin:index"))
            return len(caught)

        save(admin, activity, notes="1")
        queries()
        before = queries()
        for number in range(2, 6):
            save(admin, activity, notes=str(number), retention=f"{number} år")
        queries()  # stores what follows from the new state
        assert queries() == before
