"""Whatever is forged outside the register is found and named. Each forger here has taken the triggers away first."""

# ruff: noqa: S608 - tables and columns of the models
import hashlib
import json
import threading
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from registry.history import chain, chain_walk, seals, triggers
from registry.history.seals import seal
from registry.history.verify import DoesNotFit, verify
from registry.models import (
    ChangeSet,
    LegalBasis,
    ProcessingActivity,
    Seal,
    SealForm,
    Source,
    Vendor,
    change_set,
    head_digest,
    record,
)
from tests.factories import make_activity, make_legal_basis, make_vendor
from tests.integration.beginnings import new_user, recording
from tests.integration.layers import layer

pytestmark = pytest.mark.django_db

SQLITE = connection.vendor == "sqlite"
VENDORS = Vendor.history.model._meta.db_table


def execute(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@pytest.fixture
def forge(db):
    """SQL by somebody who owns the database: no trigger, no constraint between tables."""

    execute("PRAGMA ignore_check_constraints = ON" if SQLITE else "SET CONSTRAINTS ALL IMMEDIATE")
    for table in triggers.append_only_tables(connection):
        triggers.triggers_of(connection).drop(table)

    def forged(statement, *parameters):
        if not SQLITE:
            execute("SET LOCAL session_replication_role = replica")
        execute(statement, *parameters)

    yield forged
    execute("PRAGMA ignore_check_constraints = OFF" if SQLITE else "SET LOCAL session_replication_role = origin")
    transaction.set_rollback(True)


@layer
def story():
    """The numbers of five change sets: a vendor, its activity, two changes of the vendor, three vendors at once."""
    eva = new_user(name="eva")
    before = set(ChangeSet.objects.values_list("pk", flat=True))
    with recording("first", user=eva):
        vendor = make_vendor(name="Apsis")
    with recording("second", user=eva):
        make_activity(vendor=vendor, purpose="Newsletter", country="SE")
    for reason, notes in [("third", "x"), ("fourth", "y")]:
        with recording(reason, user=eva):
            vendor.notes = notes
            vendor.save()
    with recording("fifth", user=eva):
        Vendor.objects.bulk_create([Vendor(name=name) for name in ("Borgo", "Cint", "Dropp")])
    return [change.pk for change in ChangeSet.objects.order_by("pk") if change.pk not in before]


@pytest.fixture
def apsis(story):
    return Vendor.objects.get(name="Apsis")


def finding(since=None):
    with pytest.raises(DoesNotFit) as found:
        verify(since=since)
    return str(found.value)


def history_row(change_set_id):
    return Vendor.history.filter(change_set_id=change_set_id).order_by("history_id").first()


def test_what_was_not_touched_fits(story):
    proof = verify()
    assert (proof.change_sets, proof.history_rows, proof.live_rows) == (ChangeSet.objects.count(), 7, 5)
    assert (
        proof.head == head_digest() == Seal.objects.last_seal().digest if hasattr(Seal.objects, "last_seal") else True
    )


def test_an_empty_register_fits():
    proof = verify(since=chain.BEGINNING)
    assert (proof.change_sets, proof.head, proof.contained) == (0, chain.BEGINNING, 0)


def test_a_register_with_deleted_entries_fits(story, apsis, recording):
    with recording():
        apsis.delete()
    assert verify().live_rows == 3


def test_the_original_register_fits(imported):
    assert verify().live_rows > 50


def test_a_changed_value_is_found_and_its_row_named(story, apsis, forge):
    row = history_row(story[2])
    forge(f"UPDATE {VENDORS} SET notes = 'forged' WHERE history_id = %s", row.history_id)
    named = f'vendor {apsis.pk} "Apsis": history row {row.history_id} of change set {story[2]}'
    assert finding().startswith(f"{named} was changed after it was sealed")


def test_of_many_rows_at_once_the_entries_are_named(story, forge):
    row = history_row(story[4])
    forge(f"UPDATE {VENDORS} SET notes = 'forged' WHERE history_id = %s", row.history_id)
    found = finding()
    assert found.startswith(f"change set {story[4]} was changed after it was sealed: vendor")
    assert all(f'"{name}": history row' in found for name in ("Borgo", "Cint", "Dropp"))
    assert f"This does not fit either: vendor {row.id} \"Borgo\": the live row says notes=''" in found


def test_many_entries_are_not_all_named(db, recording, forge):
    with recording():
        Vendor.objects.bulk_create([Vendor(name=f"Vendor {number:02}") for number in range(12)])
    forge(f"UPDATE {VENDORS} SET country = 'NO'")
    assert '"Vendor 09"' in finding()
    assert ", 2 more, or what" in finding()


def test_a_removed_history_row_is_found(story, forge):
    row = history_row(story[4])
    forge(f"DELETE FROM {VENDORS} WHERE history_id = %s", row.history_id)
    found = finding()
    assert f"change set {story[4]} was sealed with 3 history rows and has 2: history was removed" in found
    assert f"vendor {row.id} is in the register but has no history" in found


def test_an_only_history_row_that_was_removed_is_found(story, forge):
    forge(f"DELETE FROM {VENDORS} WHERE change_set_id = %s", story[2])
    assert f"change set {story[2]} was sealed with 1 history rows and has 0" in finding()


def copy(forge, model, source, **changes):
    """Another row like the one with the key ``source``."""
    columns = [field.column for field in model._meta.concrete_fields]
    values = ["%s" if column in changes else column for column in columns]
    forge(
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)})"
        f" SELECT {', '.join(values)} FROM {model._meta.db_table} WHERE {model._meta.pk.column} = %s",
        *(changes[column] for column in columns if column in changes),
        source,
    )


