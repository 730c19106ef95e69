"""The disk fills up while people save, import and look; then there is room again.

PostgreSQL has its data and its log of writes on a small disk of its own, made of memory. Where nobody may mount one,
its processes may not let a file grow instead, as those of the application on SQLite.
"""

from __future__ import annotations

import errno
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import psycopg

from tests.load.editing import Work, database, edit, finish, import_files, judged, prepared, read, server_of, start
from tests.load.postmaster import Postmaster
from tests.servers import Server

DISK = "256m"
BLOCK = 1024


class Room(Protocol):
    def fill(self) -> None: ...
    def free(self) -> None: ...


class SmallDisk:
    def __init__(self, folder: Path) -> None:
        self.filler = folder / "filler"

    def fill(self) -> None:
        """Until there is no byte left; so again what was freed meanwhile."""
        with self.filler.open("ab", buffering=0) as opened:
            for size in (1024 * BLOCK, BLOCK):
                try:
                    while True:
                        opened.write(b"x" * size)
                except OSError as full:
                    if full.errno != errno.ENOSPC:
                        raise

    def free(self) -> None:
        self.filler.unlink()


class SmallFiles:
    """No file of these processes may be larger than so many bytes."""

    def __init__(self, parent: int, largest: int, owner: str | None = None) -> None:
        self.parent, self.largest, self.owner = parent, largest, owner

    def fill(self) -> None:
        self.limit(str(self.largest))

    def free(self) -> None:
        self.limit("unlimited")

    def limit(self, size: str) -> None:
        """As whoever owns the processes: root may not, where it has not all its rights."""
        children = Path(f"/proc/{self.parent}/task/{self.parent}/children")
        if children.exists():
            for process in (str(self.parent), *children.read_text().split()):
                subprocess.run(["prlimit", f"--pid={process}", f"--fsize={size}:"], user=self.owner, check=False)


@contextmanager
def mounted() -> Iterator[Path | None]:
    """A small disk, or nothing where nobody may mount one."""
    with TemporaryDirectory(prefix="register-disk-") as folder:
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0755", "register", folder],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            print(f"No disk can be mounted here ({made.stderr.strip()}): no file of PostgreSQL may grow instead.")
            yield None
            return
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def keep_little_of_its_log(url: str) -> None:
    """So that the disk has room for the data, and the log needs more of it soon after it is full."""
    with psycopg.connect(url, autocommit=True) as admin:
        for name, value in {"min_wal_size": "32MB", "max_wal_size": "48MB"}.items():
            admin.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        admin.execute("SELECT pg_reload_conf()")


def disk_full(kind: str) -> bool:
    if kind == "sqlite":
        with database(kind) as url, TemporaryDirectory() as folder:
            return filled(url, Path(folder))
    with mounted() as disk, database(kind, disk) as url, TemporaryDirectory() as folder:
        postmaster = Postmaster(url, Path(folder))
        postmaster.stop("fast")
        postmaster.start()
        keep_little_of_its_log(url)
        try:
            return filled(url, Path(folder), postmaster, disk)
        finally:
            postmaster.stop("fast")


def filled(url: str, folder: Path, postmaster: Postmaster | None = None, disk: Path | None = None) -> bool:
    world = prepared(url, editors=5, readers=3, vendors=8)
    log = folder / "log"
    server = server_of(url, log)
    room = room_of(server, postmaster, disk)
    work, looking = Work(), Work()
    first, *rest = world["sessions"]["Editor"]
    people: list[tuple[Any, ...]] = [
        (edit, work, key, lambda: server, world["vendors"], n) for n, key in enumerate(rest)
    ]
    people.append((import_files, work, first, lambda: server, 1000))
    people += [
        (read, looking, key, lambda: server, world["vendors"], 2000 + n)
        for n, key in enumerate(world["sessions"]["Reader"])
    ]
    threads = start(people)
    time.sleep(5)
    # Who is connected may go on; PostgreSQL needs room for each new connection.
    admin = psycopg.connect(url, autocommit=True) if postmaster else None
    before = looking.pages.get(200, 0)
    for _ in range(10):
        # What was given back meanwhile is taken again.
        room.fill()
        time.sleep(1)
    refused, looked = work.pages.get(503, 0), looking.pages.get(200, 0) - before
    gone = admin is not None and postmaster is not None and log_full(admin, postmaster, room)
    time.sleep(5)
    full = len(work.acknowledged)
    room.free()
    if postmaster and not postmaster.is_running():
        postmaster.start()
    time.sleep(15)
    going_on = len(work.acknowledged) > full
    looking.going_on.clear()
    finish(work, threads)
    server.kill()
    print(f"told 503 while full: {refused} times; pages to look at meanwhile: {looked}; of readers {looking.pages}")
    if postmaster:
        said = postmaster.log.read_text(errors="replace")
        counts = {level: said.count(f"{level}:  could not") for level in ("ERROR", "FATAL", "PANIC")}
        print(f"PostgreSQL had no room: {counts}; it stopped for it: {gone}")
    print(f"goes on afterwards, the application without a restart: {going_on}")
    # Without a disk of its own PostgreSQL ends at once, for its log may not grow either.
    looked_on = bool(looked) or (postmaster is not None and disk is None)
    well = bool(refused) and looked_on and going_on and not looking.wordless
    kind = "PostgreSQL" if postmaster else "SQLite"
    return judged(work, url, f"disk full, {kind}", log) and well


def log_full(admin: psycopg.Connection[Any], postmaster: Postmaster, room: Room) -> bool:
    """Also the log of writes needs room: PostgreSQL ends then, and does not come back before there is some."""
    for _ in range(20):
        room.fill()
        with suppress(psycopg.Error):
            admin.execute("SELECT pg_switch_wal()")
        time.sleep(1)
        if not postmaster.is_running():
            return True
    return False


def room_of(server: Server, postmaster: Postmaster | None, disk: Path | None) -> Room:
    if postmaster and disk:
        return SmallDisk(disk)
    if postmaster:
        return SmallFiles(postmaster.process, BLOCK * BLOCK, postmaster.owner)
    return SmallFiles(server.process.pid, 64 * BLOCK)
