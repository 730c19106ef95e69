from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from registry.models import head_digest
from registry.server.postgresql_programs import environment_of, program_path


class Command(BaseCommand):
    help = (
        "Copies the whole register to a new file in a folder, while people continue to work. Prints the file and the"
        " head of"
        " the history in it. SQLite: a database; PostgreSQL: an archive of pg_dump. Exit status 0, 2 for wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: object, folder: Path, **options: object) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder. Create it first, readable only by you.", returncode=2)
        # Read before copying, so that the copy contains it.
        head = head_digest()
        ending = "sqlite3" if connection.vendor == "sqlite" else "dump"
        target = folder / f"register-{timezone.now():%Y%m%dT%H%M%S%fZ}.{ending}"
        unfinished = target.with_suffix(".unfinished")
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            self.copy(unfinished)
        except (CommandError, sqlite3.Error, OSError) as error:
            unfinished.unlink()
            raise CommandError(f"No backup was made: {error}") from None
        unfinished.rename(target)
        self.stdout.write(f"{target}\nHead: {head}")

    def copy(self, target: Path) -> None:
        if connection.vendor == "sqlite":
            name = str(connection.settings_dict["NAME"])
            with closing(sqlite3.connect(name)) as source, closing(sqlite3.connect(target)) as copy:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")
            return
        command = [program_path("pg_dump"), "--format=custom", "--no-owner", "--no-acl", f"--file={target}"]
        done = subprocess.run(command, env=environment_of(connection), capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise CommandError(done.stderr.strip())
