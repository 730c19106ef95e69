"""Reference data: brought in once, kept up to date, and never against what staff edited."""

from contextlib import contextmanager
from datetime import date
from types import MappingProxyType

import pytest
from django.core.management import call_command

from registry.core.text import unique_key
from registry.history.undo import plan_undo
from registry.history.verify import verify
from registry.law import catalogue
from registry.mechanisms.sync import Synchroniser
from registry.models import (
    ChangeSet,
    MechanismAlias,
    MechanismKind,
    Source,
    Transfer,
    TransferMechanism,
    change_set,
    current,
)
from tests.factories import make_mechanism
from tests.integration.imports import document, exported, planned, run

pytestmark = pytest.mark.django_db

WORDINGS = sum(map(len, catalogue.aliases().values()))


@pytest.fixture
def sync(capsys):
    """What the command prints, line by line."""

    def synchronise(**options):
        status, out, _ = run(capsys, "sync_reference", **options)
        assert status == 0
        return out.splitlines()

    return synchronise


@pytest.fixture
def synced(sync):
    sync()


@pytest.fixture
def edit():
    """Staff changes an entry in a form."""

    def change(entry, **values):
        with change_set(source=Source.ADMIN, reason="we know better"):
            for name, value in values.items():
                setattr(entry, name, value)
            entry.save()
        return entry

    return change


@pytest.fixture
def released(monkeypatch):
    """Reference data of another release: values by code, and further wordings by code."""

    def release(values=MappingProxyType({}), wordings=MappingProxyType({})):
        now = {code: {**known, **values.get(code, {})} for code, known in catalogue.mechanisms_by_code().items()}
        also = {code: (*catalogue.aliases().get(code, ()), *more) for code, more in wordings.items()}
        aliases = {**catalogue.aliases(), **also}
        moved = {wording for more in wordings.values() for wording in more}
        aliases = {
            code: tuple(w for w in told if w not in moved or w in wordings.get(code, ()))
            for code, told in aliases.items()
        }
        monkeypatch.setattr(catalogue, "mechanisms_by_code", lambda: now)
        monkeypatch.setattr(catalogue, "aliases", lambda: aliases)
        codes = {unique_key(w): code for code in now for w in catalogue.wordings(code)}
        monkeypatch.setattr(catalogue, "_codes", lambda: codes)

    return release


def mechanism(code):
    return TransferMechanism.objects.get(code=code)


def alias(label):
    return MechanismAlias.objects.get(label=label)


@contextmanager
def nothing_written():
    before = ChangeSet.objects.count(), TransferMechanism.history.count(), MechanismAlias.history.count()
    yield
    assert (ChangeSet.objects.count(), TransferMechanism.history.count(), MechanismAlias.history.count()) == before


class TestFirstRun:
    def test_it_brings_all_in_as_one_act(self, db, sync):
        lines = sync()
        act = ChangeSet.objects.get()
        assert (act.source, bool(act.reason), act.user) == (Source.REFERENCE, True, None)
        assert lines[0] == "new: Adekvansbeslut"
        assert "new: SCC (wording of Standardavtalsklausuler)" in lines
        assert lines[-1] == f"48 mechanisms and {WORDINGS} wordings new, 0 changed, 0 kept" == act.details["counts"]

    def test_each_entry_is_valid_and_recorded_once(self, synced):
        for entry in (*TransferMechanism.objects.all(), *MechanismAlias.objects.all()):
            entry.full_clean()
        assert (
            TransferMechanism.history.count()
            == TransferMechanism.objects.count()
            == len(catalogue.mechanisms_by_code())
        )
        assert set(TransferMechanism.history.values_list("history_type", flat=True)) == {"+"}

    def test_each_value_is_that_of_the_reference_data(self, synced):
        for code, known in catalogue.mechanisms_by_code().items():
            entry = mechanism(code)
            replaced_by = entry.replaced_by.code if entry.replaced_by else ""
            assert {**{name: getattr(entry, name) for name in known}, "replaced_by": replaced_by} == dict(known)

    def test_the_second_run_writes_nothing(self, synced, sync):
        with nothing_written():
            assert sync() == ["0 mechanisms and 0 wordings new, 0 changed, 0 kept"]

    def test_a_dry_run_writes_nothing_and_says_the_same(self, db, sync):
        with nothing_written():
            lines = sync(dry_run=True)
        assert lines == sync()

    def test_only_the_counts_are_said_where_less_is_wanted(self, db, sync):
        assert sync(verbosity=0) == [f"48 mechanisms and {WORDINGS} wordings new, 0 changed, 0 kept"]

    def test_the_history_fits(self, synced):
        assert verify().live_rows == 48 + WORDINGS

    def test_it_can_be_undone_and_done_again(self, synced, sync):
        with change_set(source=Source.UNDO):
            plan_undo(ChangeSet.objects.get()).apply()
        assert not TransferMechanism.objects.exists()
        assert sync(verbosity=0) == [f"48 mechanisms and {WORDINGS} wordings new, 0 changed, 0 kept"]
        verify()


