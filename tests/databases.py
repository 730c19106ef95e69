"""Databases for servers and commands that tests start. One is migrated for each run, the others are copies of it.

Migrating an empty database takes 8 s of CPU, copying one nearly nothing.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.counting import uncounted
from tests.servers import manage

TEMPLATE = "register_template"


class OnSQLite:
    """Databases in a folder that all workers of a run share."""

    def __init__(self, shared: Path, worker: str) -> None:
        self.shared, self.worker, self.numbers = shared, worker, itertools.count(1)

    def empty(self) -> str:
        """Return the URL of a database without tables."""
        return f"sqlite:///{self._file(f'{self.worker}_{next(self.numbers)}')}"

    def migrated(self) -> str:
        """Return the URL of a database as ``manage.py migrate`` makes it."""
        with locked(self.shared):
            if not self._file(TEMPLATE).exists():
                with uncounted():
                    manage("migrate", "-v0", DATABASE_URL=f"sqlite:///{self._file('in_the_making')}")
                with sqlite3.connect(self._file("in_the_making")) as made:
                    made.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                made.close()
                self._file("in_the_making").rename(self._file(TEMPLATE))
        url = self.empty()
        shutil.copy(self._file(TEMPLATE), url.removeprefix("sqlite:///"))
        return url

    def _file(self, name: str) -> Path:
        return self.shared / f"{name}.sqlite3"


class OnPostgreSQL:
    """Databases beside the one of the tests, on the same server."""

    def __init__(self, shared: Path, worker: str) -> None:
        self.shared, self.worker, self.numbers = shared, worker, itertools.count(1)
        self.server = os.environ["DATABASE_URL"]

    def empty(self, template: str = "template1") -> str:
        """Return the URL of a database without tables."""
        name = f"register_{self.worker}_{next(self.numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._url(name)

    def migrated(self) -> str:
        """Return the URL of a database as ``manage.py migrate`` makes it."""
        with locked(self.shared):
            if not (self.shared / TEMPLATE).exists():
                self._execute(f"CREATE DATABASE {TEMPLATE}")
                with uncounted():
                    manage("migrate", "-v0", DATABASE_URL=self._url(TEMPLATE))
                (self.shared / TEMPLATE).touch()
            return self.empty(TEMPLATE)

    def _execute(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement)

    def _url(self, name: str) -> str:
        return urlsplit(self.server)._replace(path=f"/{name}").geturl()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep the other workers of the run out of the block."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
