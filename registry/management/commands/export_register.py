from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from registry.exchange.formats import BY_CODE
from registry.exchange.outgoing import Selection, exported
from registry.exchange.progress import bar
from registry.filters import ActivityFilter, UnknownFilter
from registry.models import ProcessingActivity, Source, record


class Command(BaseCommand):
    help = "Exports the register. Exit status 0 when it worked, 1 when it did not, 2 for wrong use."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", required=True, choices=sorted(BY_CODE))
        parser.add_argument("--output", type=Path, help="left out: standard output")
        parser.add_argument("--language", choices=["sv", "en"], default="sv", help="of headings (default: sv)")
        parser.add_argument(
            "--filter",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help=f"only some rows; names: {', '.join(ActivityFilter.base_filters)}",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = dict(pair.partition("=")[::2] for pair in options["filter"])
        try:
            activities = ActivityFilter(chosen, queryset=ProcessingActivity.objects.order_by("position", "id")).qs
        except UnknownFilter as error:
            raise CommandError(str(error), returncode=2) from None
        with translation.override(options["language"]), bar():
            content = BY_CODE[options["format"]]().write(
                Selection(activities, who="export_register", rows_shown=", ".join(options["filter"]))
            )
        record(source=Source.EXPORT, **exported(options["format"], ", ".join(options["filter"]), content))
        if options["output"] is None:
            sys.stdout.buffer.write(content)
            return
        try:
            options["output"].write_bytes(content)
        except OSError as error:
            raise CommandError(f"{options['output']}: {error.strerror}.") from None
