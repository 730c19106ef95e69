"""The formats, as django-import-export offers them: what a file is called, how it is read, how it is written."""

from __future__ import annotations

from typing import Any

import tablib
from django.utils.translation import gettext_lazy as _
from import_export.formats.base_formats import Format

from registry.files import sandbox
from registry.files.columns import DOCUMENT_COLUMNS, columns_by_heading
from registry.files.export import Selection, register_table, rendered_document
from registry.files.formats.csv import separated_writer
from registry.files.formats.json import write_json
from registry.files.formats.ods import write_ods
from registry.files.formats.xlsx_writing import write_xlsx
from registry.files.import_rows import ImportContent, import_content


class RegisterFormat(Format):  # type: ignore[misc]
    """Bytes to what they say about the register, and back."""

    code = ""
    title: Any = ""
    extension = ""
    content_type = "application/octet-stream"

    #: A file may hold several sheets, of which one is the register.
    has_sheets = False

    def read(self, data: bytes, sheet: str = "") -> ImportContent:
        """Raises ``DocumentProblems``; ``WhichSheet`` where the sheet has to be named."""
        headings = [
            key for key, column in columns_by_heading().items() if column in DOCUMENT_COLUMNS or not self.has_sheets
        ]
        with sandbox.read_in_sandbox(self.code, data, sheet=sheet, headings=headings) as content:
            return import_content(content)

    def write(self, selection: Selection) -> bytes:
        raise NotImplementedError

    def get_title(self) -> str:
        return str(self.title)

    def get_extension(self) -> str:
        return self.extension

    def get_content_type(self) -> str:
        return self.content_type

    def can_import(self) -> bool:
        return True

    def can_export(self) -> bool:
        return True

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        raise NotImplementedError("Files are read by read(): a dataset knows no lines.")

    def export_data(self, dataset: Any, **kwargs: Any) -> bytes:
        raise NotImplementedError("Files are written by write().")


class DocumentFormat(RegisterFormat):
    code, title, extension, content_type = "document", _("the document (text)"), "txt", "text/plain; charset=utf-8"

    def write(self, selection: Selection) -> bytes:
        return rendered_document(selection)


class TableFormat(RegisterFormat):
    writer: Any

    def write(self, selection: Selection) -> bytes:
        written: bytes = type(self).writer(register_table(selection))
        return written


class XlsxFormat(TableFormat):
    code, title, extension = "xlsx", "Excel (xlsx)", "xlsx"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    has_sheets = True
    writer = staticmethod(write_xlsx)


class CsvFormat(TableFormat):
    code, title, extension, content_type = "csv", "CSV", "csv", "text/csv; charset=utf-8"
    writer = staticmethod(separated_writer(","))


class TsvFormat(TableFormat):
    code, title, extension, content_type = "tsv", "TSV", "tsv", "text/tab-separated-values; charset=utf-8"
    writer = staticmethod(separated_writer("\t"))


class OdsFormat(TableFormat):
    code, title, extension = "ods", "OpenDocument (ods)", "ods"
    content_type = "application/vnd.oasis.opendocument.spreadsheet"
    has_sheets = True
    writer = staticmethod(write_ods)


class JsonFormat(TableFormat):
    code, title, extension, content_type = "json", "JSON", "json", "application/json"
    writer = staticmethod(write_json)


FORMATS: list[type[RegisterFormat]] = [XlsxFormat, DocumentFormat, CsvFormat, TsvFormat, OdsFormat, JsonFormat]
FORMATS_BY_CODE = {format_.code: format_ for format_ in FORMATS}


def format_by_file_name(file_name: str) -> type[RegisterFormat] | None:
    """The format that a file's name speaks of."""
    extension = file_name.rpartition(".")[2].lower()
    return next((format_ for format_ in FORMATS if format_.extension == extension), None)
