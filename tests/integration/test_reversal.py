"""Going back: an act undone, an entry restored – previewed, permission-checked, and an act of its own."""

import pytest

from registry.files.format_registry import DocumentFormat
from registry.files.importing.planner import plan_import
from registry.history.undo import deleted_entries, plan_restore, plan_undo
from registry.models import (
    Agreement,
    ChangeSet,
    LegalBasis,
    ProcessingActivity,
    Transfer,
    TransferMechanism,
    Vendor,
)
from tests.factories import make_agreement, make_legal_basis, make_vendor
from tests.integration.imports import exported
from tests.integration.pages import text_of, url

pytestmark = pytest.mark.django_db


def state():
    """Every live row of the register."""
    models = (Vendor, Agreement, LegalBasis, ProcessingActivity, TransferMechanism, Transfer)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def newest():
    return ChangeSet.objects.first()


@pytest.fixture
def maxmind(imported):
    return ProcessingActivity.objects.get(vendor__name="MaxMind INC.")


class TestUndo:
    def test_an_import_is_undone_as_a_whole_and_the_undoing_too(self, imported, original, recording):
        first = newest()
        with recording("undo"):
            plan_undo(first).apply()
        assert not Vendor.objects.exists()
        assert not TransferMechanism.objects.exists()
        with recording("undo of the undo"):
            plan_undo(newest()).apply()
        assert exported("document") == original

    def test_a_change_with_added_and_removed_parts_is_undone(self, maxmind, recording):
        before = state()
        with recording("rework"):
            maxmind.personal_data = "Annat"
            maxmind.legal_basis = make_legal_basis(label="Samtycke")
            maxmind.save()
            maxmind.transfers.get().delete()
            make_agreement(vendor=maxmind.vendor, kind="processing")
            make_vendor(name="Ny AB")
        with recording("undo"):
            plan_undo(newest()).apply()
        assert state() == before

    def test_a_deleted_vendor_comes_back_with_all_that_was_its(self, maxmind, recording):
        before = state()
        with recording("mistake"):
            maxmind.vendor.delete()
        with recording("undo"):
            plan_undo(newest()).apply()
        assert state() == before

    def test_a_later_change_stands_in_the_way_and_is_named(self, maxmind, recording, make_user):
        with recording("first"):
            maxmind.notes = "a"
            maxmind.save()
        first = newest()
        with recording("second", user=make_user()):
            maxmind.notes = "b"
            maxmind.save()
        reversal = plan_undo(first)
        assert not reversal.possible
        assert len(reversal.hindrances) == 1
        assert "MaxMind INC." in reversal.hindrances[0]
        assert "eva" in reversal.hindrances[0]

    def test_what_others_came_to_need_stands_in_the_way(self, imported, recording):
        with recording("a ground"):
            basis = make_legal_basis(label="Samtycke")
        act = newest()
        with recording("used"):
            activity = ProcessingActivity.objects.first()
            activity.legal_basis = basis
            activity.save()
        assert any(str(activity) in obstacle for obstacle in plan_undo(act).hindrances)

    def test_several_changes_of_one_entry_in_one_act_are_undone_together(self, maxmind, recording):
        before = state()
        with recording():
            for notes in ("a", "b", "c"):
                maxmind.notes = notes
                maxmind.save()
        with recording():
            plan_undo(newest()).apply()
        assert state() == before

    def test_queries_do_not_grow_with_the_entries(self, imported, recording):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        def queries(count):
            with recording():
                activities = list(ProcessingActivity.objects.all()[:count])
                for activity in activities:
                    activity.notes = f"{count} x"
                ProcessingActivity.objects.bulk_update(activities, ["notes"])
            with CaptureQueriesContext(connection) as caught:
                assert len(plan_undo(newest()).steps) == count
            return len(caught)

        assert queries(2) == queries(22)


