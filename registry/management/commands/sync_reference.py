from __future__ import annotations

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from registry.mechanisms.sync import Synchronisation, plan_synchronisation
from registry.models import Source, change_set

REASON = "Reference data brought up to date"


class Command(BaseCommand):
    help = (
        "Updates the transfer mechanisms and their wordings from the reference data of this release, as one change."
        " What staff edited is kept and listed. Exit status 0."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="print what would change, and write nothing")

    def handle(self, *args: object, dry_run: bool, verbosity: int = 1, **options: object) -> None:
        with translation.override("en"), change_set(source=Source.REFERENCE, reason=REASON) as opened:
            opened.begin()
            synchronisation = plan_synchronisation()
            lines, summary = list(synchronisation.lines()), synchronisation.summary
            if not dry_run:
                opened.describe(counts=summary)
                synchronisation.apply()
        if verbosity:
            for line in lines:
                self.stdout.write(line)
        self.stdout.write(summary)
        if not dry_run:
            self.advise(synchronisation)

    def advise(self, synchronisation: Synchronisation) -> None:
        for day in synchronisation.days_after:
            self.stdout.write(f"To see what loses cover: manage.py check_register --on {day}")
