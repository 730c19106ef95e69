from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import QueryDict
from django.utils import translation

from registry.core import languages
from registry.core.progress import progress_bar
from registry.files.columns import COLUMNS_BY_KEY, DOCUMENT_COLUMNS, STORED_COLUMNS
from registry.files.export import register_export_details
from registry.files.format_registry import RegisterFormat
from registry.files.formats.table import CellTooLong
from registry.files.template import write_template
from registry.models import Source, change_set
from registry.papers.formats import EXPORT_FORMATS_BY_CODE, PaperFormat
from registry.papers.rendering import PaperNotWritten
from registry.web.filters import UnknownFilter
from registry.web.lists.activity_filter import ActivityFilter
from registry.web.lists.definition import REGISTER
from registry.web.lists.list_filter import ALL
from registry.web.lists.papers import listed_paper
from registry.web.lists.query import COLUMN, DAY, LAW, SORT, ListQuery

#: Who exports, in the file.
WHO = "export_register"
#: What people read in a spreadsheet: not the layout of the document, and the verdict beside the country and its ground.
LAYOUT, VERDICT = ("position", "starts_page"), ("verdict", "why")
FOR_PEOPLE = frozenset({"xlsx", "ods"})


def default_columns(format_code: str) -> list[str]:
    """Return the columns of an export that names none: all that is stored, for spreadsheets what people read."""
    stored = [column.key for column in STORED_COLUMNS]
    if format_code not in FOR_PEOPLE:
        return stored
    first = len(DOCUMENT_COLUMNS)
    return [*stored[:first], *VERDICT, *(key for key in stored[first:] if key not in LAYOUT)]


class Command(BaseCommand):
    help = "Exports the register. Exit status 0 when it worked, 1 when it did not, 2 for wrong use."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=sorted(EXPORT_FORMATS_BY_CODE))
        parser.add_argument(
            "--template", action="store_true", help="an empty workbook (xlsx) to fill in and import, instead of rows"
        )
        parser.add_argument("--output", type=Path, help="left out: standard output")
        parser.add_argument(
            "--language",
            choices=languages.language_codes(),
            default=settings.LANGUAGE_CODE,
            help="of headings (default: %(default)s)",
        )
        parser.add_argument(
            "--filter",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help=f"only some rows; names: {', '.join(ActivityFilter.base_filters)}",
        )
        parser.add_argument("--as-at", metavar="DAY", help="the register as it stood at the end of that day")
        parser.add_argument(
            "--law", metavar="DAY", help="verdicts by the law of that day (default: --as-at, else today)"
        )
        parser.add_argument("--sort", metavar="COLUMN", help="with a leading minus: descending")
        parser.add_argument("--columns", nargs="+", metavar="COLUMN", help=f"of: {', '.join(COLUMNS_BY_KEY)}")

    def handle(self, *args: object, **options: Any) -> None:
        if options["template"]:
            with translation.override(options["language"]):
                self.write(options["output"], write_template())
            return
        if options["format"] is None:
            raise CommandError("--format is missing: which format?", returncode=2)
        query = QueryDict(mutable=True)
        for name, sign, value in (pair.partition("=") for pair in options["filter"]):
            if name not in ActivityFilter.base_filters or not sign:
                known = ", ".join(ActivityFilter.base_filters)
                raise CommandError(f"--filter {name}: not known. Known: {known}.", returncode=2)
            query.appendlist(name, value)
        query.setdefault("status", ALL)
        query[DAY], query[LAW], query[SORT] = (options[name] or "" for name in ("as_at", "law", "sort"))
        format_ = EXPORT_FORMATS_BY_CODE[options["format"]]
        columns = REGISTER.default_columns if issubclass(format_, PaperFormat) else default_columns(options["format"])
        query.setlist(COLUMN, options["columns"] or columns)
        with translation.override(options["language"]), progress_bar():
            try:
                content = recorded(ListQuery(REGISTER, query), format_)
            except UnknownFilter as error:
                raise CommandError(str(error), returncode=2) from None
            except CellTooLong as error:
                message = f"line {error.line}, column {error.heading}: longer than an Excel cell can hold;"
                raise CommandError(f"{message} choose another --format, or leave it out of --columns.") from None
            except PaperNotWritten as error:
                raise CommandError(str(error)) from None
        self.write(options["output"], content)

    def write(self, output: Path | None, content: bytes) -> None:
        if output is None:
            sys.stdout.buffer.write(content)
            return
        try:
            output.write_bytes(content)
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}.") from None


def recorded(list_query: ListQuery, format_: type[RegisterFormat]) -> bytes:
    """Return the file, once its export is on record. Raises what the writers raise."""
    if issubclass(format_, PaperFormat):
        content, about = listed_paper(list_query, format_, WHO)
        with change_set(source=Source.EXPORT) as opened:
            opened.describe(**about)
            opened.write_row()
        return content
    with change_set(source=Source.EXPORT) as opened:
        opened.begin()  # so that all rows, and the digest in the file, are of one state
        with list_query.state() as shown:
            selection = list_query.selection(shown, WHO)
            content = format_().write(selection)
            opened.describe(**register_export_details(format_.code, selection, content))
        opened.write_row()
        return content
