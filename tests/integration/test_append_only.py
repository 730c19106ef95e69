"""History cannot be changed in the database itself: by no statement, no library, no command, and after no migration."""

# ruff: noqa: S608 - tables and columns of the models
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.checks import Tags, run_checks
from django.core.management import CommandError, ManagementUtility, call_command
from django.db import DatabaseError, connection, connections, models, transaction

from registry.history import checks, triggers
from registry.history.guard import lifted
from registry.history.ownership import tracked_models
from registry.history.recording import history_of
from registry.history.verify import verify
from registry.models import ChangeSet, ProcessingActivity, Seal, Tracked, User, Vendor
from tests.factories import make_vendor

pytestmark = pytest.mark.django_db

SQLITE = connection.vendor == "sqlite"
RECORDS = [ChangeSet, Seal, Vendor.history.model, ProcessingActivity.history.model]
on_sqlite = pytest.mark.skipif(not SQLITE, reason="SQLite only")
on_postgresql = pytest.mark.skipif(SQLITE, reason="PostgreSQL only")


def execute(statement, parameters=()):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def refused(statement, parameters=()):
    with pytest.raises(DatabaseError, match="history is append-only"):
        execute(statement, parameters)


def settle():
    """PostgreSQL alters no table while rows of it wait for their constraints to be checked."""
    if not SQLITE:
        execute("SET CONSTRAINTS ALL IMMEDIATE")


def contents(model):
    return list(model._base_manager.order_by("pk").values())


def columns(model):
    return ", ".join(connection.ops.quote_name(field.column) for field in model._meta.concrete_fields)


@pytest.fixture(params=RECORDS, ids=lambda model: model.__name__)
def record(request, activity):
    """A table of the record with a row in it, which is the same after the test."""
    before = contents(request.param)
    assert before
    yield request.param
    assert contents(request.param) == before


def test_every_table_of_the_record_is_protected():
    protected = triggers.triggers_of(connection).protected()
    assert {history_of(model)._meta.db_table for model in tracked_models()} <= protected
    assert {ChangeSet._meta.db_table, Seal._meta.db_table} <= protected
    assert set(triggers.append_only_tables(connection)) == protected
    assert triggers.unprotected_tables(connection) == []


def test_update_is_refused(record):
    key = record._meta.pk.column
    refused(f"UPDATE {record._meta.db_table} SET {key} = {key} + 1")


def test_delete_is_refused(record):
    refused(f"DELETE FROM {record._meta.db_table}")


def test_the_orm_is_refused(record):
    row = record._base_manager.first()
    for write in (row.save, record._base_manager.all()._raw_delete):
        with pytest.raises(DatabaseError, match="history is append-only"), transaction.atomic():
            write(using="default")


@on_postgresql
def test_truncate_is_refused(record):
    settle()
    refused(f"TRUNCATE {record._meta.db_table} CASCADE")


@on_postgresql
def test_a_session_that_skips_triggers_is_refused(record):
    execute("SET LOCAL session_replication_role = replica")
    refused(f"DELETE FROM {record._meta.db_table}")


@on_sqlite
@pytest.mark.parametrize("way", ["INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE", "INSERT"])
def test_a_row_cannot_take_the_place_of_another(record, way):
    table = record._meta.db_table
    refused(f"{way} INTO {table} ({columns(record)}) SELECT {columns(record)} FROM {table}")


@on_sqlite
@pytest.mark.parametrize("unique", ["previous", "digest", "change_set_id"])
def test_nor_by_any_other_unique_column(activity, unique):
    taken: dict[str, Any] = {**Seal.objects.values().get()}
    other = {**taken, "id": 99, "previous": "a" * 64, "digest": "b" * 64, "change_set_id": 99, unique: taken[unique]}
    refused(
        f"INSERT OR REPLACE INTO registry_seal ({', '.join(other)}) VALUES ({', '.join(['%s'] * len(other))})",
        list(other.values()),
    )
    assert Seal.objects.values().get() == taken


def test_an_upsert_is_refused(record):
    table, key = record._meta.db_table, record._meta.pk.column
    refused(
        f"INSERT INTO {table} ({columns(record)}) SELECT {columns(record)} FROM {table} WHERE true"
        f" ON CONFLICT ({key}) DO UPDATE SET {key} = excluded.{key} + 1"
    )


@on_sqlite
@pytest.mark.parametrize("way", ["UPDATE OR IGNORE", "UPDATE OR REPLACE"])
def test_an_update_that_forgives_is_refused(record, way):
    refused(f"{way} {record._meta.db_table} SET {record._meta.pk.column} = 99")