def test_an_inserted_history_row_is_found(story, apsis, forge):
    copy(forge, Vendor.history.model, history_row(story[2]).pk, history_id=900000)
    found = finding()
    assert f"change set {story[2]} was sealed with 1 history rows and has 2: history was put into it" in found
    assert f'vendor {apsis.pk} "Apsis": history row 900000' in found


@pytest.mark.parametrize("place", [0, 2])
def test_a_change_set_removed_with_all_that_belongs_to_it_is_found(story, forge, place):
    gone = story[place]
    for table, column in [("registry_seal", "change_set_id"), (VENDORS, "change_set_id"), ("registry_changeset", "id")]:
        forge(f"DELETE FROM {table} WHERE {column} = %s", gone)
    found = finding()
    assert f"change set {gone} is gone" in found
    assert f"change set {story[place + 1]} was sealed after a change set that is no longer there" in found


def test_several_removed_change_sets_are_found(story, forge):
    for table, column in [("registry_seal", "change_set_id"), (VENDORS, "change_set_id"), ("registry_changeset", "id")]:
        forge(f"DELETE FROM {table} WHERE {column} IN (%s, %s)", story[2], story[3])
    assert f"one or more of the change sets {story[2]} to {story[3]} is gone" in finding()


def test_a_removed_row_of_a_change_set_is_found(story, apsis, forge):
    forge("DELETE FROM registry_changeset WHERE id = %s", story[2])
    found = finding()
    assert f"change set {story[2]} is gone; its seal is left" in found
    assert f'vendor {apsis.pk} "Apsis": history row' in found


def test_history_left_of_a_removed_change_set_is_found(story, forge):
    forge("DELETE FROM registry_changeset WHERE id = %s", story[2])
    forge("DELETE FROM registry_seal WHERE change_set_id = %s", story[2])
    assert f"change set {story[2]} is gone; so is its seal; left are vendor" in finding()


def test_a_removed_seal_is_found(story, forge):
    forge("DELETE FROM registry_seal WHERE change_set_id = %s", story[4])
    assert f"change set {story[4]} has no seal" in finding()


def test_an_inserted_change_set_is_found(story, forge):
    copy(forge, ChangeSet, story[0], id=900000)
    assert "change set 900000 has no seal: it was added outside the register" in finding()


def test_an_inserted_change_set_with_a_seal_is_found(story, forge):
    copy(forge, ChangeSet, story[0], id=900000)
    seal_id = Seal.objects.get(change_set_id=story[0]).pk
    copy(forge, Seal, seal_id, id=900000, change_set_id=900000, previous=head_digest(), digest="a" * 64, row_count=0)
    assert "change set 900000 was changed after it was sealed" in finding()


def test_history_without_a_change_set_is_found(story, forge):
    forge(f"UPDATE {VENDORS} SET change_set_id = 900000 WHERE change_set_id = %s", story[4])
    assert f"change set {story[4]} was sealed with 3 history rows and has 0" in finding()


def test_swapped_order_is_found(story, forge):
    third, fourth = story[2], story[3]
    for table, column in [("registry_seal", "change_set_id"), (VENDORS, "change_set_id"), ("registry_changeset", "id")]:
        for before, after in [(third, 900000), (fourth, third), (900000, fourth)]:
            forge(f"UPDATE {table} SET {column} = %s WHERE {column} = %s", after, before)
    assert f"change set {third} was sealed after change set {fourth}" in finding()
    assert "the order was changed" in finding()


