"""Reading rows as stored, refusing any value in a form that the register does not write.

SQLite stores anything in any column, and SQL sorts and compares what is stored, not what Django reads from it: a day in
Arabic digits, a time with an offset, a JSON object with a repeated key. Whole columns of a page are checked at once,
which takes no longer than Django's own conversion.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from types import NoneType
from typing import Any

from django.db import connections, models
from django.db.models import F, Func
from django.db.models.expressions import Combinable

from registry.core.fields import AnyField
from registry.history.keyset import PAGE, beyond

StoredRow = dict[str, Any]
#: The values of a column in a page of rows.
StoredColumn = Sequence[Any]
#: Converts the stored values of a column into those that Django reads. Raises ``ValueError`` for a form never written.
ColumnReader = Callable[[StoredColumn], StoredColumn]


class DoesNotFit(Exception):
    """The first difference from what was sealed, in a sentence that names it."""


class NeverWritten(DoesNotFit):
    """A value in a form that the register never writes."""

    def __init__(self, table: str, key: object, column: str, value: object) -> None:
        text = repr(value)
        excerpt = text if len(text) <= 200 else f"{text[:200]}…"
        super().__init__(f"row {key} of {table}: {column} is {excerpt}, a form in which the register never writes it.")


def stored_rows(queryset: models.QuerySet[Any], *keys: str, without: Sequence[str] = ()) -> Iterator[StoredRow]:
    """Yield the rows of a query by column name, in the order of ``keys``, which together are unique.

    Raises ``NeverWritten``.
    """
    vendor = connections[queryset.db].vendor
    fields = [field for field in queryset.model._meta.concrete_fields if field.attname not in without]
    names, columns = [field.attname for field in fields], [field.column for field in fields]
    ordered = queryset.order_by(*keys)
    selected = unconverted(vendor, names)
    places = {key: names.index(key) for key in keys}
    page = list(ordered.values_list(selected)[:PAGE])
    while page:
        for values in zip(*read_columns(vendor, queryset.model, fields, page), strict=True):
            yield dict(zip(columns, values, strict=True))
        if len(page) < PAGE:
            return
        reached = {key: page[-1][place] for key, place in places.items()}
        page = list(ordered.filter(beyond(reached)).values_list(selected)[:PAGE])


def unconverted(vendor: str, names: Sequence[str]) -> Combinable:
    """Return the columns without conversion. SQLite converts by declared type; a plus sign in SQL hides the type.

    All of them are one expression, which Django resolves and compiles in half the time of one for each column.
    """
    sign = "+" if vendor == "sqlite" else ""
    columns = map(F, names)
    return Func(*columns, template=f"{sign}%(expressions)s", arg_joiner=f", {sign}", output_field=models.Field())


def read_columns(
    vendor: str, model: type[models.Model], fields: Sequence[Any], page: Sequence[StoredColumn]
) -> Iterator[StoredColumn]:
    """Yield the columns of a page of stored rows as Django reads them. Raises ``NeverWritten``."""
    for field, column in zip(fields, zip(*page, strict=True), strict=True):
        reader = column_reader(vendor, field)
        try:
            yield reader(column)
        except ValueError:
            place = next(place for place, value in enumerate(column) if not is_readable(reader, value))
            key = page[place][[other.attname for other in fields].index(model._meta.pk.attname)]
            raise NeverWritten(model._meta.db_table, key, field.column, column[place]) from None


def is_readable(reader: ColumnReader, value: object) -> bool:
    try:
        reader((value,))
    except ValueError:
        return False
    return True


def of_type(*types: type) -> ColumnReader:
    allowed = {*types, NoneType}

    def reader(column: StoredColumn) -> StoredColumn:
        if not allowed.issuperset(map(type, column)):
            raise ValueError
        return column

    return reader


integers = of_type(int)
texts_or_blobs = of_type(str)


def texts(column: StoredColumn) -> StoredColumn:
    if "\0" in "".join(filter(None, texts_or_blobs(column))):
        raise ValueError
    return column


def booleans(column: StoredColumn) -> StoredColumn:
    if not {0, 1, None}.issuperset(integers(column)):
        raise ValueError
    return [value if value is None else value == 1 for value in column]


def parsed_text(parse: Callable[[str], Any], write: Callable[[Any], str] | None = None) -> ColumnReader:
    """Return a reader that parses each different text once. ``write`` has to turn the result into the same text."""

    def reader(column: StoredColumn) -> StoredColumn:
        parsed: dict[str | None, Any] = {None: None}
        for text in set(texts(column)) - {None}:
            parsed[text] = parse(text)
            if write is not None and write(parsed[text]) != text:
                raise ValueError
        return [parsed[text] for text in column]

    return reader


def parse_datetime(text: str) -> datetime:
    """Parse a time as Django writes it on SQLite: in UTC, without an offset."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is not None:
        raise ValueError
    return time.replace(tzinfo=UTC)


def parse_json(text: str) -> object:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError from error


def bytes_of(column: StoredColumn) -> StoredColumn:
    return [value if value is None else bytes(value) for value in of_type(bytes, memoryview)(column)]


TEXT = ("CharField", "TextField", "SlugField", "GenericIPAddressField")
INTEGER = ("BigAutoField", "AutoField", "BigIntegerField", "PositiveIntegerField", "PositiveSmallIntegerField")
EVERYWHERE: dict[str, ColumnReader] = {
    **dict.fromkeys(TEXT, texts),
    **dict.fromkeys(INTEGER, integers),
    "BinaryField": bytes_of,
}
READERS: dict[str, dict[str, ColumnReader]] = {
    "sqlite": {
        **EVERYWHERE,
        "BooleanField": booleans,
        "DateField": parsed_text(date.fromisoformat, str),
        "DateTimeField": parsed_text(parse_datetime, lambda value: str(value.replace(tzinfo=None))),
        "JSONField": parsed_text(parse_json, json.dumps),
    },
    # Its column types have one form for each value.
    "postgresql": {
        **EVERYWHERE,
        "BooleanField": of_type(bool),
        "DateField": of_type(date),
        "DateTimeField": of_type(datetime),
        "JSONField": parsed_text(parse_json),
    },
}


def column_reader(vendor: str, field: AnyField) -> ColumnReader:
    """Return the reader for a column. Raises ``KeyError`` for a type of field that no covered table has."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return READERS[vendor][field.get_internal_type()]