def test_flush_is_refused(activity):
    settle()
    with pytest.raises((CommandError, DatabaseError)) as refusal, transaction.atomic(), lifted():
        call_command("flush", interactive=False, verbosity=0)
    assert "history is append-only" in f"{refusal.value} {refusal.value.__cause__}"
    assert Vendor.history.count() == ChangeSet.objects.count() == Seal.objects.count() == 1


@pytest.mark.parametrize("command", ["clean_old_history", "clean_duplicate_history", "populate_history"])
@pytest.mark.parametrize("options", [[], ["--auto"], ["registry.Vendor"]], ids=["plain", "auto", "model"])
def test_commands_that_would_delete_or_invent_history_refuse(activity, command, options, capsys, monkeypatch):
    before = contents(Vendor.history.model)
    monkeypatch.setattr(connections, "close_all", lambda: None)
    with pytest.raises(SystemExit) as stopped:
        ManagementUtility(["manage.py", command, *options]).execute()
    assert stopped.value.code == 1
    assert "history is" in capsys.readouterr().err
    assert contents(Vendor.history.model) == before


@pytest.mark.parametrize("command", ["export", "import"])
@pytest.mark.parametrize("options", [[], ["registry.Vendor", "CSV"]], ids=["plain", "model"])
def test_commands_of_libraries_that_leave_no_record_refuse(activity, command, options, capsys, monkeypatch):
    monkeypatch.setattr(connections, "close_all", lambda: None)
    with pytest.raises(SystemExit) as stopped:
        ManagementUtility(["manage.py", command, *options]).execute()
    assert stopped.value.code == 1
    assert f"Use: manage.py {command}_register" in capsys.readouterr().err


def warnings():
    return run_checks(tags=[Tags.database], databases=["default"])


def test_the_check_is_silent_where_all_is_protected():
    assert warnings() == []


def test_the_check_names_a_table_without_triggers_and_what_to_do(activity):
    settle()
    triggers.triggers_of(connection).drop(Seal._meta.db_table)
    (warning,) = warnings()
    assert warning.id == "registry.W001"
    assert "registry_seal" in warning.msg
    assert "registry_changeset" not in warning.msg
    assert "manage.py migrate" in warning.hint
    triggers.install(connection)
    assert warnings() == []
    refused("DELETE FROM registry_seal")


FUNCTION = triggers.PostgreSQLTriggers.FUNCTION
ALWAYS = "ALTER TABLE registry_seal ENABLE ALWAYS TRIGGER append_only"
ON_SEALS = f"ON registry_seal FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()"
WEAKER = {
    "sqlite": {
        "dropped": ["DROP TRIGGER registry_seal_append_only_update"],
        "emptied": [
            "DROP TRIGGER registry_seal_append_only_delete",
            'CREATE TRIGGER registry_seal_append_only_delete BEFORE DELETE ON "registry_seal" BEGIN SELECT 1; END',
        ],
    },
    "postgresql": {
        "dropped": ["DROP TRIGGER append_only ON registry_seal"],
        "switched off": ["ALTER TABLE registry_seal DISABLE TRIGGER append_only"],
        "for replicas only": ["ALTER TABLE registry_seal ENABLE REPLICA TRIGGER append_only"],
        "update only": [f"CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE {ON_SEALS}", ALWAYS],
        "never": [
            "CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
            + ON_SEALS.replace("STATEMENT", "STATEMENT WHEN (false)"),
            ALWAYS,
        ],
        "emptied": [
            f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$"
        ],
    },
}[connection.vendor]


@pytest.mark.parametrize("statements", WEAKER.values(), ids=WEAKER.keys())
def test_a_trigger_that_was_weakened_counts_as_missing_and_is_mended(activity, statements):
    settle()
    for statement in statements:
        execute(statement)
    assert "registry_seal" in triggers.unprotected_tables(connection)
    triggers.install(connection)
    assert triggers.unprotected_tables(connection) == []
    refused("DELETE FROM registry_seal")


def test_installing_twice_changes_nothing(django_assert_num_queries):
    triggers.install(connection)
    assert triggers.unprotected_tables(connection) == []


def test_a_database_without_the_tables_needs_no_triggers(monkeypatch):
    monkeypatch.setattr(connection.introspection, "table_names", list)
    triggers.install(connection)
    assert triggers.unprotected_tables(connection) == []


def rebuild(model):
    """What a migration does that changes a column: SQLite makes the table anew."""
    old = model._meta.get_field("user_name")
    new = models.TextField(default="", editable=False)
    new.set_attributes_from_name("user_name")
    new.model = model
    with connection.schema_editor() as editor:
        editor.alter_field(model, old, new, strict=True)
        if SQLITE:
            editor._remake_table(model)  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
