"""Looking never waits for writing, and needs no room on the disk: one server on SQLite, as an operator starts it."""

import shutil
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection

from registry.server import writability
from tests.load.editing import SECRET, Browser, server_of
from tests.servers import fields_of, manage

POSTGRES = connection.vendor == "postgresql"
pytestmark = pytest.mark.uncounted("pages of a server: the tests of the pages")
on_sqlite = pytest.mark.skipif(POSTGRES, reason="SQLite only: PostgreSQL has many writers, and a server of its own")
PAGES = ("/admin/", "/admin/vendors/", "/admin/register/")
ORIGINAL = "registry/reference/original_register.txt"
NUMBERS = count(1)


SIGN_IN = """
from django.test import Client
from registry.models import User
client = Client()
client.force_login(User.objects.create_superuser("admin"), "django.contrib.auth.backends.ModelBackend")
print(client.session.session_key)
"""


@pytest.fixture(scope="module")
def prepared(databases):
    """The register with the original document, and the session of somebody who is signed in."""
    url = databases.migrated()
    production = {"DEBUG": "0", "SECRET_KEY": SECRET, "ALLOWED_HOSTS": "127.0.0.1", "DATABASE_URL": url}
    manage("collectstatic", "--noinput", "-v0", **production)
    manage("import_register", ORIGINAL, "--reason", "first", DATABASE_URL=url)
    session = manage("shell", "-v0", "-c", SIGN_IN, DATABASE_URL=url, SECRET_KEY=SECRET).stdout.strip()
    return Path(url.removeprefix("sqlite:///")), session


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of its own, where one may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "register", folder], check=False)
    if made.returncode:
        pytest.skip("nobody may mount a disk here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def served(prepared, folder):
    """With the settings of production: a page that is not to be had says so in words."""
    database, session = prepared
    url = f"sqlite:///{folder}/register.sqlite3"
    shutil.copy(database, folder / "register.sqlite3")
    server = server_of(url, folder / "log")
    try:
        yield server, Browser(session)
    finally:
        server.kill()


def vendor_form(server, browser):
    path = "/admin/registry/vendor/1/change/"
    return path, fields_of(browser.ask(server, path).text) | {"notes": f"note {next(NUMBERS)}", "change_reason": "x"}


@on_sqlite
def test_pages_that_only_look_do_not_wait_for_a_long_import(prepared, tmp_path):
    with (
        served(prepared, tmp_path) as (server, browser),
        closing(sqlite3.connect(tmp_path / "register.sqlite3")) as writing,
    ):
        path, form = vendor_form(server, browser)
        writing.execute("BEGIN IMMEDIATE")
        # Whoever needed the lock would wait for it in vain, and be refused.
        assert {browser.ask(server, page).status for page in PAGES} == {200}
        refused = browser.post(server, path, form)
        writing.rollback()
        assert refused.status == 503
        assert "Somebody else is writing just now" in refused.text
        assert "Nothing of this was saved" in refused.text
        assert browser.post(server, path, form).status == 302


@on_sqlite
def test_a_full_disk_still_shows_the_register(prepared, small_disk):
    with served(prepared, small_disk) as (server, browser):
        path, form = vendor_form(server, browser)
        fill(small_disk)
        for page in PAGES:
            answer = browser.ask(server, page)
            assert answer.status == 200
            assert "nothing can be changed" in answer.text
        ready = browser.ask(server, "/health/ready")
        assert ready.status == 200
        assert '"can_write": false' in ready.text
        refused = browser.post(server, path, form)
        assert refused.status == 503
        assert "Nothing of this was saved" in refused.text
        (small_disk / "filler").unlink()
        assert browser.post(server, path, form).status == 302
        assert '"can_write": true' in browser.ask(server, "/health/ready").text


def fill(folder):
    with (folder / "filler").open("ab", buffering=0) as opened:
        for size in (1024 * 1024, 1024):
            try:
                while True:
                    opened.write(b"x" * size)
            except OSError:
                continue


class Refused(OSError):
    """As psycopg tells it."""

    sqlstate = ""


def refusal(said, code):
    cause = Refused(said)
    cause.sqlstate = code
    error = OperationalError(said)
    error.__cause__ = cause
    return error


class TestWhatTheDatabaseSays:
    @pytest.mark.parametrize(
        ("said", "code", "refused", "busy"),
        [
            ("attempt to write a readonly database", "", True, False),
            ("database or disk is full", "", True, False),
            ("database is locked", "", False, True),
            ("cannot execute UPDATE in a read-only transaction", writability.READ_ONLY, True, False),
            ("could not extend file: No space left on device", writability.NO_ROOM, True, False),
            ("canceling statement due to lock timeout", writability.NO_LOCK, False, True),
            ("the connection is closed", "", False, False),
        ],
    )
    def test_it_is_told_apart(self, said, code, refused, busy, monkeypatch):
        monkeypatch.setattr(writability, "_refused_at", None)
        error = refusal(said, code)
        assert (writability.is_read_only_or_full(error), writability.is_busy(error)) == (refused, busy)

    def test_a_disk_that_can_only_be_read_has_no_room(self, tmp_path, monkeypatch):
        file = tmp_path / "register.sqlite3"
        file.touch()
        assert writability.file_can_grow(str(file))
        monkeypatch.setattr("os.access", lambda path, mode: False)
        assert not writability.file_can_grow(str(file))

    def test_a_server_that_refused_is_taken_to_refuse_for_a_while(self, monkeypatch):
        error = refusal("x", writability.NO_ROOM)
        monkeypatch.setattr(writability, "_refused_at", None)
        monkeypatch.setattr(writability, "connections", {"default": SimpleNamespace(vendor="postgresql")})
        assert writability.can_write()
        assert writability.is_read_only_or_full(error)
        assert not writability.can_write()
        monkeypatch.setattr(writability, "REFUSAL_REMEMBERED", -1)
        assert writability.can_write()


def test_two_that_migrate_at_once_end_well(databases):
    def migrate(url):
        return manage("migrate", "-v0", check=False, DATABASE_URL=url)

    url = databases.empty()
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(migrate, [url, url]))
    assert [each.returncode for each in done] == [0, 0], [each.stderr[-500:] for each in done]
    assert manage("verify_history", DATABASE_URL=url).returncode == 0