def test_swapped_seals_are_found(story, forge):
    for before, after in [(story[2], 900000), (story[3], story[2]), (900000, story[3])]:
        forge("UPDATE registry_seal SET change_set_id = %s WHERE change_set_id = %s", after, before)
    assert "the order was changed" in finding()


@pytest.mark.parametrize(
    ("column", "value"), [("reason", "forged"), ("user_name", "forged"), ("created_at", "2001-01-01 00:00:00")]
)
def test_a_changed_change_set_is_found(story, forge, column, value):
    forge(f"UPDATE registry_changeset SET {column} = %s WHERE id = %s", value, story[4])
    found = finding()
    assert f"change set {story[4]} was changed after it was sealed: it says {column}=" in found
    assert "forged" in found or "2001" in found


def test_a_changed_author_is_found(story, forge, make_user):
    other = make_user(name="other")
    forge("UPDATE registry_changeset SET user_id = %s WHERE id = %s", other.pk, story[1])
    assert f"change set {story[1]} was changed after it was sealed: it says user_id={other.pk}" in finding()


def test_a_changed_source_is_found(story, forge):
    forge("UPDATE registry_changeset SET source = 'import' WHERE id = %s", story[1])
    found = finding()
    assert f"change set {story[1]} was changed after it was sealed" in found
    assert "or what only the change set says" in found
    assert "source='import'" in found


def test_a_changed_act_without_history_rows_is_found(story, forge):
    record(source=Source.SIGN_IN_FAILED, address="192.0.2.1", tried="eva")
    key = ChangeSet.objects.latest("pk").pk
    assert verify().change_sets == ChangeSet.objects.count()
    forge("UPDATE registry_changeset SET address = '192.0.2.2' WHERE id = %s", key)
    assert f"change set {key} was changed after it was sealed: no history row, or what only" in finding()
    assert "address='192.0.2.2'" in finding()


def test_all_copies_of_a_reason_changed_are_found(story, forge):
    forge("UPDATE registry_changeset SET reason = 'forged' WHERE id = %s", story[4])
    forge(f"UPDATE {VENDORS} SET history_change_reason = 'forged' WHERE change_set_id = %s", story[4])
    assert f"change set {story[4]} was changed after it was sealed" in finding()


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("digest", "a" * 64, "its seal was changed: its digest is not the one that the next seal follows"),
        ("previous", "b" * 64, 'its seal was changed: "digest before" is not the digest of the seal before it'),
        ("row_count", 5, 'its seal was changed: "history rows" says 5, not 1'),
    ],
)
def test_a_changed_seal_is_found(story, forge, column, value, words):
    forge(f"UPDATE registry_seal SET {column} = %s WHERE change_set_id = %s", value, story[2])
    assert f"change set {story[2]}: {words}" in finding()


def test_a_changed_newest_seal_is_found(story, forge):
    forge("UPDATE registry_seal SET digest = %s WHERE change_set_id = %s", "a" * 64, story[4])
    assert f"change set {story[4]} was changed after it was sealed" in finding()


def test_a_seal_out_of_order_is_found(story, forge):
    forge("UPDATE registry_seal SET id = id + 900000 WHERE change_set_id = %s", story[0])
    assert f"change set {story[1]}: its seal or its history rows are numbered before" in finding()


def test_a_live_row_edited_by_sql_is_found(story, apsis, forge):
    forge("UPDATE registry_vendor SET notes = 'forged', country = 'NO' WHERE id = %s", apsis.pk)
    row = history_row(story[3])
    source = f"its newest history row {row.history_id} (change set {story[3]})"
    assert finding() == (
        f"vendor {apsis.pk} \"Apsis\": the live row says country='NO', {source} says country='';"
        f" notes='forged', {source} says notes='y'."
    )


def test_a_live_row_deleted_by_sql_is_found(story, forge):
    activity = ProcessingActivity.objects.get()
    forge("DELETE FROM registry_processingactivity")
    assert f'processing activity {activity.pk} "Apsis: Newsletter" is gone from the register' in finding()


def test_a_live_row_inserted_by_sql_is_found(story, forge):
    forge("INSERT INTO registry_legalbasis (id, label, article, notes) VALUES (900000, 'Forged', '6(1)(b)', '')")
    assert finding() == "legal basis 900000 is in the register but has no history: it was added outside the register."