@on_sqlite
def test_a_migration_that_makes_a_table_anew_takes_the_triggers_and_migrate_brings_them_back(activity):
    history = Vendor.history.model
    rebuild(history)
    assert triggers.unprotected_tables(connection) == [history._meta.db_table]
    assert [warning.id for warning in warnings()] == ["registry.W001"]
    said = StringIO()
    call_command("migrate", verbosity=0, stdout=said, stderr=said)
    assert warnings() == []
    refused(f"DELETE FROM {history._meta.db_table}")


@pytest.mark.django_db(transaction=True)
def test_migrate_brings_lost_triggers_back():
    for table in triggers.append_only_tables(connection):
        triggers.triggers_of(connection).drop(table)
    assert len(triggers.unprotected_tables(connection)) == len(tracked_models()) + 6  # 6: see append_only_models()
    call_command("migrate", verbosity=0, stdout=StringIO(), stderr=StringIO())
    assert triggers.unprotected_tables(connection) == []


def test_the_models_of_the_register_pass_their_checks():
    assert checks.check_models() == []


@pytest.fixture
def new_models():
    """Models made by a test, which the application forgets again."""
    config = apps.get_app_config("registry")
    known = dict(config.models)
    yield
    for name in set(config.models) - set(known):
        del config.models[name]
    apps.clear_cache()


def made(name, bases=(models.Model,), **attributes):
    return type(name, bases, {"__module__": "registry.models", **attributes})


@pytest.mark.filterwarnings("ignore:Model 'registry")
@pytest.mark.parametrize(
    ("attributes", "bases", "found"),
    [
        pytest.param({}, (models.Model,), {"registry.E002"}, id="no history"),
        pytest.param(
            {"vendor": lambda: models.ForeignKey(Vendor, models.SET_NULL, null=True, related_name="+")},
            (Tracked,),
            {"registry.E006"},
            id="SET_NULL",
        ),
        pytest.param(
            {"vendor": lambda: models.ForeignKey(Vendor, models.DB_CASCADE, related_name="+")},
            (Tracked,),
            {"registry.E006"},
            id="DB_CASCADE",
        ),
        pytest.param(
            {"owner": lambda: models.ForeignKey(User, models.CASCADE, related_name="+")},
            (Tracked,),
            {"registry.E006"},
            id="goes with a user",
        ),
        pytest.param(
            {"vendor": lambda: models.ForeignKey(Vendor, models.CASCADE, related_name="+")},
            (models.Model,),
            {"registry.E002", "registry.E006"},
            id="goes with a vendor, without history",
        ),
        pytest.param(
            {"vendors": lambda: models.ManyToManyField(Vendor, related_name="+")},
            (Tracked,),
            {"registry.E005", "registry.E006"},
            id="many to many",
        ),
        pytest.param({"objects": models.Manager}, (Tracked,), {"registry.E004"}, id="manager that does not record"),
    ],
)
def test_a_model_that_could_change_without_history_is_found(new_models, attributes, bases, found):
    model = made("Forgotten", bases, **{name: make() for name, make in attributes.items()})
    messages = checks.check_models()
    assert {message.id for message in messages} == found
    assert all(message.hint for message in messages)
    assert model


def test_a_field_left_out_of_history_is_found(monkeypatch):
    history = history_of(Vendor)
    without_notes = [field for field in history._meta.concrete_fields if field.name != "notes"]
    monkeypatch.setitem(history._meta.__dict__, "concrete_fields", without_notes)
    assert [(message.id, message.obj.name) for message in checks.check_models()] == [("registry.E003", "notes")]


@pytest.fixture
def application_role(db):
    """The set-up of docs/audit.md, as it stands there."""
    once, after_migrate = re.findall(r"```sql\n(.*?)```", Path("docs/audit.md").read_text(), re.DOTALL)
    for statement in [*re.findall(r"CREATE ROLE.*?;", once), after_migrate, "SET LOCAL ROLE register_app"]:
        execute(statement, None)


@on_postgresql
def test_the_application_role_can_do_all_that_the_register_needs(application_role, recording):
    vendor = make_vendor(name="Exempel AB")
    with recording():
        vendor.notes = "changed"
        vendor.save()
    with recording():
        vendor.delete()
    assert Vendor.history.count() == 3
    assert verify().change_sets == 3


@on_postgresql
@pytest.mark.parametrize(
    "table", ["registry_historicalvendor", "registry_changeset", "registry_seal", "registry_importedfile"]
)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET id = 1",
        "DELETE FROM {table}",
        "TRUNCATE {table} CASCADE",
        "DROP TABLE {table} CASCADE",
        "ALTER TABLE {table} DISABLE TRIGGER append_only",
        "DROP TRIGGER append_only ON {table}",
        f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$",
        "SET LOCAL session_replication_role = replica",
    ],
)
def test_the_application_role_can_touch_neither_history_nor_what_protects_it(application_role, table, statement):
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
        execute(statement.format(table=table), None)
    assert triggers.unprotected_tables(connection) == []
