"""Two server processes with one PostgreSQL and nothing else shared: an import goes on where it was, once, whole."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from http.cookiejar import CookieJar
from itertools import groupby
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from registry.law.verdicts import Verdict
from registry.models import (
    ChangeSet,
    ImportedFile,
    ProcessingActivity,
    StoredVerdict,
    Upload,
)
from tests.factories import make_activity, make_mechanism, make_transfer, make_vendor
from tests.servers import cookie
from tests.waiting import somebody_writes_vendors, until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL only: SQLite is one machine's"),
]

TOKEN = "a" * 32
LIST = "/admin/register/"
#: Under it are the pages of an import.
IMPORTS = "/admin/registry/processingactivity/"


def database_of_the_tests():
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def imports():
    """Whether a server is in the middle of an import."""
    return somebody_writes_vendors(database_of_the_tests())


class Server:
    """A process of its own; the tests are its only client."""

    def __init__(self, **environment):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {
            **os.environ,
            "DEBUG": "1",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": settings.SECRET_KEY,
            "DATABASE_URL": database_of_the_tests(),
            **environment,
        }
        self.environment = environment
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "runserver", f"127.0.0.1:{self.port}", "--noreload"],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.wait()

    def wait(self):
        try:
            until(self.answers)
        except TimeoutError:
            self.stop()
            raise

    def answers(self):
        try:
            return self.ask("", "/admin/login/")
        except (urllib.error.URLError, ConnectionError):
            return None

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(20)

    def ask(self, session, path, body=None, content_type="application/x-www-form-urlencoded"):
        cookies = CookieJar()
        for name, value in (("sessionid", session), ("csrftoken", TOKEN)):
            cookies.set_cookie(cookie(name, value))
        headers = {"X-CSRFToken": TOKEN, "Accept-Language": "en"}
        if body is not None:
            headers["Content-Type"] = content_type
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers)
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
        with opener.open(asked, timeout=60) as response:
            return response.url, response.read().decode()

    def upload(self, session, content):
        part = 'Content-Disposition: form-data; name="import_file"; filename="register.tsv"\r\n\r\n'
        body = f"--x\r\n{part}".encode() + content + b"\r\n--x--\r\n"
        return self.ask(session, f"{IMPORTS}import/", body, "multipart/form-data; boundary=x")

    def confirm(self, session, preview):
        page = self.ask(session, preview)[1]
        digest = re.search(r'name="plan_digest" value="(\w+)"', page).group(1)
        return self.press(session, preview, digest)

    def press(self, session, preview, digest):
        said = {"token": preview.rstrip("/").rpartition("/")[2], "plan_digest": digest, "change_reason": "two servers"}
        return self.ask(session, f"{IMPORTS}process_import/", urlencode(said).encode())[1]


@contextmanager
def two_servers(**environment):
    with ExitStack() as stack:
        running = []
        for _ in range(2):
            running.append(Server(**environment))
            stack.callback(running[-1].stop)
        yield running


@pytest.fixture(scope="module")
def running(django_db_setup):
    with two_servers() as pair:
        yield pair


@pytest.fixture
def servers(running):
    """Two servers. Those that a test has killed are started again."""
    for server in running:
        if server.process.poll() is not None:
            server.start()
    return running


@pytest.fixture
def session(make_user):
    client = Client()
    client.force_login(make_user(name="boss", superuser=True), "django.contrib.auth.backends.ModelBackend")
    return client.session.session_key


def rows(count):
    lines = "".join(f"Vendor {n}\tPurpose\tData\tSE\tGround\n" for n in range(count))
    return f"Leverantör\tOrsak\tUppgifter\tLand\tLaglig grund\n{lines}".encode()


def path_of(address):
    return "/" + address.partition("://")[2].partition("/")[2]


def test_what_is_uploaded_on_one_is_confirmed_on_the_other(servers, session):
    first, second = servers
    preview = path_of(first.upload(session, rows(20))[0])
    assert "Imported: 20 new" in second.confirm(session, preview)
    assert ProcessingActivity.objects.count() == 20
    assert (Upload.objects.count(), ImportedFile.objects.count()) == (0, 1)


def test_a_double_click_on_both_imports_once(servers, session):
    preview = path_of(servers[0].upload(session, rows(200))[0])
    digest = re.search(r'name="plan_digest" value="(\w+)"', servers[0].ask(session, preview)[1]).group(1)
    with ThreadPoolExecutor(2) as both:
        pages = list(both.map(lambda server: server.press(session, preview, digest), servers))
    told = sorted("Imported: 200 new" in page for page in pages)
    assert told == [False, True]
    assert any("is not waiting any more" in page for page in pages)
    assert ProcessingActivity.objects.count() == 200
    assert ChangeSet.objects.filter(source="import").count() == 1


def test_two_people_at_once_import_both_or_are_shown_the_preview_again(servers, session, make_user):
    client = Client()
    client.force_login(make_user(name="other", superuser=True), "django.contrib.auth.backends.ModelBackend")
    sessions = [session, client.session.session_key]
    previews = [path_of(s.upload(key, rows(n))[0]) for s, key, n in zip(servers, sessions, (150, 160), strict=True)]
    digests = [
        re.search(r'name="plan_digest" value="(\w+)"', s.ask(key, preview)[1]).group(1)
        for s, key, preview in zip(servers, sessions, previews, strict=True)
    ]
    with ThreadPoolExecutor(2) as both:
        pages = list(both.map(lambda n: servers[n].press(sessions[n], previews[n], digests[n]), range(2)))
    assert sorted("Imported:" in page for page in pages) == [False, True]
    assert any("has changed since the preview" in page for page in pages)
    assert ProcessingActivity.objects.count() in {150, 160}


def test_killed_while_it_imports_leaves_nothing_and_the_other_goes_on(servers, session):
    first, second = servers
    preview = path_of(first.upload(session, rows(3000))[0])
    digest = re.search(r'name="plan_digest" value="(\w+)"', first.ask(session, preview)[1]).group(1)
    with ThreadPoolExecutor(1) as clicking:
        clicked = clicking.submit(first.press, session, preview, digest)
        until(imports)
        first.stop(signal.SIGKILL)
        with pytest.raises(OSError, match=r".*"):
            clicked.result()
    assert ProcessingActivity.objects.count() == 0
    assert not ChangeSet.objects.filter(source="import").exists()
    assert "Imported: 3000 new" in second.confirm(session, preview)
    assert ProcessingActivity.objects.count() == 3000


def listen(server, session, preview, digest):
    """The connection on which the server says how far the import is."""
    said = {"token": preview.rstrip("/").rpartition("/")[2], "plan_digest": digest, "change_reason": "with progress"}
    connected = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {
        "Accept": "application/x-ndjson",
        "Accept-Language": "en",
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"sessionid={session}; csrftoken={TOKEN}",
        "X-CSRFToken": TOKEN,
    }
    connected.request("POST", f"{IMPORTS}process_import/", urlencode(said), headers)
    return connected, connected.getresponse()


def previewed(server, session, count):
    preview = path_of(server.upload(session, rows(count))[0])
    return preview, re.search(r'name="plan_digest" value="(\w+)"', server.ask(session, preview)[1]).group(1)


class TestProgress:
    def test_an_import_says_how_far_it_is_and_what_came_of_it(self, servers, session):
        preview, digest = previewed(servers[0], session, 1200)
        connected, response = listen(servers[1], session, preview, digest)
        *steps, last = [json.loads(line) for line in response]
        connected.close()
        assert [step for step, _same in groupby(said["step"] for said in steps)] == [
            "Reading the file",
            "Comparing with the register",
            "Writing",
            "Sealing",
        ]
        assert {"step": "Comparing with the register", "done": 1000, "total": 1200} in steps
        assert last["outcome"]["done"]
        assert last["outcome"]["text"].startswith("Imported: 1200 new")
        assert ProcessingActivity.objects.count() == 1200

    def test_who_closes_the_page_stops_nothing(self, servers, session):
        preview, digest = previewed(servers[0], session, 3000)
        connected, response = listen(servers[0], session, preview, digest)
        response.readline()
        response.close()
        connected.close()
        assert until(ChangeSet.objects.filter(source="import").count) == 1
        assert ProcessingActivity.objects.count() == 3000
        assert "is not waiting any more" in servers[1].press(session, preview, digest)

    def test_a_server_that_dies_meanwhile_leaves_nothing(self, servers, session):
        preview, digest = previewed(servers[0], session, 3000)
        _connected, response = listen(servers[0], session, preview, digest)
        while json.loads(response.readline())["step"] != "Writing":
            pass
        servers[0].stop(signal.SIGKILL)
        until(lambda: not imports())
        assert (ProcessingActivity.objects.count(), ChangeSet.objects.filter(source="import").count()) == (0, 0)
        assert "Imported: 3000 new" in servers[1].confirm(session, preview)

    def test_a_plan_that_is_another_one_by_now_comes_again(self, servers, session):
        preview, _digest = previewed(servers[0], session, 20)
        connected, response = listen(servers[1], session, preview, "0" * 64)
        outcome = json.loads(list(response)[-1])["outcome"]
        connected.close()
        assert (outcome["done"], outcome["address"]) == (False, preview)
        assert ProcessingActivity.objects.count() == 0


class TestVerdicts:
    """What one server has shown and remembers is never older than the last write and the last midnight."""

    @pytest.fixture(scope="class")
    @classmethod
    def calendar(cls, tmp_path_factory):
        """The file that tells the servers which day it is."""
        file = tmp_path_factory.mktemp("calendar") / "today"
        file.write_text(timezone.localdate().isoformat())
        return file

    @pytest.fixture
    def today(self, calendar):
        calendar.write_text(timezone.localdate().isoformat())
        return calendar

    @pytest.fixture(scope="class")
    @classmethod
    def running(cls, django_db_setup, calendar):
        with two_servers(DJANGO_SETTINGS_MODULE="tests.server_settings", TODAY_FILE=str(calendar)) as pair:
            yield pair

    @pytest.fixture
    def in_india(self, servers, recording):
        """An activity that clauses cover until today."""
        with recording():
            vendor = make_vendor(name="Exempel AB")
            activity = make_activity(vendor=vendor, purpose="Drift", country="IN")
            clauses = make_mechanism(
                code="c",
                label="C",
                kind="other_safeguard",
                valid_from=date(2001, 1, 1),
                valid_until=timezone.localdate(),
            )
            return make_transfer(activity=activity, mechanism=clauses)

    def not_covered(self, servers, session):
        """How many activities each server lists as not covered."""
        pages = [
            server.ask(session, f"{LIST}?verdict=not_covered&column=vendor&column=purpose")[1] for server in servers
        ]
        return [page.count('class="column-purpose" data-label') for page in pages]

    def findings(self, servers, session):
        """Whether the overview of each server has the finding, and how many findings its list of vendors counts."""
        overviews = [server.ask(session, "/admin/")[1] for server in servers]
        lists = [server.ask(session, "/admin/vendors/?column=vendor&column=finding_count")[1] for server in servers]
        counts = [int(re.findall(r'class="column-finding_count" data-label[^>]*>(\d+)', page)[0]) for page in lists]
        return ["rule=transfer_not_covered" in page for page in overviews], counts

    def test_after_a_write_on_the_other_server(self, servers, session, in_india):
        assert self.not_covered(servers, session) == [0, 0]
        assert self.findings(servers, session)[0] == [False, False]
        address = f"/admin/registry/transfer/{in_india.pk}/delete/"
        servers[0].ask(session, address, urlencode({"post": "yes", "change_reason": "gone"}).encode())
        assert self.not_covered(servers, session) == [1, 1]
        assert self.findings(servers, session)[0] == [True, True]

    def test_after_midnight_without_a_write(self, servers, session, in_india, today):
        assert self.not_covered(servers, session) == [0, 0]
        known, counts = self.findings(servers, session)
        assert known == [False, False]
        today.write_text((timezone.localdate() + timedelta(days=1)).isoformat())
        assert self.not_covered(servers, session) == [1, 1]
        assert self.findings(servers, session) == ([True, True], [count + 1 for count in counts])
        assert StoredVerdict.objects.get().verdict == Verdict.COVERED.value