def test_a_deleted_entry_brought_back_by_sql_is_found(story, forge, recording):
    make_legal_basis(pk=77, label="Consent")
    with recording():
        LegalBasis.objects.get().delete()
    forge("INSERT INTO registry_legalbasis (id, label, article, notes) VALUES (77, 'Consent', 'not_assessed', '')")
    found = finding()
    assert 'legal basis 77 "Consent" is in the register, but its newest history row' in found
    assert "says that it was deleted" in found


@pytest.mark.skipif(not SQLITE, reason="SQLite keeps anything in any column")
@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        (VENDORS, "history_date", "yesterday"),
        (VENDORS, "notes", b"\xff\x00"),
        (VENDORS, "change_set_id", "seven"),
        ("registry_vendor", "review_interval_months", "often"),
    ],
)
def test_what_the_register_cannot_have_written_is_a_finding_and_no_crash(story, forge, table, column, value):
    forge(f"UPDATE {table} SET {column} = %s", value)
    assert finding()


def test_since_an_earlier_day_is_contained(story):
    digests = list(Seal.objects.order_by("id").values_list("digest", flat=True))
    assert [verify(since=digest).contained for digest in digests][-5:] == story


def test_history_removed_from_the_end_shows_only_against_a_head_kept_elsewhere(story, apsis, forge):
    head = head_digest()
    for table, column in [("registry_seal", "change_set_id"), (VENDORS, "change_set_id"), ("registry_changeset", "id")]:
        forge(f"DELETE FROM {table} WHERE {column} = %s", story[4])
    forge("DELETE FROM registry_vendor WHERE id <> %s", apsis.pk)
    assert verify().change_sets == ChangeSet.objects.count()
    assert f"The history that had the head {head} is not contained in today's" in finding(since=head)


def test_history_written_anew_shows_only_against_a_head_kept_elsewhere(story, forge):
    """What an owner of the database can do, as docs/audit.md says: change a row and seal everything after it anew."""
    head = head_digest()
    forge(f"UPDATE {VENDORS} SET entry_name = 'forged' WHERE change_set_id = %s", story[4])
    previous = Seal.objects.get(change_set_id=story[4]).previous
    forge("DELETE FROM registry_seal WHERE change_set_id = %s", story[4])
    assert previous == head_digest()
    seal(ChangeSet.objects.get(pk=story[4]), [Vendor.history.model])
    assert verify().change_sets == ChangeSet.objects.count()
    assert "is not contained" in finding(since=head)


def told(value):
    return (
        value.astimezone(UTC).isoformat(timespec="microseconds") if isinstance(value, datetime) else value.isoformat()
    )


def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=told).encode()


def rows(table, column, key):
    order = "id" if column == "id" else "history_id"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} WHERE {column} = %s ORDER BY {order}", [key])
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.mark.skipif(
    SQLITE, reason="SQLite has no types for days and moments, so SQL alone would have to know the columns"
)
def test_anybody_can_compute_the_digests_from_the_tables_as_docs_audit_says(story):
    tables = sorted(
        table for table in triggers.append_only_tables(connection) if table.startswith("registry_historical")
    )
    previous = "0" * 64
    for seal_ in Seal.objects.order_by("id"):
        (act,) = rows("registry_changeset", "id", seal_.change_set_id)
        running = hashlib.sha256(canonical(previous) + canonical({**act, "details": json.loads(act["details"])}))
        for table in tables:
            for row in rows(table, "change_set_id", seal_.change_set_id):
                running.update(canonical([table.removeprefix("registry_"), row]))
        previous = running.hexdigest()
        assert previous == seal_.digest


