from __future__ import annotations

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from registry.files.verify_export import ExportOrigin, verify_export
from registry.models import ChangeSet


class Command(BaseCommand):
    help = (
        "Checks whether a file is unchanged since the register exported it, and which state of the register it shows."
        " Exit status 0: unchanged; 1: changed since, or not from here; 2: wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, file: Path, **options: object) -> None:
        try:
            origin = verify_export(file.read_bytes())
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.", returncode=2) from None
        if origin.export is None:
            self.report_unknown(origin)
            sys.exit(1)
        self.report(origin, origin.export)

    def report_unknown(self, origin: ExportOrigin) -> None:
        if origin.doubt:
            self.stdout.write(f"Not proven: the record of this export does not fit. {origin.doubt}")
            self.stdout.write("Whether the file is unchanged cannot be told. Run manage.py verify_history.")
            return
        self.stdout.write("Changed since it was exported, or not from this register: no export on record is this.")
        if origin.head and origin.state is not None:
            self.stdout.write(f"It says that it shows the state of {when(origin.state)}. That proves nothing.")
        elif origin.head:
            self.stdout.write(f"It says that it shows the head {origin.head}, which this history does not have.")

    def report(self, origin: ExportOrigin, export: ChangeSet) -> None:
        details = {"of": "register", "format": "?", "rows": "?", **export.details}
        self.stdout.write(
            f"Unchanged: exported {when(export)}, by {export.user_name or 'a command'}"
            f" ({details['of']}, {details['format']}, rows: {details['rows']})."
        )
        state = f"of {when(origin.state)}" if origin.state else "before the first change"
        self.stdout.write(f"It shows the state {state}.")
        self.stdout.write(f"Head: {origin.head}")
        self.stdout.write(
            f"The export is on record as change set {export.pk}, whose seal fits. Run manage.py verify_history for the"
            " whole chain."
        )


def when(change_set: ChangeSet) -> str:
    return f"{timezone.localtime(change_set.created_at):%Y-%m-%d %H:%M:%S} (change set {change_set.pk})"
