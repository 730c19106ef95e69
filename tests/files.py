"""Files of each format, made by other programs or as they would make them."""

import io
import json
from pathlib import Path

import openpyxl
from odf import table as odf
from odf.opendocument import OpenDocumentSpreadsheet
from odf.text import P

from registry.files.columns import columns_by_heading
from registry.files.import_rows import import_content
from registry.files.sandbox_process import READERS

HEADINGS = ["Leverantör", "Orsak", "Uppgifter", "Land", "Laglig grund"]


ROW = ["Apsis", "Nyhetsbrev", "E-postadress", "SE", "Samtycke"]


def xlsx(*rows, sheets=None, change=lambda book: None):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in (sheets or {"Register": rows or [HEADINGS, ROW]}).items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    change(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def ods(*rows, sheets=None):
    document = OpenDocumentSpreadsheet()
    for name, lines in (sheets or {"Register": rows or [HEADINGS, ROW]}).items():
        sheet = odf.Table(name=name)
        for line in lines:
            row = odf.TableRow()
            for cell in line:
                row.addElement(cell if hasattr(cell, "qname") else ods_text(cell))
            sheet.addElement(row)
        document.spreadsheet.addElement(sheet)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def ods_text(text):
    cell = odf.TableCell(valuetype="string")
    cell.addElement(P(text=text))
    return cell


def csv(*rows, separator=",", encoding="utf-8"):
    return "".join(separator.join(row) + "\r\n" for row in rows or [HEADINGS, ROW]).encode(encoding)


def json_file(*entries):
    return json.dumps([dict(zip(HEADINGS, ROW, strict=True)), *entries]).encode()


def reading(code, content, sheet=""):
    """As the sandbox reads, but in this process: tests/unit/test_sandbox.py goes through its door."""
    ask = {"sheet": sheet, "headings": columns_by_heading(), "sheet_headings": []}
    return import_content(READERS[code](content, ask))


REAL = {
    "xlsx": xlsx(),
    "ods": ods(),
    "xls": (Path(__file__).parent / "cases/files/register.xls").read_bytes(),
    "csv": csv(),
    "tsv": csv(separator="\t"),
    "json": json_file(),
    "document": csv(separator="\t"),
}