def run(*arguments):
    out, err = StringIO(), StringIO()
    call_command("verify_history", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_says_how_much_fits_and_the_head(story):
    out, err = run()
    assert (
        out == f"All fits: {ChangeSet.objects.count()} change sets, 7 history rows, 5 entries, 1 users and groups.\n"
        f"Head: {head_digest()}\n"
    )
    assert err == ""


def test_the_command_says_what_is_contained(story):
    head = head_digest()
    assert (
        f"The history that had the head {head} (up to change set {story[-1]}) is contained" in run("--since", head)[0]
    )
    assert "(no change set yet) is contained" in run("--since", chain.BEGINNING)[0]


def test_the_command_fails_with_the_first_thing_that_does_not_fit(story, forge):
    forge("UPDATE registry_vendor SET notes = 'forged'")
    with pytest.raises(CommandError, match=r"History does not fit: vendor \d+ .*notes='forged'") as failed:
        run()
    assert failed.value.returncode == 1


def test_the_command_fails_for_a_head_that_is_not_contained(story):
    with pytest.raises(CommandError, match="no seal has this digest") as failed:
        run("--since", "a" * 64)
    assert failed.value.returncode == 1


@pytest.mark.parametrize("digest", ["", "abc", "g" * 64, "a" * 63])
def test_something_that_is_no_digest_is_wrong_use(digest):
    with pytest.raises(CommandError, match="64 characters") as failed:
        run(f"--since={digest}")
    assert failed.value.returncode == 2


def test_the_command_fails_where_anybody_could_change_history(story, forge):
    with pytest.raises(CommandError, match=r"no append-only triggers on .*registry_seal.*manage.py migrate"):
        run()


def test_long_runs_tell_how_far_they_are(story, monkeypatch):
    monkeypatch.setattr(chain_walk, "EVERY", 5)
    assert run("--verbosity", "2")[1] == "5 of 12 rows\n10 of 12 rows\n"
    assert run()[1] == ""


def queries():
    with CaptureQueriesContext(connection) as captured:
        verify()
    return len(captured)


def test_the_number_of_queries_does_not_grow(activity, recording):
    few = queries()
    for number in range(20):
        with recording():
            activity.notes = str(number)
            activity.save()
    assert ChangeSet.objects.count() == 21
    assert queries() == few


WRITERS, ACTS = 4, 5


def write(number, start, failures):
    try:
        start.wait()
        for act in range(ACTS):
            with change_set(source=Source.COMMAND, reason=f"writer {number}"):
                make_vendor(name=f"Vendor {number}-{act}")
                make_legal_basis(label=f"Basis {number}-{act}")
    except Exception as failure:
        failures.append(failure)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_do_not_fork_the_chain():
    start = threading.Barrier(WRITERS)
    failures: list[Exception] = []
    writers = [threading.Thread(target=write, args=(number, start, failures)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    proof = verify()
    assert (proof.change_sets, proof.history_rows) == (WRITERS * ACTS, WRITERS * ACTS * 2)
    reasons = ChangeSet.objects.order_by("id").values_list("reason", flat=True)
    assert len(set(reasons)) == WRITERS


@pytest.mark.django_db(transaction=True)
def test_a_proof_is_of_one_moment_and_holds_nobody_up(recording):
    make_vendor(name="Before")
    failures: list[Exception] = []

    def write_meanwhile(done, total):
        writer = threading.Thread(target=write, args=(done, threading.Barrier(1), failures))
        writer.start()
        writer.join()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain_walk, "EVERY", 1)
        proof = verify(write_meanwhile)
    assert failures == []
    assert (proof.change_sets, proof.live_rows) == (1, 1)
    assert verify().change_sets == 1 + 2 * ACTS


def test_seals_from_before_a_column_came_still_fit(db, recording, monkeypatch):
    """A later release adds a column: earlier seals cover what there was, later ones cover it too."""
    digest, columns = seals.present_form()
    earlier = {model: [name for name in names if name not in {"notes", "address"}] for model, names in columns.items()}
    name = seals.form_digest(earlier)
    SealForm.objects.create(digest=name, columns=earlier)
    monkeypatch.setattr(seals, "present_form", lambda: (name, earlier))
    with recording("before"):
        vendor = make_vendor(name="Before", notes="x")
    monkeypatch.setattr(seals, "present_form", lambda: (digest, columns))
    with recording("after"):
        vendor.notes = "y"
        vendor.save()
    assert set(Seal.objects.values_list("form", flat=True)) >= {name, digest}
    assert verify().change_sets == 2


def test_an_act_of_many_rows_is_sealed_page_by_page(db, recording, monkeypatch):
    monkeypatch.setattr(seals, "PAGE", 2)
    with recording():
        Vendor.objects.bulk_create([Vendor(name=f"Vendor {number}") for number in range(5)])
    assert Seal.objects.get().row_count == 5
    assert verify().history_rows == 5


def test_a_form_that_is_not_kept_is_said(forge, recording):
    make_vendor(name="Apsis")
    forge("UPDATE registry_seal SET form = %s", "f" * 64)
    with pytest.raises(DoesNotFit, match="a form that is not kept"):
        verify()


@pytest.mark.parametrize(
    "address", ["2001:DB8:0::1", "0:0:0:0:0:0:0:1", "fe80::1%eth0", "::ffff:10.0.0.1", "10.0.0.1", "", "?:"]
)
def test_an_address_is_sealed_as_it_is_kept(db, address):
    with change_set(source="command", address=address):
        make_vendor(name="Apsis")
    assert verify().change_sets == 1
