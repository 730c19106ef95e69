"""Every write to the register is recorded, with who, when and why; nothing is written without."""

from functools import partial

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models, transaction

from registry.history.ownership import tracked_models
from registry.history.recording import history_of
from registry.models import (
    AddedReason,
    ChangeSet,
    EditionFile,
    ImportedFile,
    LegalBasis,
    Logo,
    Matching,
    NoChangeSet,
    ProcessingActivity,
    SavedView,
    Seal,
    SealForm,
    Source,
    SpentCode,
    StoredVerdict,
    Submission,
    TypedForm,
    Unrecorded,
    Upload,
    User,
    Vendor,
    Watch,
    change_set,
    current,
)
from registry.models.uploads import PreviewPage

pytestmark = pytest.mark.django_db

WAYS_TO_WRITE = {
    "save": lambda vendor: vendor.save(),
    "create": lambda vendor: Vendor.objects.create(name="Another"),
    "bulk_create": lambda vendor: Vendor.objects.bulk_create([Vendor(name="Another")]),
    "bulk_update": lambda vendor: Vendor.objects.bulk_update([vendor], ["notes"]),
    "get_or_create": lambda vendor: Vendor.objects.get_or_create(name="Another"),
    "update_or_create": lambda vendor: Vendor.objects.update_or_create(pk=vendor.pk, defaults={"notes": "x"}),
    "delete": lambda vendor: vendor.delete(),
    "queryset delete": lambda vendor: Vendor.objects.filter(pk=vendor.pk).delete(),
}
SILENT_WAYS = {
    "update": lambda vendor: Vendor.objects.update(notes="x"),
    "update through the base manager": lambda vendor: Vendor._base_manager.update(notes="x"),
    "update through a relation": lambda vendor: vendor.activities.update(notes="x"),
    "bulk_create that ignores conflicts": lambda vendor: Vendor.objects.bulk_create(
        [Vendor(name="Another")], ignore_conflicts=True
    ),
    "save_without_historical_record": lambda vendor: vendor.save_without_historical_record(),
    "raw data": lambda vendor: vendor.save_base(raw=True),
    "raw data as loaddata writes it": lambda vendor: models.Model.save_base(vendor, raw=True),
}


@pytest.fixture
def vendor(recording):
    with recording():
        return Vendor.objects.create(name="Exempel AB")


@pytest.mark.parametrize("write", WAYS_TO_WRITE.values(), ids=WAYS_TO_WRITE.keys())
def test_a_write_outside_a_change_set_is_refused_and_says_how_to_do_it(vendor, write):
    vendor.notes = "changed"
    with pytest.raises(NoChangeSet, match=r"with change_set\("):
        write(vendor)
    assert list(Vendor.objects.values_list("name", "notes")) == [("Exempel AB", "")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("raw", [True, False], ids=["raw", "not raw"])
def test_the_bottom_of_a_save_writes_nothing_outside_a_change_set(vendor, raw):
    """Without a transaction, what is refused afterwards has been kept."""
    vendor.notes = "changed"
    for write in (vendor.save_base, partial(models.Model.save_base, vendor)):
        with pytest.raises((Unrecorded, NoChangeSet)):
            write(raw=raw)
    assert list(Vendor.objects.values_list("notes", flat=True)) == [""]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "late", [*WAYS_TO_WRITE.values(), lambda vendor: current().note("a late one")], ids=[*WAYS_TO_WRITE, "note"]
)
def test_what_runs_on_commit_comes_too_late_and_is_refused(vendor, recording, late):
    """It could not be sealed any more."""
    vendor.notes = "changed"
    with pytest.raises(NoChangeSet), recording("in time"):
        Vendor.objects.create(name="In time")
        transaction.on_commit(lambda: late(vendor))
    assert ChangeSet.objects.get(reason="in time").seal.row_count == 1
    assert not Vendor.objects.filter(notes="changed").exists()
    with recording():
        Vendor.objects.create(name="The next one")


@pytest.mark.parametrize("write", WAYS_TO_WRITE.values(), ids=WAYS_TO_WRITE.keys())
def test_a_write_inside_one_is_recorded_with_who_and_why(vendor, write, make_user):
    eva = make_user()
    vendor.notes = "changed"
    with change_set(user=eva, source=Source.ADMIN, reason="because"):
        write(vendor)
    newest = Vendor.history.order_by("-history_id").first()
    assert (newest.user_name, newest.history_change_reason) == ("eva", "because")
    assert (newest.change_set.user, newest.change_set.reason) == (eva, "because")
    assert Vendor.history.count() == 2


@pytest.mark.parametrize("write", SILENT_WAYS.values(), ids=SILENT_WAYS.keys())
def test_ways_that_leave_no_history_are_refused(vendor, write, recording):
    with recording(), pytest.raises(NotImplementedError, match=r"histor|record"):
        write(vendor)


def test_a_save_that_changes_nothing_writes_nothing(vendor, recording):
    with recording():
        Vendor.objects.get(pk=vendor.pk).save()
        Vendor.objects.bulk_update([vendor], ["notes"])
    assert Vendor.history.count() == 1
    assert ChangeSet.objects.count() == 1


