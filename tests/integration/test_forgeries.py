"""Each column of each table that a proof covers is forged in turn, without triggers: each is named.

The cases come from the models, so a new column or table is tried by itself.
"""

# ruff: noqa: S608 - tables and columns of the models
from __future__ import annotations

import hashlib
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import DatabaseError, connection, transaction

from registry.history import people_record, stored, tables, triggers
from registry.history import verify as proof_of_history
from registry.history.added_reasons import add_reason
from registry.history.guard import lifted
from registry.history.imported_files import describe_import, keep_file
from registry.history.people_record import record_base_line
from registry.history.verify import verify
from registry.models import (
    Acceptance,
    ChangeSet,
    DocumentText,
    Edition,
    EditionFile,
    HistoryRow,
    ImportedFile,
    Logo,
    MechanismAlias,
    Organisation,
    Seal,
    Source,
    Tracked,
    User,
    Vendor,
    VendorName,
    change_set,
)
from registry.models.editions import DAYS as EDITION_DAYS
from tests.factories import make_activity, make_agreement, make_legal_basis, make_mechanism, make_transfer, make_vendor
from tests.integration.beginnings import new_user
from tests.integration.layers import layer
from tests.integration.proving import finding

pytestmark = [pytest.mark.django_db, pytest.mark.uncounted("each column of each table: test_verify_history")]

SQLITE = connection.vendor == "sqlite"
DAY = date(2026, 1, 1)
#: Permissions say which rights there are, not who has them.
COVERED = [model for model in tables.covered_models() if model is not Permission]
#: What nobody's state depends on: docs/audit.md.
NOT_COVERED = {(User, name) for name in people_record.UNRECORDED_COLUMNS}


