"""The names of the files of an edition, and what they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

INDEX = "index.html"
HTML = "text/html; charset=utf-8"
JSON = "application/json"
ATOM = "application/atom+xml; charset=utf-8"


@dataclass(frozen=True)
class FileType:
    title: StrPromise | str
    extension: str
    content_type: str


#: By the code of the form, in the order in which pages list them.
FILE_TYPES: Mapping[str, FileType] = {
    "html": FileType(_("Web page"), "html", HTML),
    "document": FileType(_("Text in the form of the document"), "txt", "text/plain"),
    "pdf": FileType("PDF", "pdf", "application/pdf"),
    "docx": FileType(
        "Word", "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ),
    "xlsx": FileType("Excel", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "json": FileType("JSON", "json", JSON),
    "jsonld": FileType(_("JSON-LD (Data Privacy Vocabulary)"), "jsonld", "application/ld+json"),
}  # fmt: skip


def file_name(slug: str, number: int, form: str) -> str:
    """Return the name of a file in the folder of its edition."""
    return INDEX if form == "html" else f"{slug}-{number}.{FILE_TYPES[form].extension}"
