from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from registry.editions import steps
from registry.management.arguments import day_argument
from registry.management.editions import add_step_arguments, person_called, refusals_as_errors, series_called
from registry.models import Source, change_set
from registry.web.editions.writing import prepare_edition


class Command(BaseCommand):
    help = (
        "Prepares the next edition of a series from the register as it is now. Exit status 0 when it is prepared, 1"
        " when it may not be, 2 for wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_step_arguments(parser)
        parser.add_argument("--day", type=day_argument, help="that stands on it, YYYY-MM-DD; left out: today")

    def handle(self, *args: object, **options: Any) -> None:
        series, user = series_called(options["series"]), person_called(options["user"])
        day = options["day"] or timezone.localdate()
        with refusals_as_errors(), change_set(user=user, source=Source.COMMAND, reason=options["reason"]):
            edition = prepare_edition(series, day, user=user)
        self.stdout.write(f"Prepared: {edition}, {edition.row_count} rows.")
        self.stdout.write(f"Digest: {edition.content_sha256}")
        for code, keys in steps.unanswered(edition).items():
            self.stdout.write(f"High finding, open: {code} ({len(keys)}). Accept it, or name it on the edition's page.")
