"""Import and export beside django-import-export with django-simple-history, as their documentation sets them up."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import tablib
import xlsxwriter
from django.db import connection, transaction
from import_export import fields, resources
from import_export.widgets import ForeignKeyWidget

from registry.files.columns import DOCUMENT_COLUMNS
from registry.files.export import Selection, register_table
from registry.files.format_registry import FORMATS_BY_CODE
from registry.files.importing.planner import plan_import
from registry.history.recording import history_of
from registry.models import LegalBasis, ProcessingActivity, Transfer, Vendor, change_set
from tests.benchmarks.measuring import line, seconds
from tests.benchmarks.stock import models as stock

HEADINGS = ("Leverantör", "Orsak", "Uppgifter", "Land", "Laglig grund")


class Created(ForeignKeyWidget):
    """The documentation's widget for references that an import may make."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        return self.model.objects.get_or_create(**{self.field: value})[0] if value else None


class StockResource(resources.ModelResource):
    vendor = fields.Field(column_name="vendor", attribute="vendor", widget=Created(stock.Vendor, "name"))
    legal_basis = fields.Field(
        column_name="legal_basis", attribute="legal_basis", widget=Created(stock.LegalBasis, "label")
    )

    class Meta:
        model = stock.Activity
        import_id_fields = ("vendor", "purpose")
        fields = ("vendor", "purpose", "personal_data", "country", "legal_basis")
        skip_unchanged = True


class StockExport(resources.ModelResource):
    vendor = fields.Field(column_name="vendor", attribute="vendor__name")
    legal_basis = fields.Field(column_name="legal_basis", attribute="legal_basis__label")

    class Meta:
        model = stock.Activity


def once(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def file_of(count: int) -> bytes:
    rows = "".join(f"Company {n},Purpose {n},Name and address {n},SE,Agreement\n" for n in range(count))
    return (",".join(HEADINGS) + "\n" + rows).encode()


def ours(data: bytes) -> None:
    """Preview and confirmation, as the admin does them."""
    read = FORMATS_BY_CODE["csv"]().read
    plan_import(read(data))
    with change_set(source="import", reason="benchmark") as act:
        act.begin()
        plan_import(read(data)).apply()


def theirs(data: bytes) -> None:
    text = data.decode().replace(",".join(HEADINGS), "vendor,purpose,personal_data,country,legal_basis", 1)
    for dry_run in (True, False):
        dataset = tablib.Dataset().load(text, format="csv")
        StockResource().import_data(dataset, dry_run=dry_run, raise_errors=True, use_transactions=True)


def bare_inserts() -> float:
    """The same rows, data and history, into tables without constraints or indexes: less cannot be written."""
    written: list[type[Any]] = [Vendor, LegalBasis, ProcessingActivity, Transfer]
    tables = [model._meta.db_table for each in written for model in (each, history_of(each))]
    with connection.cursor() as cursor, transaction.atomic():
        held = []
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 - names of the schema
            held.append((table, cursor.fetchall(), len(cursor.description)))
        for table in tables:
            cursor.execute(f"CREATE TEMPORARY TABLE bare_{table} AS SELECT * FROM {table} WHERE 1 = 0")  # noqa: S608
        begun = time.perf_counter()
        for table, rows, width in held:
            cursor.executemany(f"INSERT INTO bare_{table} VALUES ({', '.join(['%s'] * width)})", rows)  # noqa: S608
        taken = time.perf_counter() - begun
        transaction.set_rollback(True)
    return taken


def bare_workbook(selection: Selection) -> Callable[[], None]:
    """The same cells with the same formats, from ready tuples, by XlsxWriter's own method for each type: its general
    ``write_row()`` takes longer, and twice as long where it writes blank cells too."""
    rows = [
        tuple((number, cell) for number, cell in enumerate(cells) if cell is not None and cell != "")
        for _line, cells in register_table(selection).rows
    ]

    def write() -> None:
        with xlsxwriter.Workbook(io.BytesIO(), {"constant_memory": True}) as workbook:
            sheet = workbook.add_worksheet()
            text = workbook.add_format({"text_wrap": True, "valign": "top"})
            day = workbook.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
            for line, cells in enumerate(rows):
                for number, cell in cells:
                    if isinstance(cell, str):
                        sheet.write_string(line, number, cell, text)
                    elif isinstance(cell, date):
                        sheet.write_datetime(line, number, cell, day)
                    else:
                        sheet.write_number(line, number, cell, text)

    return write


def main(count: int = 10_000) -> None:
    print(f"{connection.vendor}: {count} rows in and out (left: ours, right: the stock libraries, unless said)")
    data = file_of(count)
    first = once(lambda: ours(data))
    stock_first = once(lambda: theirs(data))
    print(line("import of new rows, preview and confirmation", first, stock_first, "at most 0.05"))
    print(line("the same beside the bare inserts", first, bare_inserts(), ""))
    again = once(lambda: ours(data))
    print(line("import of the unchanged file", again, once(lambda: theirs(data)), "at most 0.1"))
    selection = Selection(ProcessingActivity.objects.filter(vendor__name__startswith="Company").order_by("position"))
    write = FORMATS_BY_CODE["xlsx"]().write
    same_columns = replace(selection, columns=DOCUMENT_COLUMNS)
    stock_rows = stock.Activity.objects.select_related("vendor", "legal_basis")
    stock_xlsx = seconds(lambda: StockExport().export(stock_rows).export("xlsx"), 3)
    print(line("export to xlsx, the same columns", seconds(lambda: write(same_columns), 3), stock_xlsx, "at most 0.25"))
    whole = seconds(lambda: write(selection), 3)
    print(line("export to xlsx, all columns beside the stock's", whole, stock_xlsx, ""))
    print(
        line(
            "the same beside bare XlsxWriter on ready tuples",
            whole,
            seconds(bare_workbook(selection), 3),
            "at most 1.3",
        )
    )