def test_a_save_of_named_fields_refuses_to_record_what_it_would_not_write(vendor, recording):
    vendor.notes, vendor.legal_name = "x", "y"
    with recording(), pytest.raises(Unrecorded, match="legal_name"):
        vendor.save(update_fields=["notes"])


def test_a_save_of_named_fields_keeps_the_key_of_a_name_right(vendor, recording):
    vendor.name = "ÅÄÖ AB"
    with recording():
        vendor.save(update_fields=["name"])
    assert Vendor.objects.get().name_key == "åäö ab"


def test_an_entry_that_was_deleted_meanwhile_does_not_come_back(vendor, recording):
    stale = Vendor.objects.get(pk=vendor.pk)
    with recording():
        vendor.delete()
    stale.notes = "late"
    with recording(), pytest.raises(Vendor.NotUpdated):
        stale.save()
    assert not Vendor.objects.exists()


def test_what_goes_with_a_deleted_vendor_is_recorded_too(activity, recording):
    with recording("a mistake"):
        activity.vendor.delete()
    assert list(ProcessingActivity.history.filter(history_type="-").values_list("entry_name", flat=True)) == [
        "Exempel AB: Fakturering"
    ]
    assert ChangeSet.objects.filter(reason="a mistake").count() == 1


def test_an_act_that_fails_leaves_nothing_behind(vendor):
    with pytest.raises(ZeroDivisionError), change_set(source=Source.COMMAND):
        Vendor.objects.create(name="Another")
        raise ZeroDivisionError
    assert Vendor.objects.count() == ChangeSet.objects.count() == Vendor.history.count() == 1


def test_one_act_has_one_change_set(recording):
    with recording():
        Vendor.objects.create(name="One")
        Vendor.objects.bulk_create([Vendor(name="Two"), Vendor(name="Three")])
    assert set(Vendor.history.values_list("change_set_id", flat=True)) == {ChangeSet.objects.get().pk}


def test_change_sets_do_not_nest(recording):
    with recording(), pytest.raises(RuntimeError, match="already open"), recording():
        pass


def test_history_keeps_the_name_that_people_and_entries_had_then(vendor, recording, make_user):
    eva = make_user()
    with recording(user=eva):
        vendor.name = "Nytt namn AB"
        vendor.save()
    eva.username, eva.first_name = "eva2", "Eva"
    eva.save()
    assert list(Vendor.history.order_by("history_id").values_list("entry_name", "user_name")) == [
        ("Exempel AB", ""),
        ("Nytt namn AB", "eva"),
    ]


def test_text_is_kept_clean_on_every_way_in(recording):
    with recording():
        one = Vendor.objects.create(name=" A\u00a0B ")
        Vendor.objects.bulk_create([Vendor(name="C\r\nD ")])
        one.notes = "x\r\ny "
        one.save()
    assert list(Vendor.objects.values_list("name", "notes")) == [("A B", "x\ny"), ("C D", "")]


@pytest.mark.parametrize("name", ["exempel ab", " Exempel  AB ", "EXEMPEL\u00a0AB"])
def test_a_vendor_name_is_taken_whichever_way_it_is_spelled(vendor, recording, name):
    from django.db import IntegrityError

    with pytest.raises(ValidationError, match=r"already|redan"):
        Vendor(name=name).full_clean()
    with pytest.raises(IntegrityError), recording():
        Vendor.objects.create(name=name)


def test_every_model_of_the_register_is_tracked_or_has_a_reason_not_to_be():
    untracked = {
        ChangeSet: "is the record",
        Seal: "is the record",
        SealForm: "is the record",
        AddedReason: "is the record",
        ImportedFile: "is the record",
        SavedView: "is how somebody looks at the register",
        StoredVerdict: "follows from the entries",
        SpentCode: "keeps a code from being used twice",
        Submission: "remembers for an hour",
        TypedForm: "is not saved yet",
        Upload: "waits for two hours",
        PreviewPage: "waits with it",
        Matching: "says how a list is read",
        Logo: "is named by its digest in the history",
        EditionFile: "is named by its digest in the history",
        Watch: "is what somebody wants to be told about",
        User: "see registry.history",
    }
    own = {model for model in apps.get_app_config("registry").get_models() if not hasattr(model, "instance_type")}
    assert own == {*tracked_models(), *untracked}


@pytest.mark.parametrize("model", tracked_models(), ids=lambda model: model.__name__)
def test_every_tracked_model_refuses_what_leaves_no_history(model):
    assert model._meta.base_manager_name == "objects"
    assert hasattr(history_of(model), "change_set")
    with pytest.raises(Unrecorded):
        model.objects.update(id=1)
    for field in model._meta.concrete_fields:
        if field.is_relation:
            cascades = field.remote_field.on_delete is models.CASCADE and issubclass(field.related_model, models.Model)
            assert cascades or field.remote_field.on_delete is models.PROTECT, field


def test_a_legal_basis_in_use_cannot_be_deleted(activity, recording):
    with recording():
        activity.legal_basis = LegalBasis.objects.create(label="Avtal")
        activity.save()
    with recording(), pytest.raises(models.ProtectedError):
        activity.legal_basis.delete()
