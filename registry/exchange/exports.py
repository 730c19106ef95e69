"""Whether a file is what the register exported, and which state of the register it shows."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from registry.document import DocumentProblems
from registry.exchange.sandbox import reading
from registry.exchange.sheets import ABOUT
from registry.exchange.tables import Table
from registry.models import ChangeSet, Seal, Source

DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Origin:
    """``export``: the act by which exactly this content left. ``head``: the state that the file shows, or says that it
    shows; ``state`` is the act that made it, where the history knows it."""

    export: ChangeSet | None
    head: str
    state: ChangeSet | None


def verified(content: bytes) -> Origin:
    digest = hashlib.sha256(content).hexdigest()
    exports = ChangeSet.objects.filter(source=Source.EXPORT, details__sha256=digest)
    export = exports.select_related("seal").order_by("pk").first()
    head = claimed_head(content) if export is None else export.details.get("state") or export.seal.previous
    seal = Seal.objects.filter(digest=head).select_related("change_set").first() if head else None
    return Origin(export, head, seal.change_set if seal else None)


def claimed_head(content: bytes) -> str:
    """What a workbook's sheet *About* says; empty where there is none."""
    try:
        with reading("xlsx", content, sheet=ABOUT) as about:
            rows = [about.headings, *(cells for _line, cells in about.rows)] if isinstance(about, Table) else []
    except DocumentProblems:
        return ""
    cells = [str(cell) for row in rows for cell in row]
    return next((cell for cell in cells if DIGEST.fullmatch(cell)), "")
