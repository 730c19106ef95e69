"""Many people at once, for minutes, on two servers."""

from __future__ import annotations

import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.load.editing import Work, database, edit, finish, judged, prepared, read, server_of, start


def together(kind: str, *, editors: int, readers: int, minutes: float) -> bool:
    with database(kind) as url, TemporaryDirectory() as folder:
        world = prepared(url, editors=editors, readers=readers, vendors=4 * editors)
        log = Path(folder) / "log"
        servers = [server_of(url, log, threads=8) for _ in range(2)]
        try:
            work, sessions = Work(), world["sessions"]
            anywhere = lambda: random.choice(servers)  # noqa: E731, S311
            people = [(edit, work, key, anywhere, world["vendors"], n) for n, key in enumerate(sessions["Editor"])]
            people += [
                (read, work, key, anywhere, world["vendors"], 1000 + n)
                for n, key in enumerate(sessions.get("Reader", []))
            ]
            threads = start(people)
            time.sleep(60 * minutes)
            finish(work, threads)
        finally:
            for server in servers:
                server.kill()
        return judged(work, url, f"{editors} editors and {readers} readers, {kind}, {minutes:g} minutes", log)


def main(minutes: float = 4) -> bool:
    many = together("postgresql", editors=50, readers=200, minutes=minutes)
    few = together("sqlite", editors=10, readers=0, minutes=minutes)
    return many and few
