"""The kinds of files that an edition is published as, and their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from registry.papers.rendering import PAPER_FORMATS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class FileType:
    code: str
    title: StrOrPromise
    extension: str
    content_type: str


FILE_TYPES: Mapping[str, FileType] = {
    each.code: each
    for each in (
        FileType("html", _("Web page"), "html", "text/html; charset=utf-8"),
        FileType("document", _("The document (text)"), "txt", "text/plain; charset=utf-8"),
        FileType("pdf", "PDF", "pdf", PAPER_FORMATS["pdf"].content_type),
        FileType("docx", "Word (docx)", "docx", PAPER_FORMATS["docx"].content_type),
        FileType("xlsx", "Excel (xlsx)", "xlsx", XLSX),
        FileType("json", "JSON", "json", "application/json"),
        FileType("jsonld", _("JSON-LD (Data Privacy Vocabulary)"), "jsonld", "application/ld+json"),
    )
}


def name_of_file(slug: str, number: int, code: str) -> str:
    """Return the name of a file of an edition within the folder of the edition."""
    return "index.html" if code == "html" else f"{slug}-{number}.{FILE_TYPES[code].extension}"