class TestUndoPage:
    def test_it_is_previewed_and_then_done_with_a_reason(self, admin, maxmind, recording):
        with recording("wrong"):
            maxmind.notes = "wrong"
            maxmind.save()
        act = newest()
        page = admin.get(url("changeset_undo", act.pk))
        assert "changed back" in text_of(page)
        assert ProcessingActivity.objects.get(pk=maxmind.pk).notes == "wrong"
        digest = page.context["undo_plan"].digest
        response = admin.post(url("changeset_undo", act.pk), {"digest": digest, "change_reason": "it was wrong"})
        assert response.status_code == 302
        assert ProcessingActivity.objects.get(pk=maxmind.pk).notes == ""
        assert (newest().source, newest().reason, newest().details) == ("undo", "it was wrong", {"undone": act.pk})

    def test_what_was_previewed_is_what_is_done(self, admin, maxmind, recording):
        with recording("wrong"):
            maxmind.notes = "wrong"
            maxmind.save()
        act = newest()
        digest = admin.get(url("changeset_undo", act.pk)).context["undo_plan"].digest
        with recording("meanwhile"):
            maxmind.notes = "right"
            maxmind.save()
        page = admin.post(url("changeset_undo", act.pk), {"digest": digest})
        assert "has changed since the preview" in text_of(page)
        assert "Cannot be undone because" in text_of(page)
        assert ProcessingActivity.objects.get(pk=maxmind.pk).notes == "right"

    def test_a_name_that_was_taken_meanwhile_is_said_and_nothing_is_half_done(self, admin, maxmind, recording):
        with recording("mistake"):
            maxmind.vendor.delete()
        act = newest()
        with recording("anew"):
            make_vendor(name="MaxMind INC.")
        digest = admin.get(url("changeset_undo", act.pk)).context["undo_plan"].digest
        page = admin.post(url("changeset_undo", act.pk), {"digest": digest})
        assert "perhaps a name is taken" in text_of(page)
        assert Vendor.objects.filter(name="MaxMind INC.").count() == 1
        assert newest().reason == "anew"

    @pytest.mark.parametrize(
        "rights",
        [
            (),
            ("view_changeset", "change_processingactivity", "view_processingactivity"),
            ("undo_changeset", "view_changeset", "view_processingactivity"),
        ],
    )
    def test_it_asks_for_each_right(self, sign_in, maxmind, recording, rights):
        with recording("wrong"):
            maxmind.notes = "wrong"
            maxmind.save()
        act = newest()
        client = sign_in(*rights)
        before = ChangeSet.objects.count()
        assert client.get(url("changeset_undo", act.pk)).status_code == 403
        assert client.post(url("changeset_undo", act.pk), {"digest": plan_undo(act).digest}).status_code == 403
        assert ChangeSet.objects.count() == before


class TestRestore:
    def test_an_older_state_comes_back_and_later_ones_stay_in_the_history(self, admin, maxmind, recording):
        first = maxmind.history.get()
        for notes in ("a", "b"):
            with recording(notes):
                maxmind.notes = notes
                maxmind.save()
        address = url("processingactivity_restore", maxmind.pk, first.history_id)
        page = admin.get(address)
        response = admin.post(address, {"digest": page.context["undo_plan"].digest, "change_reason": "as it was"})
        assert response.status_code == 302
        assert ProcessingActivity.objects.get(pk=maxmind.pk).notes == ""
        assert [row.notes for row in maxmind.history.order_by("history_id")] == ["", "a", "b", ""]
        assert newest().source == "restore"

    def test_a_deleted_vendor_is_found_read_and_restored_with_what_belonged_to_it(self, admin, maxmind, recording):
        before = state()
        with recording("mistake"):
            maxmind.vendor.delete()
        page = admin.get(url("changeset_deleted"))
        assert "MaxMind INC." in text_of(page)
        assert "mistake" in text_of(page)
        row = Vendor.history.filter(id=maxmind.vendor_id, history_type="+").get()
        address = url("vendor_restore", maxmind.vendor_id, row.history_id)
        preview = admin.get(address)
        assert "restored" in text_of(preview)
        assert admin.post(address, {"digest": preview.context["undo_plan"].digest}).status_code == 302
        assert state() == before
        assert "Nothing has been deleted." in text_of(admin.get(url("changeset_deleted")))

    def test_what_it_refers_to_must_be_there(self, maxmind, recording):
        row = maxmind.transfers.get().history.get()
        with recording("mistake"):
            maxmind.vendor.delete()
        hindrances = plan_restore(Transfer, row).hindrances
        assert any("Restore that first" in obstacle or "Återställ" in obstacle for obstacle in hindrances)

    def test_the_same_state_is_nothing_to_restore(self, admin, maxmind):
        row = maxmind.history.get()
        page = admin.get(url("processingactivity_restore", maxmind.pk, row.history_id))
        assert "There is nothing to change" in text_of(page)

    def test_it_asks_for_the_right(self, sign_in, maxmind, recording):
        row = maxmind.history.get()
        with recording():
            maxmind.notes = "x"
            maxmind.save()
        client = sign_in("view_processingactivity", "change_processingactivity")
        address = url("processingactivity_restore", maxmind.pk, row.history_id)
        assert client.get(address).status_code == 403
        assert client.post(address, {"digest": plan_restore(ProcessingActivity, row).digest}).status_code == 403
        assert ProcessingActivity.objects.get(pk=maxmind.pk).notes == "x"

    def test_deleted_and_recreated_is_not_deleted(self, maxmind, recording):
        with recording():
            transfer = maxmind.transfers.get()
            key = transfer.pk
            transfer.delete()
        assert [(model, row.id) for model, row, _before in deleted_entries()] == [(Transfer, key)]
        with recording():
            plan_undo(newest()).apply()
        assert deleted_entries() == []


def test_plan_is_importable_for_a_register_that_was_undone(imported, original, recording):
    with recording("undo"):
        plan_undo(newest()).apply()
    with recording("again"):
        plan_import(DocumentFormat().read(original)).apply()
    assert exported("document") == original