class TestAfterAnImport:
    def test_what_the_import_made_of_the_catalogue_is_completed(self, imported, sync, original):
        lines = sync()
        assert mechanism("privacy_shield").replaced_by == mechanism("dpf")
        assert "changed: Privacy Shield: replaced by: – → Data Privacy Framework" in lines
        assert lines[-1] == f"47 mechanisms and {WORDINGS} wordings new, 1 changed, 0 kept"
        assert exported("document") == original
        assert not planned("document", original).changes_anything

    def test_what_an_import_made_before_its_wording_was_known_is_taken_over(self, db, sync, recording):
        with recording():
            planned("document", document("Avtal + Unknown Shield", "Avtal + Unknown Shield + Handslag")).apply()
        with change_set(source=Source.IMPORT):
            unclassified = TransferMechanism(code="eu-us-privacy-shield", label="EU-US Privacy Shield")
            unclassified.save()
            for transfer in Transfer.objects.filter(mechanism__label="Unknown Shield"):
                transfer.mechanism = unclassified
                transfer.save()
        before, transfers = exported("document"), list(Transfer.objects.order_by("pk").values())
        lines = sync()
        unclassified.refresh_from_db()
        assert (unclassified.code, unclassified.label) == ("eu-us-privacy-shield", "EU-US Privacy Shield")
        assert (unclassified.kind, unclassified.celex) == (MechanismKind.ADEQUACY, "32016D1250")
        assert "changed: EU-US Privacy Shield: kind: unclassified → adequacy" in lines
        assert lines[-1] == "To see what loses cover: manage.py check_register --on 2020-07-16"
        assert mechanism("safe_harbour").replaced_by == unclassified
        assert alias("Privacy Shield").mechanism == unclassified
        assert not TransferMechanism.objects.filter(code="privacy_shield").exists()
        assert (exported("document"), list(Transfer.objects.order_by("pk").values())) == (before, transfers)
        with nothing_written():
            sync()

    def test_what_nobody_knows_stays_unclassified(self, db, sync, recording):
        with recording():
            planned("document", document("Avtal + Handslag", "Avtal + Certification")).apply()
        sync()
        assert mechanism("handslag").kind == mechanism("certification").kind == MechanismKind.UNCLASSIFIED
        assert mechanism("certification-2").label == "Godkänd certifieringsmekanism"
        with nothing_written():
            sync()

    def test_of_two_wordings_made_apart_the_second_stays_and_is_told(self, db, sync):
        with change_set(source=Source.IMPORT):
            for code, label in (("scc", "SCC"), ("model-clauses", "Model clauses")):
                make_mechanism(code=code, label=label)
        lines = sync()
        assert mechanism("scc").kind == MechanismKind.STANDARD_CLAUSES
        assert mechanism("model-clauses").kind == MechanismKind.UNCLASSIFIED
        assert "kept (taken): Model clauses: wording of: Model clauses (reference data: SCC)" in lines
        with nothing_written():
            sync()


