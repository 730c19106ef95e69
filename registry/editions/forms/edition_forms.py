"""The forms of an edition. Each is made of the content alone: the same content gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps

from django.utils import translation
from django.utils.translation import gettext as _

from registry.document import render
from registry.editions.content import EditionContent
from registry.editions.forms.file_types import FILE_TYPES, FileType, name_of_file
from registry.editions.forms.linked_data import edition_jsonld
from registry.editions.forms.page import edition_html
from registry.editions.forms.paper import edition_docx, edition_pdf
from registry.editions.forms.workbook import edition_workbook
from registry.papers.rendering import PaperNotWritten

type Writer = Callable[[EditionContent], bytes | None]


@dataclass(frozen=True)
class EditionForm(FileType):
    """A form. ``write`` returns the file, None where an edition has no such form; raises ``PaperNotWritten``."""

    write: Writer


def in_its_language(write: Writer) -> Writer:
    """Return a writer whose own words are in the language of the edition."""

    @wraps(write)
    def written(content: EditionContent) -> bytes | None:
        with translation.override(content.language):
            return write(content)

    return written


def edition_document(content: EditionContent) -> bytes | None:
    """Return the edition in the form of the original document, None where it lacks columns of it."""
    document = content.document
    if document is None:
        return None
    try:
        return render(document, repeated_rows=True)
    except ValueError as error:
        reason = _("The edition cannot be written in the form of the document (%(reason)s).")
        raise PaperNotWritten(reason % {"reason": str(error)[:500]}) from error


def edition_json(content: EditionContent) -> bytes:
    return content.json


WRITERS: Mapping[str, Writer] = {
    "html": edition_html,
    "document": edition_document,
    "pdf": edition_pdf,
    "docx": edition_docx,
    "xlsx": edition_workbook,
    "json": edition_json,
    "jsonld": edition_jsonld,
}
#: In the order in which they are listed.
FORMS: Mapping[str, EditionForm] = {
    code: EditionForm(each.code, each.title, each.extension, each.content_type, in_its_language(WRITERS[code]))
    for code, each in FILE_TYPES.items()
}


def file_name(edition: EditionContent | tuple[str, int], form: FileType) -> str:
    """Return the name of a file within the folder of an edition, which is given as content or as slug and number."""
    slug, number = edition if isinstance(edition, tuple) else (edition.slug, edition.number)
    return name_of_file(slug, number, form.code)


def write_files(content: EditionContent) -> dict[str, bytes]:
    """Return the files of an edition by the codes of their forms. Raises ``PaperNotWritten``."""
    written = {form.code: form.write(content) for form in FORMS.values()}
    return {code: file for code, file in written.items() if file is not None}
