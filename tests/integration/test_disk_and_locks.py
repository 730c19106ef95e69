"""Looking never waits for writing, and needs no room on the disk: one server on SQLite, as an operator starts it."""

import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
from django.db import connection

from tests.postgres import running_server
from tests.servers import Browser, Server, manage

POSTGRES = connection.vendor == "postgresql"
on_sqlite = pytest.mark.skipif(POSTGRES, reason="SQLite only: PostgreSQL has many writers, and a server of its own")
PASSWORD = "a long password for tests"
PAGES = ("/admin/", "/admin/registry/vendor/", "/admin/registry/processingactivity/", "/admin/register/")
ORIGINAL = "registry/reference/original_register.txt"


def prepare(url):
    manage("migrate", "-v0", DATABASE_URL=url)
    manage("import_register", ORIGINAL, "--reason", "first", DATABASE_URL=url)
    person = f"from registry.models import User; User.objects.create_superuser('admin', password='{PASSWORD}')"
    manage("shell", "-v0", "-c", person, DATABASE_URL=url)


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
def served(url):
    server = Server(DATABASE_URL=url)
    browser = Browser("admin", PASSWORD)
    try:
        assert "Log out" in browser.sign_in(server).text
        yield server, browser
    finally:
        server.kill()


def vendor_form(server, browser):
    path = "/admin/registry/vendor/1/change/"
    return path, browser.form(server, path) | {"notes": str(time.time())}


@on_sqlite
def test_pages_that_only_look_do_not_wait_for_a_long_import(tmp_path):
    url = f"sqlite:///{tmp_path}/register.sqlite3"
    prepare(url)
    with served(url) as (server, browser), closing(sqlite3.connect(tmp_path / "register.sqlite3")) as writing:
        path, form = vendor_form(server, browser)
        writing.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        assert {browser.get(server, page).status for page in PAGES} == {200}
        assert time.monotonic() - begun < 15
        refused = browser.post(server, path, form)
        writing.rollback()
        assert refused.status == 503
        assert "Somebody else is writing just now" in refused.text
        assert "Nothing of this was saved" in refused.text
        assert browser.post(server, path, form).status == 200


@on_sqlite
def test_a_full_disk_still_shows_the_register(small_disk):
    url = f"sqlite:///{small_disk}/register.sqlite3"
    prepare(url)
    with served(url) as (server, browser):
        path, form = vendor_form(server, browser)
        fill(small_disk)
        for page in PAGES:
            answer = browser.get(server, page)
            assert answer.status == 200
            assert "nothing can be changed" in answer.text
        ready = browser.get(server, "/health/ready")
        assert ready.status == 200
        assert '"can_write": false' in ready.text
        refused = browser.post(server, path, form)
        assert refused.status == 503
        assert "Nothing of this was saved" in refused.text
        (small_disk / "filler").unlink()
        assert browser.post(server, path, form).status == 200
        assert '"can_write": true' in browser.get(server, "/health/ready").text


def fill(folder):
    with (folder / "filler").open("ab", buffering=0) as opened:
        for size in (1024 * 1024, 1024):
            try:
                while True:
                    opened.write(b"x" * size)
            except OSError:
                continue


@on_sqlite
def test_a_disk_that_can_only_be_read_shows_it_too(small_disk):
    """Signed in before; then the server is started anew on what nobody can write to any more."""
    url = f"sqlite:///{small_disk}/register.sqlite3"
    prepare(url)
    with served(url) as (server, browser):
        path, form = vendor_form(server, browser)
        server.kill()
        with closing(sqlite3.connect(small_disk / "register.sqlite3")) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            open_for_looking = database.execute("SELECT COUNT(*) FROM registry_vendor").fetchone()
            assert open_for_looking
            subprocess.run(["mount", "-o", "remount,ro", small_disk], check=False)
            server.start()
            for page in PAGES:
                answer = browser.get(server, page)
                assert (answer.status, "nothing can be changed" in answer.text) == (200, True)
            refused = browser.post(server, path, form)
            assert refused.status == 503
            assert "can be looked at just now, but not changed" in refused.text
            assert '"can_write": false' in browser.get(server, "/health/ready").text


def test_two_that_migrate_at_once_end_well(tmp_path):
    def migrate(url):
        return manage("migrate", "-v0", check=False, DATABASE_URL=url)

    def both(url):
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(migrate, [url, url]))
        assert [each.returncode for each in done] == [0, 0], [each.stderr[-500:] for each in done]
        assert manage("verify_history", DATABASE_URL=url).returncode == 0

    if not POSTGRES:
        both(f"sqlite:///{tmp_path}/register.sqlite3")
        return
    with running_server() as url:
        both(url)