def execute(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@layer
def whole():
    """A row in each covered table, each with a value in each column that can have one."""
    group = Group.objects.create(name="Guests")
    group.permissions.add(Permission.objects.get(codename="view_vendor"))
    eva = new_user("add_vendor", name="eva")
    eva.groups.add(group)
    eva.first_name, eva.last_name, eva.email = "Eva", "Ek", "eva@example.com"
    eva.save()
    content = b"a file"
    with change_set(user=eva, source=Source.COMMAND, reason="all kinds", address="192.0.2.1"):
        describe_import("file.txt", hashlib.sha256(content).hexdigest(), source=Source.IMPORT)
        vendor = make_vendor(name="Apsis", owner=eva, review_interval_months=12, last_reviewed_on=DAY)
        vendor.engaged_by = make_vendor(name="Borgo")
        VendorName.objects.create(vendor=vendor, name="Apsis International")
        make_agreement(vendor=vendor, kind="processing", signed_on=DAY, valid_until=DAY)
        basis = make_legal_basis(label="Consent")
        activity = make_activity(vendor=vendor, purpose="Newsletter", country="US", legal_basis=basis, position=5)
        Acceptance.objects.create(rule="some_rule", vendor=vendor, accepted_by=eva, why="for a while", until=DAY)
        days = {"valid_from": DAY, "last_day_new": DAY, "valid_until": DAY}
        mechanism = make_mechanism(code="scc", label="Clauses", **days)
        MechanismAlias.objects.create(mechanism=mechanism, label="SCC")
        moments = dict.fromkeys(("checked_on", "signed_on", "assessed_on"), DAY)
        make_transfer(activity=activity, mechanism=mechanism, **moments)
        series = DocumentText.objects.create(pk=1, title="Register")
        logo = Logo.keep(b"\x89PNG\r\n\x1a\n a picture")
        Organisation.objects.create(pk=1, name="Exempel AB", logo_sha256=logo.sha256)
        kept = EditionFile.keep(b"an edition")
        Edition.objects.create(
            series=series,
            number=1,
            content_sha256=kept,
            approved_sha256=kept,
            files={"json": kept},
            **dict.fromkeys(EDITION_DAYS, DAY),
            **dict.fromkeys(("prepared_by", "findings_named_by", "approved_by", "published_by", "withdrawn_by"), eva),
        )
        keep_file("file.txt", content)
    with change_set(user=eva, source=Source.COMMAND):
        add_reason(ChangeSet.objects.earliest("pk"), "why it really was")
    record_base_line()
    verify()


@pytest.fixture
def forge(whole, monkeypatch):
    """SQL by somebody who owns the database and has taken the triggers away. The end of the test takes it all back."""
    monkeypatch.setattr(proof_of_history, "with_drift", lambda finding: finding)  # what else does not fit takes as long
    if SQLITE:
        execute("PRAGMA ignore_check_constraints = ON")
    else:
        execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in triggers.append_only_tables(connection):
        triggers.triggers_of(connection).drop(table)

    def forged(statement, *parameters):
        if not SQLITE:
            execute("SET LOCAL session_replication_role = replica")
        with lifted():
            execute(statement, *parameters)
        if not SQLITE:
            execute("SET LOCAL session_replication_role = origin")

    yield forged
    if SQLITE:
        execute("PRAGMA ignore_check_constraints = OFF")
    transaction.set_rollback(True)


def columns(model):
    return [field for field in model._meta.concrete_fields if (model, field.name) not in NOT_COVERED]


def kind_of(field):
    while field.is_relation:
        field = field.target_field
    kind = field.get_internal_type()
    return "integer" if "Integer" in kind or "AutoField" in kind else kind


#: Values that another honest row could hold, as SQL; the first that the database takes is tried.
OTHER_VALUES = {
    "integer": ["900000", "900", "2"],
    "BooleanField": ["NOT {column}"],
    "DateField": ["'2030-01-01'"],
    "DateTimeField": ["'2030-01-01 12:00:00'"],
    "JSONField": ["""'{{"forged": true}}'"""],
    "BinaryField": ["X'41'" if SQLITE else "'A'::bytea"],
    "GenericIPAddressField": ["'198.51.100.1'"],
}
#: What Django reads as the same value, or as one that SQL does not see.
OTHER_FORMS = {
    "integer": ["{column} + 0.5", "{column} || 'x'"],
    "BooleanField": ["2 * (1 + {column})", "'true'"],
    "DateField": ["replace({column}, '2026-01', '٢٠٢٦-01')", "CAST({column} AS blob)", "{column} || ' '"],
    "DateTimeField": ["{column} || '+00:00'", "{column} || '+23:59'", "replace({column}, ' ', 'T')"],
    "JSONField": [
        """'{{"file_kept": false, "sha256": "x", ' || substr({column}, 2)""",
        "replace({column}, ':', ': ')",
        "CAST({column} AS blob)",
    ],
    "BinaryField": ["CAST({column} AS text)"],
}


@contextmanager
def other_tables_read_once(forged):
    """Let the proof read the whole tables that a test does not forge once for all its forgeries of this one.

    It goes over all rows as ever; reading them from the database takes most of its time.
    """
    read, rows = stored.stored_rows, {}

    def remembered(queryset, *keys, without=()):
        if queryset.model is forged or queryset.query.where:
            yield from read(queryset, *keys, without=without)
            return
        table = queryset.model, keys, tuple(without)
        if table not in rows:
            rows[table] = list(read(queryset, *keys, without=without))
        yield from map(dict, rows[table])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored, "stored_rows", remembered)
        yield


def unnoticed(forge, model, field, expressions):
    """Forges the newest row of a table with the first of the expressions that the database takes and that changes
    something. Returns what was forged where nothing was found; ``None`` where it was found, or nothing could be."""
    table, key, column = model._meta.db_table, model._meta.pk.column, f'"{field.column}"'
    assert model._base_manager.exists(), f"{model.__name__}: no row to forge"
    newest = f"{key} = (SELECT max({key}) FROM {table})"
    for expression in expressions:
        savepoint = transaction.savepoint_create()
        before = raw(table, column, key)
        try:
            forge(f"UPDATE {table} SET {column} = {expression.format(column=column)} WHERE {newest}")
            after = raw(table, column, key)
            if after != before:
                return None if finding() else f"{model.__name__}.{field.name}: {before!r} became {after!r}"
        except DatabaseError:
            continue
        finally:
            transaction.savepoint_rollback(savepoint)
    return None


