from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.editions.site import write_folder, zip_of
from registry.editions.steps import PUBLISH, publish, require
from registry.management.editions import (
    add_step_arguments,
    edition_numbered,
    person_called,
    refusals_as_errors,
    series_called,
)
from registry.models import DocumentText, Source, change_set
from registry.web.editions.writing import publishable_files


class Command(BaseCommand):
    help = (
        "Publishes an approved edition, and writes all published editions of its series as files for any web server."
        " One that is published already is only written. Exit status 0 when it worked, 1 when it did not, 2 for wrong"
        " use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_step_arguments(parser)
        parser.add_argument("number", type=int, nargs="?", help="of the edition; left out: the newest")
        parser.add_argument("--folder", type=Path, help="where the files of the series are written")
        parser.add_argument("--zip", type=Path, help="the same files in one")

    def handle(self, *args: object, **options: Any) -> None:
        series, user = series_called(options["series"]), person_called(options["user"])
        edition = edition_numbered(series, options["number"])
        if edition.published_on is None:
            with refusals_as_errors():
                files = publishable_files(edition, user=user)
                with change_set(user=user, source=Source.COMMAND, reason=options["reason"]):
                    publish(edition, files, user=user)
            self.stdout.write(f"Published: {edition}.")
        else:
            with refusals_as_errors():
                require(user, PUBLISH)
            self.stdout.write(f"Published already: {edition}.")
        with refusals_as_errors():
            self.write_files(series, options["folder"], options["zip"])

    def write_files(self, series: DocumentText, folder: Path | None, archive: Path | None) -> None:
        try:
            if folder is not None:
                write_folder(series, folder)
                self.stdout.write(f"Written: {folder / series.slug}")
            if archive is not None:
                archive.write_bytes(zip_of(series))
                self.stdout.write(f"Written: {archive}")
        except OSError as error:
            raise CommandError(f"{error.filename or folder or archive}: {error.strerror}.") from None
