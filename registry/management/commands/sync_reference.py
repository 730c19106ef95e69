from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from registry.mechanisms.sync import Synchronisation, plan_synchronisation
from registry.models import Source, change_set

REASON = "Reference data brought up to date"


class Command(BaseCommand):
    help = (
        "Brings the transfer mechanisms and their wordings up to the reference data of this release, as one change."
        " What staff edited is kept and listed. Exit status 0."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would change and write nothing")

    def handle(self, *args: Any, dry_run: bool, verbosity: int = 1, **options: Any) -> None:
        with translation.override("en"), change_set(source=Source.REFERENCE, reason=REASON) as act:
            act.begin()
            planned = plan_synchronisation()
            lines, summary = list(planned.lines()), planned.summary
            if not dry_run:
                act.describe(counts=summary)
                planned.apply()
        if verbosity:
            for line in lines:
                self.stdout.write(line)
        self.stdout.write(summary)
        if not dry_run:
            self.advise(planned)

    def advise(self, planned: Synchronisation) -> None:
        for day in planned.days_after:
            self.stdout.write(f"To see what loses cover: manage.py check_register --on {day}")
