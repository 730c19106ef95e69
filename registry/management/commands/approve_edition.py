from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from registry.editions import steps
from registry.management.editions import (
    add_step_arguments,
    edition_numbered,
    person_called,
    refusals_as_errors,
    series_called,
)
from registry.models import Source, change_set


class Command(BaseCommand):
    help = (
        "Approves the content of a prepared edition, by another account than the one that prepared it. Exit status 0"
        " when it is approved, 1 when it may not be, 2 for wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_step_arguments(parser)
        parser.add_argument("number", type=int, help="of the edition")
        parser.add_argument(
            "--digest", required=True, help="of the content that is approved: prepare_edition prints it"
        )

    def handle(self, *args: object, **options: Any) -> None:
        series, user = series_called(options["series"]), person_called(options["user"])
        edition = edition_numbered(series, options["number"])
        with refusals_as_errors(), change_set(user=user, source=Source.COMMAND, reason=options["reason"]):
            steps.approve(edition, options["digest"], user=user)
        self.stdout.write(f"Approved: {edition}.")
