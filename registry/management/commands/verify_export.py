from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from registry.files.verify_export import ExportOrigin, verify_export
from registry.models import ChangeSet


class Command(BaseCommand):
    help = (
        "Tells whether a file is unchanged since the register exported it, and which state of the register it shows."
        " Exit status 0: unchanged; 1: changed since, or not from here; 2: wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            found = verify_export(file.read_bytes())
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.", returncode=2) from None
        if found.export is None:
            self.report_unknown(found)
            sys.exit(1)
        self.report(found, found.export)

    def report_unknown(self, found: ExportOrigin) -> None:
        if found.doubt:
            self.stdout.write(f"Not proven: the record of this export does not fit. {found.doubt}")
            self.stdout.write("Whether the file is unchanged cannot be told. Run manage.py verify_history.")
            return
        self.stdout.write("Changed since it was exported, or not from this register: no export on record is this.")
        if found.head and found.state is not None:
            self.stdout.write(f"It says that it shows the state of {when(found.state)}. That proves nothing.")
        elif found.head:
            self.stdout.write(f"It says that it shows the head {found.head}, which this history does not have.")

    def report(self, found: ExportOrigin, export: ChangeSet) -> None:
        said = {"of": "register", "format": "?", "rows": "?", **export.details}
        self.stdout.write(
            f"Unchanged: exported {when(export)}, by {export.user_name or 'a command'}"
            f" ({said['of']}, {said['format']}, rows: {said['rows']})."
        )
        state = f"of {when(found.state)}" if found.state else "before the first change"
        self.stdout.write(f"It shows the state {state}.")
        self.stdout.write(f"Head: {found.head}")
        self.stdout.write(
            f"The export is on record as change set {export.pk}, whose seal fits. Run manage.py verify_history for the"
            " whole chain."
        )


def when(act: ChangeSet) -> str:
    return f"{timezone.localtime(act.created_at):%Y-%m-%d %H:%M:%S} (change set {act.pk})"