def raw(table, column, key):
    stored = f"typeof({column}), CAST({column} AS blob)" if SQLITE else f"{column}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {stored} FROM {table} ORDER BY {key}")
        return [tuple(bytes(each) if isinstance(each, memoryview) else each for each in row) for row in cursor]


def tries(field):
    """Another value, nothing at all, and the same value in other forms, which only SQLite can keep."""
    kind = kind_of(field)
    yield OTHER_VALUES.get(kind, ["'forged'", "'x'"])
    yield ["NULL"]
    if SQLITE:
        for form in OTHER_FORMS.get(kind, ["CAST({column} AS blob)", "{column} || char(0)"]):
            yield [form]


@pytest.mark.parametrize("model", COVERED, ids=lambda model: model.__name__)
def test_each_column_is_proven_and_no_row_can_go(forge, model):
    with other_tables_read_once(model):
        missed = [
            unnoticed(forge, model, field, expressions) for field in columns(model) for expressions in tries(field)
        ]
    assert list(filter(None, missed)) == []
    key = model._meta.pk.column
    forge(f"DELETE FROM {model._meta.db_table} WHERE {key} = (SELECT max({key}) FROM {model._meta.db_table})")
    assert finding()


def test_nothing_tells_that_the_triggers_were_away_once_they_are_back(forge):
    """Which is why the proof looks at the rows."""
    assert triggers.unprotected_tables(connection) == triggers.append_only_tables(connection)
    triggers.install(connection)
    assert triggers.unprotected_tables(connection) == []


def test_each_table_of_the_register_is_covered_or_holds_nothing_of_it():
    own = set(apps.get_app_config("registry").get_models())
    # A stored verdict follows from the rest: ``tests/integration/test_stored_verdicts.py`` forges it. A logo is named
    # by its digest, and not shown where it is another picture.
    others = {"Logo", "Matching", "PreviewPage", "SavedView", "SpentCode", "StoredVerdict", "Submission", "TypedForm"}
    others |= {"Upload", "Watch"}
    assert {model.__name__ for model in own - set(COVERED)} == others
    assert {model for model in own if issubclass(model, Tracked | HistoryRow)} <= set(COVERED)


def test_each_type_of_column_has_a_reader():
    for model in COVERED:
        for field in model._meta.concrete_fields:
            assert callable(stored.column_reader(connection.vendor, field))