class TestStaff:
    def test_an_edited_field_stays_and_is_told_and_the_others_follow(self, synced, sync, edit, released):
        edit(mechanism("dpf"), notes="Our view", contested_by="")
        released({"dpf": {"notes": "New note", "instrument": "2023/1795 as amended"}})
        lines = sync()
        assert "kept (edited by staff): Data Privacy Framework: notes: Our view (reference data: New note)" in lines
        assert lines[0] == "changed: Data Privacy Framework: instrument: 2023/1795 → 2023/1795 as amended"
        assert lines[-1] == "0 mechanisms and 0 wordings new, 1 changed, 2 kept"
        dpf = mechanism("dpf")
        assert (dpf.notes, dpf.contested_by, dpf.instrument) == ("Our view", "", "2023/1795 as amended")

    def test_it_stays_edited_though_the_reference_data_has_written_another_field_since(
        self, synced, sync, edit, released
    ):
        edit(mechanism("dpf"), notes="Our view")
        released({"dpf": {"instrument": "another"}})
        sync()
        released({"dpf": {"notes": "New note"}})
        with nothing_written():
            sync()
        assert mechanism("dpf").notes == "Our view"

    def test_what_staff_put_back_follows_again(self, synced, sync, edit, released):
        given = mechanism("dpf").notes
        edit(mechanism("dpf"), notes="Our view")
        edit(mechanism("dpf"), notes=given)
        released({"dpf": {"notes": "New note"}})
        sync()
        assert mechanism("dpf").notes == "New note"

    def test_an_unclassified_mechanism_with_a_known_code_but_another_label_is_not_touched(self, db, sync, edit):
        own = edit(TransferMechanism(code="dpf"), label="Our framework")
        sync()
        own.refresh_from_db()
        assert own.kind == MechanismKind.UNCLASSIFIED
        assert mechanism("dpf-2").label == "Data Privacy Framework"
        with nothing_written():
            sync()

    def test_a_mechanism_that_staff_made_under_a_known_label_is_kept_whole(self, db, sync, edit):
        own = edit(TransferMechanism(code="shield", label="Privacy Shield", kind=MechanismKind.ADEQUACY))
        lines = sync()
        own.refresh_from_db()
        assert own.valid_until is None
        assert "kept (edited by staff): Privacy Shield: valid until: – (reference data: 2020-07-15)" in lines
        assert not lines[-1].startswith("To see")

    def test_a_label_that_staff_chose_stays_and_the_known_one_becomes_a_wording(self, synced, sync, edit):
        edit(mechanism("privacy_shield"), label="Skölden")
        lines = sync()
        assert "kept (edited by staff): Skölden: label: Skölden (reference data: Privacy Shield)" in lines
        assert "new: Privacy Shield (wording of Skölden)" in lines
        assert alias("Privacy Shield").mechanism == mechanism("privacy_shield")
        with nothing_written():
            sync()

    def test_an_alias_that_staff_deleted_is_not_brought_back(self, synced, sync):
        with change_set(source=Source.ADMIN):
            alias("SCC").delete()
        with nothing_written():
            lines = sync()
        assert lines == [
            "kept (removed by staff): SCC: wording of: – (reference data: Standardavtalsklausuler)",
            "0 mechanisms and 0 wordings new, 0 changed, 1 kept",
        ]
        with change_set(source=Source.ADMIN):
            MechanismAlias.objects.create(mechanism=mechanism("scc_2021_m2"), label="SCC")
            alias("DPF").delete()
        with nothing_written():
            assert sync()[-1] == "0 mechanisms and 0 wordings new, 0 changed, 2 kept"

    def test_an_alias_that_staff_worded_anew_is_not_brought_back(self, synced, sync, edit):
        edit(alias("SCC"), label="SCC (vilka som helst)")
        with nothing_written():
            sync()
        edit(alias("SCC (vilka som helst)"), label="SCC")
        assert sync() == ["0 mechanisms and 0 wordings new, 0 changed, 0 kept"]

    def test_an_alias_that_staff_moved_stays_where_it_is(self, synced, sync, edit):
        edit(alias("SCC"), mechanism=mechanism("scc_2021_m2"))
        with nothing_written():
            lines = sync()
        assert lines[0] == (
            "kept (edited by staff): SCC: transfer mechanism: Standardavtalsklausuler 2021 modul 2"
            " (reference data: Standardavtalsklausuler)"
        )

    def test_a_mechanism_that_staff_deleted_comes_back_with_its_wordings(self, synced, sync):
        with change_set(source=Source.ADMIN):
            mechanism("bcr").delete()
        assert sync(verbosity=0)[-1].startswith("1 mechanisms and 19 wordings new, 0 changed")
        assert alias("BCR").mechanism == mechanism("bcr")

    def test_a_label_that_staff_gave_to_another_is_told_and_not_made_twice(self, synced, sync, edit):
        with change_set(source=Source.ADMIN):
            mechanism("ch_2000").delete()
            MechanismAlias.objects.create(mechanism=mechanism("nz_2012"), label="Adekvansbeslut Schweiz")
        lines = sync()
        assert (
            "kept (taken): Adekvansbeslut Schweiz: label: means Adekvansbeslut Nya Zeeland"
            " (reference data: a mechanism of its own)"
        ) in lines
        with nothing_written():
            sync()

    def test_what_would_be_replaced_by_such_a_one_keeps_what_it_has(self, synced, sync, released):
        with change_set(source=Source.ADMIN):
            mechanism("bcr").delete()
            MechanismAlias.objects.create(mechanism=mechanism("nz_2012"), label="Bindande företagsbestämmelser")
        released({"gb_2025": {"replaced_by": "bcr"}})
        sync()
        assert mechanism("gb_2025").replaced_by == mechanism("gb_2026")


