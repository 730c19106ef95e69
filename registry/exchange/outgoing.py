"""The register on its way out: as a table with all columns, or as the document."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registry.document import HEADINGS, Document, Row, legal_ground, render
from registry.exchange.columns import DETAILS, Cell
from registry.exchange.progress import WRITING, counted
from registry.exchange.tables import Table
from registry.models import DocumentText, ProcessingActivity, Transfer, head_digest
from registry.text import text_key

#: How wide the document's own columns are, in characters.
WIDTHS = {"vendor": 28, "purpose": 34, "personal_data": 48, "country": 7, "legal_ground": 38}
CHUNK = 2000


@dataclass(frozen=True)
class Selection:
    """Which rows leave, and what the file says about itself."""

    activities: Any
    who: str = ""
    rows_shown: str = ""


def ground_of(activity: ProcessingActivity) -> str:
    basis = activity.legal_basis.label if activity.legal_basis else ""
    return legal_ground(basis, labels(activity))


def labels(activity: ProcessingActivity) -> list[str]:
    """The mechanisms as the document words them, each once: one may be relied on for several countries."""
    return each_once(transfer.label for transfer in activity.transfers.all())


def each_once(labels: Iterable[str]) -> list[str]:
    """The first spelling of each, in order."""
    first: dict[str, str] = {}
    for label in labels:
        first.setdefault(text_key(label), label)
    return list(first.values())


def as_table(selection: Selection) -> Table:
    swedish = (get_language() or "sv").startswith("sv")
    headings = [heading.sv if swedish else heading.en for heading in HEADINGS.values()]
    return Table(
        headings=[*headings, *(column.heading for column in DETAILS)],
        rows=table_rows(selection),
        widths=[*(WIDTHS[key] for key in HEADINGS), *(column.width for column in DETAILS)],
        title=_("Register"),
        about=list(about(selection)),
    )


def table_rows(selection: Selection) -> Iterator[tuple[int, list[Cell]]]:
    """Plain values, not models: making these would take longer than writing the file."""
    own = ("vendor__name", "purpose", "personal_data", "country", "legal_basis__label")
    values = selection.activities.select_related(None).prefetch_related(None)
    every = values.values_list("pk", *own, *(column.path for column in DETAILS)).iterator(chunk_size=CHUNK)
    words = [(place, column.kind.words()) for place, column in enumerate(DETAILS, start=len(own)) if column.kind.words]
    ground = len(own) - 1
    for rows in batched(enumerate(counted(WRITING, every), start=2), CHUNK):
        mechanisms = mechanisms_of([row[0] for _line, row in rows])
        for line, (activity, *cells) in rows:
            cells[ground] = legal_ground(cells[ground] or "", mechanisms.get(activity, ()))
            for place, word in words:
                cells[place] = word.get(cells[place], cells[place])
            yield line, cells


def mechanisms_of(activities: Sequence[int]) -> dict[int, list[str]]:
    """By activity, as the document words them."""
    found: dict[int, list[str]] = {}
    transfers = Transfer.objects.filter(activity__in=activities).order_by("activity_id", "position", "id")
    for activity, wording, label in transfers.values_list("activity_id", "wording", "mechanism__label"):
        found.setdefault(activity, []).append(wording or label)
    return {activity: each_once(labels) for activity, labels in found.items()}


def about(selection: Selection) -> Iterator[tuple[str, Cell]]:
    yield _("Register of processors"), DocumentText.load().title
    yield _("Exported by"), selection.who
    yield _("Exported at"), timezone.localtime().strftime("%Y-%m-%d %H:%M %Z")
    yield _("Rows shown"), selection.rows_shown or _("all")
    yield _("Number of rows"), selection.activities.count()
    yield _("Head of the history (digest)"), head_digest()


def as_document(selection: Selection) -> bytes:
    """What is in the register, in the document's order; drafts and what has ended stay out."""
    text = DocumentText.load()
    pages: list[list[Row]] = []
    for activity in selection.activities.in_register().as_document():
        if activity.starts_page or not pages:
            pages.append([])
        pages[-1].append(row_of(activity))
    return render(
        Document(
            title=text.title,
            dated=text.dated,
            heading=text.heading,
            introduction=text.introduction,
            closing=text.closing,
            pages=tuple(tuple(page) for page in pages),
        )
    )


def row_of(activity: ProcessingActivity) -> Row:
    return Row(
        vendor=activity.vendor.name,
        purpose=activity.purpose,
        personal_data=activity.personal_data,
        country=activity.country,
        legal_basis=activity.legal_basis.label if activity.legal_basis else "",
        mechanisms=tuple(labels(activity)),
    )


def exported(format_code: str, rows_shown: str, content: bytes) -> dict[str, str]:
    """What is on record about an export."""
    return {"format": format_code, "rows": rows_shown or "all", "sha256": hashlib.sha256(content).hexdigest()}
