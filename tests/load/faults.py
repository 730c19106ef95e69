"""What happens anyway: power goes off, the database goes away, the disk fills up, connections run out."""

from __future__ import annotations

import random
import re
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from tests.load.editing import Browser, Work, database, edit, finish, import_files, judged, prepared, server_of, start
from tests.load.full import disk_full
from tests.load.postmaster import Postmaster
from tests.servers import fields_of, manage


def kill(times: float = 100) -> bool:
    return all([killed("postgresql", int(times) // 2), killed("sqlite", int(times) - int(times) // 2)])


def killed(kind: str, times: int) -> bool:
    chance, well = random.Random(1), True  # noqa: S311
    with database(kind) as url, TemporaryDirectory() as folder:
        world = prepared(url, editors=5, readers=0, vendors=8)
        log = Path(folder) / "log"
        server = server_of(url, log)
        work = Work()
        first, *rest = world["sessions"]["Editor"]
        people: list[tuple[Any, ...]] = [
            (edit, work, key, lambda: server, world["vendors"], n) for n, key in enumerate(rest)
        ]
        threads = start([*people, (import_files, work, first, lambda: server, 900)])
        for time_ in range(1, times + 1):
            time.sleep(chance.uniform(0.3, 2.0))
            server.kill()
            if time_ % 10 == 0:
                well &= manage("verify_history", check=False, DATABASE_URL=url).returncode == 0
            server.start()
        time.sleep(2)
        finish(work, threads)
        server.stop()
        return judged(work, url, f"killed {times} times during saves and imports, {kind}", log) and well


def main() -> bool:
    return all([database_away(), disk_full("sqlite"), disk_full("postgresql"), pool_exhausted()])


def database_away() -> bool:
    """Stopped at once, as in a crash, and started again: ten times, while people save."""
    with database("postgresql") as url, TemporaryDirectory() as folder:
        world = prepared(url, editors=6, readers=0, vendors=8)
        log = Path(folder) / "log"
        server = server_of(url, log)
        postmaster = Postmaster(url, Path(folder))
        work = Work()
        threads = start(
            [
                (edit, work, key, lambda: server, world["vendors"], n)
                for n, key in enumerate(world["sessions"]["Editor"])
            ]
        )
        for _ in range(10):
            time.sleep(3)
            postmaster.stop("immediate")
            time.sleep(2)
            postmaster.start()
        time.sleep(12)
        before = len(work.acknowledged)
        time.sleep(5)
        finish(work, threads)
        server.kill()
        recovered = len(work.acknowledged) > before
        print(f"goes on by itself afterwards: {recovered}; told 503: {work.pages.get(503, 0)} times")
        well = judged(work, url, "database stopped and started ten times", log) and recovered
        postmaster.stop("fast")
        return well


def pool_exhausted() -> bool:
    """One connection for four threads, and somebody holds what all writers wait for."""
    with database("postgresql") as url, TemporaryDirectory() as folder:
        world = prepared(url, editors=4, readers=0, vendors=4)
        log = Path(folder) / "log"
        server = server_of(url, log, pool=1)
        answers: list[Any] = []
        sessions, key = world["sessions"]["Editor"], world["vendors"][0]
        change = f"/admin/registry/vendor/{key}/change/"
        forms = [fields_of(Browser(session).ask(server, change).text) for session in sessions]

        def save(session: str, form: dict[str, Any]) -> None:
            answers.append(Browser(session).post(server, change, {**form, "notes": session}))

        with psycopg.connect(url) as holder:
            holder.execute("LOCK TABLE registry_vendor IN ACCESS EXCLUSIVE MODE")
            threads = [threading.Thread(target=save, args=pair) for pair in zip(sessions, forms, strict=True)]
            for thread in threads:
                thread.start()
            time.sleep(14)
            holder.rollback()
        for thread in threads:
            thread.join()
        told = [
            answer for answer in answers if answer.status == 503 and re.search("Nothing of this was saved", answer.text)
        ]
        after = Browser(sessions[0]).ask(server, "/admin/vendors/")
        server.kill()
        print(f"four saves, one connection: {sorted(answer.status for answer in answers)}; afterwards {after.status}")
        well = len(answers) == 4 and bool(told) and after.status == 200
        return judged(Work(), url, "pool exhausted", log) and well