class TestAnotherRelease:
    def test_a_decision_that_ends_says_which_day_to_look_at(self, synced, sync, released):
        released(
            {
                "dpf": {"valid_until": date(2027, 3, 31), "ended_by": "C-703/25 P"},
                "kr_2021": {"valid_until": date(2027, 1, 31), "ended_by": "repealed"},
            }
        )
        assert not sync(dry_run=True)[-1].startswith("To see")
        lines = sync()
        assert "changed: Data Privacy Framework: valid until: – → 2027-03-31" in lines
        assert lines[-2:] == [
            "To see what loses cover: manage.py check_register --on 2027-02-01",
            "To see what loses cover: manage.py check_register --on 2027-04-01",
        ]
        verify()

    def test_a_label_that_documents_may_still_use_stays(self, synced, sync, released):
        released({"dpf": {"label": "EU:s ramverk"}}, {"dpf": ("Data Privacy Framework",)})
        sync()
        assert mechanism("dpf").label == "Data Privacy Framework"
        assert alias("EU:s ramverk").mechanism == mechanism("dpf")

    def test_a_label_that_was_a_mistake_is_put_right(self, synced, sync, released):
        released({"ch_2000": {"label": "Adekvansbeslut Schweiz 2000"}})
        lines = sync()
        assert "changed: Adekvansbeslut Schweiz: label: Adekvansbeslut Schweiz → Adekvansbeslut Schweiz 2000" in lines
        assert mechanism("ch_2000").label == "Adekvansbeslut Schweiz 2000"
        with nothing_written():
            sync()

    def test_a_label_that_is_taken_meanwhile_is_told(self, synced, sync, released, edit):
        edit(TransferMechanism(code="own"), label="Adekvansbeslut Schweiz 2000")
        released({"ch_2000": {"label": "Adekvansbeslut Schweiz 2000"}})
        with nothing_written():
            lines = sync()
        assert (
            "kept (taken): Adekvansbeslut Schweiz: label: Adekvansbeslut Schweiz"
            " (reference data: Adekvansbeslut Schweiz 2000)"
        ) in lines

    def test_a_wording_that_turned_out_to_mean_another_moves(self, synced, sync, released):
        released(wordings={"scc_2021_m2": ("SCC C2P",)})
        lines = sync()
        assert lines[0] == (
            "changed: SCC C2P: transfer mechanism: Standardavtalsklausuler → Standardavtalsklausuler 2021 modul 2"
        )
        assert alias("SCC C2P").mechanism == mechanism("scc_2021_m2")
        with nothing_written():
            sync()

    def test_what_replaces_a_mechanism_may_come_and_go(self, synced, sync, released):
        released({"dpf": {"replaced_by": "bcr"}, "gb_2025": {"replaced_by": ""}})
        sync()
        assert mechanism("dpf").replaced_by == mechanism("bcr")
        assert mechanism("gb_2025").replaced_by is None


def test_it_takes_the_chain_before_it_reads(db, monkeypatch):
    seen = []
    matches = Synchroniser.matches

    def watched(self):
        seen.append(current().held)
        return matches(self)

    monkeypatch.setattr(Synchroniser, "matches", watched)
    call_command("sync_reference", verbosity=0)
    assert seen == [True]
