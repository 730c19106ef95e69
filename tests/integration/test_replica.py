"""Two application servers, a primary and a streaming replica, all of them processes: who reads what from where."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.postgres import running_server
from tests.servers import Browser, Server, database_url, manage, replica_of
from tests.waiting import somebody_writes_vendors, until

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL only: SQLite has no replicas")

MAKE_USERS = (
    "from registry.models import User; "
    "[User.objects.create_superuser(name, password='a long password for tests') for name in ('eva', 'olle')]"
)
ADD = "/admin/registry/vendor/add/"
VENDORS = "/admin/vendors/"


@pytest.fixture(scope="module")
def cluster():
    """The URL of the primary and the replica's server."""
    with running_server() as primary:
        manage("migrate", "-v0", DATABASE_URL=primary)
        manage("shell", "-v0", "-c", MAKE_USERS, DATABASE_URL=primary)
        with replica_of(primary) as replica:
            yield primary, replica


@pytest.fixture(scope="module")
def servers(cluster, tmp_path_factory):
    primary, replica = cluster
    url = database_url(replica.get_postmaster_info().socket_dir)
    log = tmp_path_factory.mktemp("log") / "requests.json"
    with ExitStack() as stack:
        both = [Server(DATABASE_URL=primary, REPLICA_URL=url, log=log) for _ in range(2)]
        for server in both:
            stack.callback(server.stop)
        yield both


@pytest.fixture
def replica(cluster):
    """Controls of the replica. It goes on afterwards."""
    directory = cluster[1].get_postmaster_info().socket_dir
    with psycopg.connect(host=str(directory), user="postgres", dbname="postgres", autocommit=True) as control:
        yield control
        control.execute("SELECT pg_wal_replay_resume()")


def signed_in(name, server):
    browser = Browser(name, "a long password for tests")
    assert browser.sign_in(server).status == 200
    return browser


def add_vendor(browser, server, name):
    answer = browser.post(server, ADD, browser.form(server, ADD) | {"name": name})
    assert answer.status == 200
    assert "was added successfully" in answer.text


def shows(browser, server, name):
    return name in browser.get(server, VENDORS).text


def test_whoever_writes_reads_it_at_once_on_both_servers_and_others_from_the_replica(servers, replica):
    first, second = servers
    eva, olle = signed_in("eva", first), signed_in("olle", second)
    until(lambda: olle.get(second, VENDORS).status == 200)
    replica.execute("SELECT pg_wal_replay_pause()")
    add_vendor(eva, first, "Nyss AB")
    assert shows(eva, first, "Nyss AB")
    assert shows(eva, second, "Nyss AB")
    fresh = Browser("olle", "a long password for tests")
    fresh.cookies = olle.cookies
    for cookie in [cookie for cookie in olle.cookies if cookie.name == "newest_act"]:
        olle.cookies.clear(cookie.domain, cookie.path, cookie.name)
    assert not shows(olle, second, "Nyss AB"), "The replica was not asked."
    replica.execute("SELECT pg_wal_replay_resume()")
    until(lambda: shows(olle, second, "Nyss AB"))


def test_a_sign_in_counts_at_once_and_a_sign_out_everywhere_too(servers, replica):
    first, second = servers
    replica.execute("SELECT pg_wal_replay_pause()")
    eva, thief = signed_in("eva", first), signed_in("eva", second)
    assert "Log out" in eva.get(second, "/admin/").text
    eva.post(first, "/admin/sign-out-everywhere/", {})
    assert "/login/" in thief.get(second, "/admin/").url


def test_an_edit_is_of_the_newest_state_whatever_the_replica_says(servers, replica):
    first, second = servers
    eva, olle = signed_in("eva", first), signed_in("olle", second)
    add_vendor(eva, first, "Tvist AB")
    key = re.search(r"/vendor/(\d+)/change/[^>]*>Tvist AB", eva.get(first, VENDORS).text).group(1)
    change = f"/admin/registry/vendor/{key}/change/"
    until(lambda: 'value="Tvist AB"' in olle.get(second, change).text)
    opened = olle.form(second, change)
    replica.execute("SELECT pg_wal_replay_pause()")
    eva.post(first, change, eva.form(first, change) | {"notes": "Evas"})
    answer = olle.post(second, change, opened | {"notes": "Olles"})
    assert "eva" in answer.text
    assert "Olles" in answer.text
    assert "Evas" in eva.get(second, change).text


def test_without_the_replica_the_primary_answers(servers, cluster, tmp_path):
    primary, _ = cluster
    nowhere = database_url(tmp_path)
    server = Server(DATABASE_URL=primary, REPLICA_URL=nowhere)
    try:
        eva = signed_in("eva", server)
        assert eva.get(server, VENDORS).status == 200
    finally:
        server.kill()


def test_a_graceful_stop_finishes_the_import_that_has_begun(cluster):
    primary, _ = cluster
    server = Server(DATABASE_URL=primary)
    try:
        eva = signed_in("eva", server)
        lines = "".join(f"Stopp {n}\tSyfte\tNamn\tSE\tAvtal\n" for n in range(3000))
        preview = eva.upload(server, f"Leverantör\tOrsak\tUppgifter\tLand\tLaglig grund\n{lines}".encode())
        # What is shown after the import is another request, which a server that stops does not take any more.
        with psycopg.connect(primary) as counting, ThreadPoolExecutor(1) as clicking:
            clicked = clicking.submit(eva.confirm, server, preview)
            until(lambda: somebody_writes_vendors(primary))
            assert server.stop() == 0
            clicked.exception()
            [(count,)] = counting.execute("SELECT count(*) FROM registry_vendor WHERE name LIKE 'Stopp %'").fetchall()
        assert count == 3000
    finally:
        server.kill()
    assert manage("verify_history", DATABASE_URL=primary).returncode == 0


def test_the_log_of_a_server_has_a_line_of_json_for_each_request(cluster, tmp_path):
    primary, _ = cluster
    log = tmp_path / "log"
    production: Any = {"DEBUG": "0", "SECRET_KEY": "s" * 50, "ALLOWED_HOSTS": "127.0.0.1", "SECURE_SSL_REDIRECT": "0"}
    manage("collectstatic", "--noinput", "-v0", DATABASE_URL=primary, **production)
    server = Server(DATABASE_URL=primary, log=log, **production)
    try:
        Browser().get(server, "/health/ready")
        Browser().get(server, "/i18n/nothing?token=secret")
    finally:
        server.stop()
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    [line] = [line for line in lines if line.get("path") == "/i18n/nothing"]
    assert (line["status"], line["method"], line["level"]) == (404, "GET", "INFO")
    assert "secret" not in log.read_text()
