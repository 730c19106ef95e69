"""Verifying exported files: whether a file is unchanged, and which state of the register it shows."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from django.utils.translation import pgettext_lazy

from registry.core import languages
from registry.document import DocumentProblems
from registry.files.formats.sheets import ABOUT
from registry.files.formats.table import Table
from registry.files.sandbox import read_in_sandbox
from registry.history import stored
from registry.history.stored import DoesNotFit, NeverWritten
from registry.history.verify import prove
from registry.models import ChangeSet, Seal, Source

DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ExportOrigin:
    """Where a file comes from."""

    #: The change set that exported exactly this content, and whose seal fits.
    export: ChangeSet | None
    #: The digest of the state that the file shows, or claims to show; empty if it does not say.
    head: str
    #: The change set that led to this state, if the history has it.
    state: ChangeSet | None
    #: Why a change set that claims to have exported this content is not trusted.
    doubt: str = ""


def verify_export(content: bytes) -> ExportOrigin:
    """Return where a file comes from, by its content."""
    export, doubt = export_of(hashlib.sha256(content).hexdigest())
    head = claimed_head(content) if export is None else head_of_export(export)
    seal = Seal.objects.filter(digest=head).select_related("change_set").first() if head else None
    return ExportOrigin(export, head, seal.change_set if seal else None, doubt)


def export_of(digest: str) -> tuple[ChangeSet | None, str]:
    """Return the first change set that exported this content and whose seal fits, else why none is trusted.

    The details are compared in Python: if an object has a key twice, SQL may read the other value.
    """
    doubt = ""
    try:
        for row in stored.stored_rows(ChangeSet._base_manager.filter(source=Source.EXPORT), "id"):
            if isinstance(row["details"], dict) and row["details"].get("sha256") == digest:
                try:
                    return ChangeSet(**prove(row["id"])), ""
                except DoesNotFit as error:
                    doubt = doubt or str(error)
    except NeverWritten as error:
        return None, str(error)
    return None, doubt


def head_of_export(export: ChangeSet) -> str:
    """Return the head that an export shows: the one in its details, else that of the seal before its own."""
    state = export.details.get("state")
    return state if isinstance(state, str) and state else export.seal.previous


def claimed_head(content: bytes) -> str:
    """Return the digest on the sheet *About* of a workbook; empty if there is none."""
    for name in dict.fromkeys((ABOUT, *languages.spellings(pgettext_lazy("sheet", "About")))):
        try:
            with read_in_sandbox("xlsx", content, sheet=name) as (about, _marks):
                rows = [about.headings, *(cells for _line, cells in about.rows)] if isinstance(about, Table) else []
        except DocumentProblems:
            continue
        cells = [str(cell) for row in rows for cell in row]
        return next((cell for cell in cells if DIGEST.fullmatch(cell)), "")
    return ""
