"""The list of file formats, as subclasses of django-import-export's ``Format``: name, reader and writer of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from import_export.formats.base_formats import Format

from registry.files import sandbox
from registry.files.columns import DOCUMENT_COLUMNS, columns_by_heading
from registry.files.export import Selection, register_table, rendered_document
from registry.files.formats.csv import separated_writer
from registry.files.formats.json import write_json
from registry.files.formats.ods_writing import write_ods
from registry.files.formats.table import Table
from registry.files.formats.xlsx_writing import write_xlsx
from registry.files.import_content import ImportContent
from registry.files.import_rows import import_content

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class RegisterFormat(Format):  # type: ignore[misc]
    """A format of files that the register is read from and written to.

    ``read()`` and ``write()`` take the place of datasets, which have no line numbers and hold all rows in memory.
    """

    code = ""
    title: StrOrPromise = ""
    extension = ""
    content_type = "application/octet-stream"

    #: Whether a file may contain several sheets, one of which is the register.
    has_sheets = False

    def read(self, data: bytes, sheet: str = "") -> ImportContent:
        """Return the content of a file. Raises ``DocumentProblems``, or ``WhichSheet`` if a sheet has to be chosen."""
        columns = columns_by_heading()
        document_headings = [key for key, column in columns.items() if column in DOCUMENT_COLUMNS]
        with sandbox.read_in_sandbox(
            self.code, data, sheet=sheet, headings=list(columns), sheet_headings=document_headings
        ) as (content, marks):
            return import_content(content, marks)

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


class DocumentFormat(RegisterFormat):
    code, title, extension, content_type = "document", _("the document (text)"), "txt", "text/plain; charset=utf-8"

    def write(self, selection: Selection) -> bytes:
        return rendered_document(selection)


class TableFormat(RegisterFormat):
    """A format that is written as a table."""

    def write(self, selection: Selection) -> bytes:
        return self.write_table(register_table(selection))

    def write_table(self, table: Table) -> bytes:
        raise NotImplementedError


class XlsxFormat(TableFormat):
    code, title, extension = "xlsx", "Excel (xlsx)", "xlsx"
    content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    has_sheets = True

    def write(self, selection: Selection) -> bytes:
        return self.write_table(register_table(selection, offers_values=True))

    def write_table(self, table: Table) -> bytes:
        return write_xlsx(table)


class CsvFormat(TableFormat):
    code, title, extension, content_type = "csv", "CSV", "csv", "text/csv; charset=utf-8"

    def write_table(self, table: Table) -> bytes:
        return separated_writer(",")(table)


class TsvFormat(TableFormat):
    code, title, extension, content_type = "tsv", "TSV", "tsv", "text/tab-separated-values; charset=utf-8"

    def write_table(self, table: Table) -> bytes:
        return separated_writer("\t")(table)


class OdsFormat(TableFormat):
    code, title, extension = "ods", "OpenDocument (ods)", "ods"
    content_type = "application/vnd.oasis.opendocument.spreadsheet"
    has_sheets = True

    def write_table(self, table: Table) -> bytes:
        return write_ods(table)


class JsonFormat(TableFormat):
    code, title, extension, content_type = "json", "JSON", "json", "application/json"

    def write_table(self, table: Table) -> bytes:
        return write_json(table)


FORMATS: list[type[RegisterFormat]] = [XlsxFormat, DocumentFormat, CsvFormat, TsvFormat, OdsFormat, JsonFormat]
FORMATS_BY_CODE = {format_.code: format_ for format_ in FORMATS}


#: Other extensions of the files that people have. What a file is, its content tells when it is read.
OTHER_EXTENSIONS = {
    **dict.fromkeys(("xls", "xlsm", "xltx", "xlt", "xlsb", "htm", "html", "xml"), "xlsx"),
    **dict.fromkeys(("ots", "fods"), "ods"),
    **dict.fromkeys(("tab",), "tsv"),
    **dict.fromkeys(("md", "text"), "txt"),
}


def format_by_file_name(file_name: str) -> type[RegisterFormat] | None:
    """Return the format for the extension of a file name, or None."""
    extension = file_name.rpartition(".")[2].lower()
    extension = OTHER_EXTENSIONS.get(extension, extension)
    return next((format_ for format_ in FORMATS if format_.extension == extension), None)
