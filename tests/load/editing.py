"""People at work, and the question afterwards: is every change that was acknowledged in the history, once?"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

import psycopg

from tests.postgres import running_server
from tests.servers import IMPORTS, LIST, Answer, Server, fields_of, manage

SECRET = "only for load tests, on loopback, for minutes"
PREPARE = """
import json
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client
from registry.models import Source, User, Vendor, change_set

sessions = {{}}
for role, count in (("Editor", {editors}), ("Reader", {readers})):
    for number in range(count):
        user = User.objects.create_user(f"{{role}}{{number}}".lower(), is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client = Client()
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        sessions.setdefault(role, []).append(client.session.session_key)
with change_set(source=Source.COMMAND, reason="vendors to edit"):
    vendors = [Vendor.objects.create(name=f"Leverantör {{number}}").pk for number in range({vendors})]
print(json.dumps({{"sessions": sessions, "vendors": vendors}}))
"""
COUNT = """
import collections, json
from registry.models import ChangeSet, Vendor
reasons = collections.Counter(ChangeSet.objects.filter(reason__startswith="load ").values_list("reason", flat=True))
print(json.dumps({"reasons": reasons, "rows": Vendor.history.filter(change_set__reason__startswith="load ").count()}))
"""
PAGES = (
    "/admin/",
    "/admin/register/?status=all",
    "/admin/vendors/",
    "/admin/findings/",
    "/admin/due/",
    "/admin/registry/vendor/{key}/history/",
)
#: What a page of an error says about what was sent.
WORDS = re.compile("Nothing of this was saved|not certain whether this was saved")


class Work:
    """What all people at work were told, by the reason that each of them gave for each change."""

    def __init__(self) -> None:
        self.acknowledged: set[str] = set()
        self.refused: set[str] = set()
        #: The server died before it answered: done or not, but not half.
        self.unknown: set[str] = set()
        self.pages: dict[int, int] = {}
        #: Pages of an error that do not say what became of it.
        self.wordless = 0
        self.slowest = 0.0
        self.going_on = threading.Event()
        self.going_on.set()
        self.lock = threading.Lock()

    def note(self, answer: Answer, took: float) -> None:
        with self.lock:
            self.pages[answer.status] = self.pages.get(answer.status, 0) + 1
            self.slowest = max(self.slowest, took)
            self.wordless += answer.status >= 500 and not WORDS.search(answer.text)


class Browser:
    """One session, in a server with the settings of production. Redirects are not followed: they are the answer."""

    def __init__(self, session: str) -> None:
        token = "a" * 32
        self.headers = {"Cookie": f"__Host-session={session}; __Host-csrf={token}", "X-CSRFToken": token}

    def ask(self, server: Server, path: str, body: bytes | None = None, content_type: str = "") -> Answer:
        kind = content_type or "application/x-www-form-urlencoded"
        headers = {**self.headers, "Content-Type": kind, "Accept-Language": "en"}
        connection = HTTPConnection("127.0.0.1", server.port, timeout=120)
        try:
            connection.request("GET" if body is None else "POST", path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers.get("Location", ""), response.read().decode())
        except HTTPException as broken:
            raise ConnectionError from broken
        finally:
            connection.close()

    def post(self, server: Server, path: str, data: dict[str, Any]) -> Answer:
        return self.ask(server, path, urlencode(data, doseq=True).encode())


def server_of(url: str, log: Path, *, threads: int = 4, pool: int = 8) -> Server:
    return Server(
        log=log,
        DATABASE_URL=url,
        DEBUG="0",
        SECRET_KEY=SECRET,
        ALLOWED_HOSTS="127.0.0.1",
        SECURE_SSL_REDIRECT="0",
        WEB_THREADS=str(threads),
        DATABASE_POOL=str(pool),
    )


def read(work: Work, session: str, server: Callable[[], Server], vendors: list[int], seed: int) -> None:
    browser, chance = Browser(session), random.Random(seed)  # noqa: S311
    while work.going_on.is_set():
        path = chance.choice(PAGES).format(key=chance.choice(vendors))
        began = time.monotonic()
        try:
            work.note(browser.ask(server(), path), time.monotonic() - began)
        except OSError:
            time.sleep(0.2)
        time.sleep(chance.uniform(0.5, 2))


def edit(work: Work, session: str, server: Callable[[], Server], vendors: list[int], seed: int) -> None:
    browser, chance, number = Browser(session), random.Random(seed), 0  # noqa: S311
    while work.going_on.is_set():
        number += 1
        said = f"load {seed} {number}"
        change = f"/admin/registry/vendor/{chance.choice(vendors)}/change/"
        began = time.monotonic()
        try:
            form = fields_of(browser.ask(server(), change).text)
        except OSError:
            time.sleep(0.2)
            continue
        if "name" not in form:
            time.sleep(0.2)
            continue
        try:
            answer = browser.post(server(), change, {**form, "notes": said, "change_reason": said})
        except OSError:
            work.unknown.add(said)
            continue
        work.note(answer, time.monotonic() - began)
        if answer.status == 302:
            work.acknowledged.add(said)
        else:
            (work.unknown if "not certain" in answer.text else work.refused).add(said)
        time.sleep(chance.uniform(0.05, 0.5))


def import_files(work: Work, session: str, server: Callable[[], Server], seed: int, size: int = 300) -> None:
    browser, number = Browser(session), 0
    while work.going_on.is_set():
        number += 1
        said = f"load {seed} {number}"
        lines = "".join(f"Fil {seed}-{number}-{n}\tSyfte\tNamn\tSE\tAvtal\n" for n in range(size))
        part = 'Content-Disposition: form-data; name="import_file"; filename="register.tsv"\r\n\r\n'
        content = f"Leverantör\tOrsak\tUppgifter\tLand\tLaglig grund\n{lines}"
        body = f"--x\r\n{part}{content}\r\n--x--\r\n".encode()
        began = time.monotonic()
        try:
            uploaded = browser.ask(server(), f"{IMPORTS}import/", body, "multipart/form-data; boundary=x")
            work.note(uploaded, time.monotonic() - began)
            preview = uploaded.url
            page = browser.ask(server(), preview).text if preview else ""
            digest = re.search(r'name="plan_digest" value="(\w+)"', page)
        except OSError:
            digest = None
        if digest is None:
            time.sleep(0.2)
            continue
        token = preview.rstrip("/").rpartition("/")[2]
        answer = {"token": token, "plan_digest": digest.group(1), "change_reason": said}
        began = time.monotonic()
        try:
            imported = browser.post(server(), f"{IMPORTS}process_import/", answer)
            work.note(imported, time.monotonic() - began)
            told = browser.ask(server(), LIST).text
        except OSError:
            work.unknown.add(said)
            continue
        if "Nothing of this was saved" in imported.text:
            work.refused.add(said)
            continue
        (work.acknowledged if "Imported: " in told else work.unknown).add(said)


@contextmanager
def database(kind: str, disk: Path | None = None) -> Iterator[str]:
    if kind == "postgresql":
        # Other tests may lose the last moments of a server that is gone anyway; what is acknowledged here is kept.
        with running_server(disk) as url:
            with psycopg.connect(url, autocommit=True) as admin:
                for name in ("fsync", "synchronous_commit", "full_page_writes"):
                    admin.execute(f"ALTER SYSTEM RESET {name}")
                admin.execute("SELECT pg_reload_conf()")
            yield url
    else:
        with TemporaryDirectory(prefix="register-load-") as folder:
            yield f"sqlite:///{folder}/register.sqlite3"


def prepared(url: str, *, editors: int, readers: int, vendors: int) -> dict[str, Any]:
    production = {"DEBUG": "0", "SECRET_KEY": SECRET, "ALLOWED_HOSTS": "127.0.0.1", "DATABASE_URL": url}
    manage("collectstatic", "--noinput", "-v0", check=True, **production)
    manage("migrate", "-v0", DATABASE_URL=url)
    code = PREPARE.format(editors=editors, readers=readers, vendors=vendors)
    result: dict[str, Any] = json.loads(manage("shell", "-v0", "-c", code, DATABASE_URL=url, SECRET_KEY=SECRET).stdout)
    return result


def start(people: list[tuple[Any, ...]]) -> list[threading.Thread]:
    threads = [threading.Thread(target=person[0], args=person[1:], daemon=True) for person in people]
    for thread in threads:
        thread.start()
    return threads


def finish(work: Work, threads: list[threading.Thread]) -> None:
    work.going_on.clear()
    for thread in threads:
        thread.join(150)


def judged(work: Work, url: str, title: str, log: Path | None = None) -> bool:
    """Says what came of it, and whether nothing was lost, doubled or half."""
    found = json.loads(manage("shell", "-v0", "-c", COUNT, DATABASE_URL=url).stdout)
    reasons: dict[str, int] = found["reasons"]
    lost = work.acknowledged - reasons.keys()
    doubled = {reason for reason, count in reasons.items() if count != 1}
    invented = reasons.keys() - work.acknowledged - work.unknown
    verified = manage("verify_history", check=False, DATABASE_URL=url)
    tracebacks = log.read_text(errors="replace").count("Traceback") if log else 0
    well = not (lost or doubled or invented or work.wordless) and verified.returncode == 0
    print(f"## {title}")
    print(f"acknowledged {len(work.acknowledged)}, refused {len(work.refused)}, unknown {len(work.unknown)}")
    print(f"in the history {len(reasons)}; lost {len(lost)}, doubled {len(doubled)}, not acknowledged {len(invented)}")
    print(f"pages by status {work.pages}, slowest {work.slowest:.1f} s, tracebacks in the log {tracebacks}")
    print(f"pages of an error that do not say what became of it {work.wordless}")
    print((verified.stdout or verified.stderr).strip())
    print("WELL" if well else f"WRONG {sorted(lost)[:5]} {sorted(doubled)[:5]} {sorted(invented)[:5]}", flush=True)
    return well