def test_rows_are_read_as_django_reads_them(whole):
    for model in COVERED:
        columns = {field.attname: field.column for field in model._meta.concrete_fields}
        assert list(stored.stored_rows(model._base_manager.all(), model._meta.pk.name)) == [
            {columns[name]: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
            for row in model._base_manager.order_by("pk").values()
        ]


@pytest.mark.skipif(not SQLITE, reason="jsonb keeps one value of a key")
@pytest.mark.parametrize("forged", ['"file_kept": false', '"file_kept": true'])
def test_a_key_twice_does_not_hide_a_file_that_is_gone(forge, forged):
    act = ImportedFile.objects.get().change_set_id
    forge(f"UPDATE registry_changeset SET details = '{{{forged}, ' || substr(details, 2) WHERE id = %s", act)
    forge("DELETE FROM registry_importedfile")
    assert f"row {act} of registry_changeset: details is" in finding()


def test_a_file_put_in_for_an_act_that_imported_none_is_found(forge):
    act = ChangeSet.objects.filter(details={}).first() or ChangeSet.objects.first()
    forge(
        "INSERT INTO registry_importedfile (change_set_id, file_name, content) VALUES (%s, 'x.txt', %s)", act.pk, b"x"
    )
    assert f"change set {act.pk} imported no file" in finding()


def test_a_renamed_file_is_found(forge):
    forge("UPDATE registry_importedfile SET file_name = 'other.txt'")
    assert "the imported file file.txt was changed: it is kept as other.txt" in finding()


@pytest.mark.parametrize(
    "replace",
    [
        pytest.param("CREATE VIEW {table} AS SELECT * FROM {table}_before", id="view"),
        pytest.param(
            "CREATE VIRTUAL TABLE {table} USING fts5(a)"
            if SQLITE
            else "ALTER TABLE {table}_before ENABLE ROW LEVEL SECURITY; ALTER TABLE {table}_before RENAME TO {table}",
            id="virtual table or policy",
        ),
    ],
)
@pytest.mark.parametrize("model", [Seal, Vendor, Vendor.history.model, User], ids=lambda model: model.__name__)
def test_something_else_in_place_of_a_table_is_found(forge, model, replace):
    table = model._meta.db_table
    if not SQLITE:
        execute("SET CONSTRAINTS ALL IMMEDIATE")
    with lifted():
        execute(f"ALTER TABLE {table} RENAME TO {table}_before")
        for statement in replace.format(table=table).split("; "):
            execute(statement)
    assert tables.replaced_tables(connection) == [table]
    assert finding().startswith(f"{table}: a view, or a table with rules")


def set_back(table, value=0):
    if SQLITE:
        execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", value, table)
    else:
        execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", table, value + 1)


def test_a_sequence_set_back_is_found_and_gives_no_entry_the_history_of_another(whole):
    with change_set(source=Source.COMMAND):
        gone = make_vendor(name="Gone")
        key = gone.pk
        gone.delete()
    set_back("registry_vendor", key - 1)
    assert finding().startswith(f"The sequence of registry_vendor was set back: the key {key} was given already")
    for create in (lambda: make_vendor(name="New"), lambda: Vendor.objects.bulk_create([Vendor(name="New")])):
        set_back("registry_vendor", key - 1)  # PostgreSQL takes back no key that it gave
        refused = pytest.raises(DatabaseError, match=f"would get the key {key} of a deleted one")
        with refused, change_set(source=Source.COMMAND):
            create()
    tables.correct_sequences("default")
    assert finding() == ""
    with change_set(source=Source.COMMAND):
        assert make_vendor(name="New").pk == key + 1


def sealed_at(moment, monkeypatch):
    """A change set that the register of 1.0.0 writes by a clock that shows this moment."""
    with monkeypatch.context() as patch:
        patch.setattr("registry.history.change_sets.writing_time", lambda: moment)
        with change_set(source=Source.COMMAND, reason="by another clock") as opened:
            return opened.write_row()


def test_a_clock_set_back_dates_nothing_back(whole, monkeypatch):
    newest = ChangeSet.objects.first().created_at
    monkeypatch.setattr(ChangeSet._meta.get_field("created_at"), "_get_default", lambda: newest - timedelta(days=1))
    with change_set(source=Source.COMMAND) as opened:
        assert opened.write_row().created_at == newest


def test_an_act_dated_back_is_found_and_a_small_difference_of_clocks_is_none(whole, monkeypatch):
    newest = ChangeSet.objects.first().created_at
    sealed_at(newest - timedelta(minutes=4), monkeypatch)
    assert finding() == ""
    act = sealed_at(newest - timedelta(days=1), monkeypatch)
    assert finding().startswith(f"change set {act.pk} is dated")


def test_clocks_that_went_back_before_the_base_line_are_passed_over(db, monkeypatch):
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    sealed_at(moment, monkeypatch)
    sealed_at(moment - timedelta(days=1), monkeypatch)
    record_base_line()
    assert finding() == ""
