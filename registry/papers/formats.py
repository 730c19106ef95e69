"""Papers among the formats that the register is exported in. They are written, and never read."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from registry.files.export import Selection, export_details
from registry.files.format_registry import FORMATS_BY_CODE, RegisterFormat
from registry.papers.content import Paper
from registry.papers.document_paper import document_paper
from registry.papers.register_paper import register_paper
from registry.papers.rendering import PAPER_FORMATS, write_paper


class PaperFormat(RegisterFormat):
    """The list as a paper. ``of_paper`` is the code of the kind of file."""

    of_paper = ""

    @classmethod
    def paper(cls, selection: Selection) -> Paper:
        return register_paper(selection)

    def write(self, selection: Selection) -> bytes:
        """Return the file. Raises ``PaperNotWritten``."""
        return write_paper(self.paper(selection), self.of_paper)

    def can_import(self) -> bool:
        return False


class DocumentPaperFormat(PaperFormat):
    """The document as a paper."""

    @classmethod
    def paper(cls, selection: Selection) -> Paper:
        return document_paper(selection)


class PdfFormat(PaperFormat):
    code, title, of_paper = "pdf", _("PDF (to print)"), "pdf"
    extension, content_type = PAPER_FORMATS["pdf"].extension, PAPER_FORMATS["pdf"].content_type


class WordFormat(PaperFormat):
    code, title, of_paper = "docx", "Word (docx)", "docx"
    extension, content_type = PAPER_FORMATS["docx"].extension, PAPER_FORMATS["docx"].content_type


class DocumentPdfFormat(DocumentPaperFormat):
    code, title, of_paper = "document-pdf", _("the document (PDF)"), "pdf"
    extension, content_type = PdfFormat.extension, PdfFormat.content_type


class DocumentWordFormat(DocumentPaperFormat):
    code, title, of_paper = "document-docx", _("the document (Word)"), "docx"
    extension, content_type = WordFormat.extension, WordFormat.content_type


LIST_PAPERS: list[type[PaperFormat]] = [PdfFormat, WordFormat]
DOCUMENT_PAPERS: list[type[PaperFormat]] = [DocumentPdfFormat, DocumentWordFormat]
EXPORT_FORMATS_BY_CODE: Mapping[str, type[RegisterFormat]] = {
    **FORMATS_BY_CODE,
    **{each.code: each for each in (*LIST_PAPERS, *DOCUMENT_PAPERS)},
}


def paper_export_details(format_code: str, selection: Selection, content: bytes) -> dict[str, str]:
    """Return what the change set records about a paper. Others may write while it is made: it states its state."""
    past = {} if selection.day is None else {"day": selection.day.isoformat()}
    return export_details(format_code, selection.rows_shown, content) | past | {"state": selection.state}
