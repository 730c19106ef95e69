"""Whether a file is what the register exported, and which state of the register it shows."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

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
    """``export``: the act by which exactly this content left; its seal fits. ``head``: the state that the file shows,
    or says that it shows; ``state`` is the act that made it, where the history knows it. ``doubt``: why an act that
    says that this content left by it counts for nothing."""

    export: ChangeSet | None
    head: str
    state: ChangeSet | None
    doubt: str = ""


def verify_export(content: bytes) -> ExportOrigin:
    export, doubt = export_of(hashlib.sha256(content).hexdigest())
    head = claimed_head(content) if export is None else head_of_export(export)
    seal = Seal.objects.filter(digest=head).select_related("change_set").first() if head else None
    return ExportOrigin(export, head, seal.change_set if seal else None, doubt)


def export_of(digest: str) -> tuple[ChangeSet | None, str]:
    """The first act on record that exported this content and whose seal fits; else why those that say so do not count.

    The details are read in Python: of an object with a key twice, SQL may read the other value.
    """
    doubt = ""
    try:
        for row in stored.stored_rows(ChangeSet._base_manager.filter(source=Source.EXPORT), "id"):
            if isinstance(row["details"], dict) and row["details"].get("sha256") == digest:
                try:
                    return ChangeSet(**prove(row["id"])), ""
                except DoesNotFit as finding:
                    doubt = doubt or str(finding)
    except NeverWritten as finding:
        return None, str(finding)
    return None, doubt


def head_of_export(export: ChangeSet) -> str:
    """The head at the time of the export: as the act says, else that of the seal before its own."""
    said = export.details.get("state")
    return said if isinstance(said, str) and said else export.seal.previous


def claimed_head(content: bytes) -> str:
    """What a workbook's sheet *About* says; empty where there is none."""
    try:
        with read_in_sandbox("xlsx", content, sheet=ABOUT) as about:
            rows = [about.headings, *(cells for _line, cells in about.rows)] if isinstance(about, Table) else []
    except DocumentProblems:
        return ""
    cells = [str(cell) for row in rows for cell in row]
    return next((cell for cell in cells if DIGEST.fullmatch(cell)), "")
