from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from registry.server.postgresql_programs import environment_of, program_path

MAGIC = {b"SQLite format 3\x00": "sqlite", b"PGDMP": "postgresql"}


def sqlite_damage(file: Path) -> str:
    """Return what is wrong with a SQLite file; empty if nothing is."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)) as backup:
            # Rows of an older release may violate checks that came later.
            backup.execute("PRAGMA ignore_check_constraints = ON")
            (problem,) = backup.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as error:
        return str(error)
    return "" if problem == "ok" else str(problem)


class Command(BaseCommand):
    help = (
        "Restores a file of manage.py backup to an empty database and checks it with verify_history. It never"
        " overwrites:"
        " name a new database in DATABASE_URL. Exit status 0 when all fits, 1 when not, 2 for wrong use."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--since", metavar="DIGEST", help="the head that backup printed: see verify_history")

    def handle(self, *args: object, file: Path, since: str | None, **options: object) -> None:
        self.refuse_what_is_no_backup(file)
        if connection.vendor == "sqlite":
            self.restore_sqlite(file, Path(str(connection.settings_dict["NAME"])))
        else:
            self.restore_postgresql(file)
        connection.close()
        self.stdout.write(f"Restored from {file}.")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("verify_history", **({"since": since} if since else {}), stdout=self.stdout, stderr=self.stderr)

    def refuse_what_is_no_backup(self, file: Path) -> None:
        try:
            with file.open("rb") as opened:
                start = opened.read(16)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.", returncode=2) from None
        kind = next((kind for magic, kind in MAGIC.items() if start.startswith(magic)), None)
        if kind != connection.vendor:
            what = f"a backup of {kind}" if kind else "no backup"
            raise CommandError(f"{file} is {what}, and DATABASE_URL names {connection.vendor}.", returncode=2)

    def restore_sqlite(self, file: Path, target: Path) -> None:
        if target.exists() and target.stat().st_size:
            raise CommandError(
                f"{target} is there already. Move it away, with the files beside it that end in -wal and -shm: while"
                " nothing uses it.",
                returncode=2,
            )
        left_over = [beside for end in ("-wal", "-shm") if (beside := target.with_name(target.name + end)).exists()]
        if left_over:
            names = " and ".join(map(str, left_over))
            raise CommandError(
                f"{names} of another database would be taken for a part of this one. Move that away: while nothing uses"
                " it.",
                returncode=2,
            )
        if problem := sqlite_damage(file):
            raise CommandError(f"{file} is damaged, so nothing was restored: {problem}. Take another backup.")
        unfinished = target.with_name(f"{target.name}.unfinished")
        shutil.copyfile(file, unfinished)
        unfinished.chmod(0o600)
        os.replace(unfinished, target)  # noqa: PTH105 - whole or not at all

    def restore_postgresql(self, file: Path) -> None:
        if connection.introspection.table_names():
            name = connection.settings_dict["NAME"]
            raise CommandError(f"The database {name} is not empty. CREATE DATABASE another one for it.", returncode=2)
        command = [program_path("pg_restore"), "--exit-on-error", "--single-transaction", "--no-owner", "--no-acl"]
        command += [f"--dbname={connection.get_connection_params()['dbname']}", str(file)]
        done = subprocess.run(command, env=environment_of(connection), capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise CommandError(f"Nothing was restored: {done.stderr.strip()}")
