"""A migration must not make readers wait: its SQL is linted as PostgreSQL would run it."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL only: SQLite has one writer and no locks"),
]

#: Ran when nobody had data yet.
BEFORE_THE_FIRST_RELEASE = {
    "0001_initial",
    "0002_transfers_by_the_law_of_the_day",
    "0003_imported_files",
    "0004_sheet_of_an_upload",
}
#: Types of Django's choice; its transactions; and the time that it waits, which config.settings sets for all.
PASSED_OVER = [
    *("prefer-bigint-over-int", "prefer-bigint-over-smallint", "prefer-identity", "prefer-text-field"),
    *("prefer-robust-stmts", "prefer-timestamptz"),
    *("transaction-nesting", "require-lock-timeout", "require-statement-timeout"),
]


#: By migration, what is meant: a transfer may have no mechanism; series are one row, and editions new.
MEANT = {
    "0022_evidence_of_transfers": ["ban-drop-not-null"],
    "0035_editions": ["ban-drop-constraint", "constraint-missing-not-valid", "require-concurrent-index-creation"],
}


def newer():
    loader = MigrationLoader(connection)
    return sorted(
        name for app, name in loader.disk_migrations if app == "registry" and name not in BEFORE_THE_FIRST_RELEASE
    )


def findings(sql):
    squawk = str(Path(sys.executable).parent / "squawk")
    command = [squawk, "--reporter", "json", "--exclude", ",".join(PASSED_OVER)]
    # Django says BEGIN for each migration but those that build an index while others write.
    command += ["--assume-in-transaction"] if "BEGIN" in sql else []
    result = subprocess.run(command, input=sql, capture_output=True, text=True, check=False)
    return [f"{found['rule_name']}: {found['message']}" for found in json.loads(result.stdout or "[]")]


def test_no_migration_keeps_readers_waiting():
    wrong = {}
    for name in newer():
        out = StringIO()
        call_command("sqlmigrate", "registry", name, stdout=out, no_color=True)
        found = [each for each in findings(out.getvalue()) if each.partition(":")[0] not in MEANT.get(name, ())]
        if found:
            wrong[name] = found
    assert wrong == {}


def test_the_lint_finds_what_blocks():
    assert findings("BEGIN; ALTER TABLE registry_vendor ALTER COLUMN name TYPE varchar(9); COMMIT;")
    assert findings("BEGIN; CREATE INDEX x ON registry_vendor (name); COMMIT;")
