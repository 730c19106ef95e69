from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from registry.exchange.exports import verified
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
            found = verified(file.read_bytes())
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.", returncode=2) from None
        if found.export is None:
            self.stdout.write("Changed since it was exported, or not from this register: no export on record is this.")
            if found.head and found.state is not None:
                self.stdout.write(f"It says that it shows the state of {when(found.state)}. That proves nothing.")
            elif found.head:
                self.stdout.write(f"It says that it shows the head {found.head}, which this history does not have.")
            sys.exit(1)
        details = found.export.details
        self.stdout.write(
            f"Unchanged: exported {when(found.export)}, by {found.export.user_name or 'a command'}"
            f" ({details.get('of', 'register')}, {details['format']}, rows: {details['rows']})."
        )
        state = f"of {when(found.state)}" if found.state else "before the first change"
        self.stdout.write(f"It shows the state {state}.")
        self.stdout.write(f"Head: {found.head}")


def when(act: ChangeSet) -> str:
    return f"{timezone.localtime(act.created_at):%Y-%m-%d %H:%M:%S} (change set {act.pk})"
