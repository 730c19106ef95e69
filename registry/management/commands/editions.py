from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from registry.management.arguments import day_argument
from registry.management.editions import series_called
from registry.models import DocumentText, Edition


class Command(BaseCommand):
    help = "Lists the editions of all series or of one, with their states and days; or those that held on a day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("series", nargs="?", help="left out: all")
        parser.add_argument("--on", type=day_argument, metavar="DAY", help="only those that held on that day")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle(self, *args: object, **options: Any) -> None:
        every = [series_called(options["series"])] if options["series"] else DocumentText.objects.order_by("pk")
        rows = [row for series in every for row in rows_of_editions(series, options["on"])]
        if options["format"] == "json":
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2))
            return
        for row in rows:
            held = f", holds from {row['holds_from']}" if row["holds_from"] else ""
            self.stdout.write(
                f"{row['series']} {row['number']} of {row['day']}: {row['state']}{held}, {row['rows']} rows"
            )
            self.stdout.write(f"  {row['sha256']}")


def rows_of_editions(series: DocumentText, on: date | None) -> list[dict[str, object]]:
    holding = Edition.objects.in_force(series)
    if on is not None:
        held = Edition.objects.in_force(series, on)
        editions = [held] if held is not None else []
    else:
        editions = list(Edition.objects.filter(series=series).order_by("number"))
    return [values_of_edition(series, each, holding) for each in editions]


def values_of_edition(series: DocumentText, edition: Edition, holding: Edition | None) -> dict[str, object]:
    return {
        "series": series.slug,
        "number": edition.number,
        "day": str(edition.day),
        "state": edition.state_on(timezone.localdate(), holding).value,
        "holds_from": str(edition.holds_from) if edition.holds_from else None,
        "withdrawn_on": str(edition.withdrawn_on) if edition.withdrawn_on else None,
        "rows": edition.row_count,
        "elsewhere": edition.elsewhere,
        "sha256": edition.content_sha256,
        "files": edition.files,
    }
