"""Exporting the register: as a table with selected columns, or as the document."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import batched
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from registry.core.progress import WRITING, with_progress
from registry.core.text import printable
from registry.document import Document, Row, legal_ground, render
from registry.files.batches import Batch, BatchContext, unique_labels
from registry.files.columns import STORED_COLUMNS, Column
from registry.files.formats.cells import Cell
from registry.files.formats.table import Table
from registry.history.seals import digest_after
from registry.law.transfers import Law
from registry.models import DocumentText, ProcessingActivity, head_digest
from registry.models.activities import ActivityQuerySet

BATCH_SIZE = 2000
DOCUMENT_PATHS = ("vendor__name", "purpose", "personal_data", "country", "legal_basis__label")


@dataclass(frozen=True)
class Selection:
    """Which rows and columns are exported, and what the file says about itself."""

    activities: ActivityQuerySet
    who: str = ""
    rows_shown: str = ""
    columns: Sequence[Column] = STORED_COLUMNS
    #: The law for verdicts and findings; None for that of today.

    law: Law | None = None
    #: The day whose state is shown, and the key of the last change set by then; None for the present state.
    day: date | None = None
    change_set: int | None = None

    @property
    def state(self) -> str:
        """Return the digest of the head of the history that the rows show."""
        return head_digest() if self.change_set is None else digest_after(self.change_set)


def mechanism_labels(activity: ProcessingActivity) -> list[str]:
    """Return the mechanisms of an activity as the document words them."""
    return unique_labels(transfer.label for transfer in activity.transfers.all())


def legal_ground_of(activity: ProcessingActivity) -> str:
    return legal_ground(activity.legal_basis.label if activity.legal_basis else "", mechanism_labels(activity))


def register_table(selection: Selection) -> Table:
    return Table(
        headings=[column.heading for column in selection.columns],
        rows=numbered_rows(selection),
        widths=[column.width for column in selection.columns],
        title=_("Register"),
        about=list(about_export(selection)),
    )


def numbered_rows(selection: Selection) -> Iterator[tuple[int, list[Cell]]]:
    cells = (
        cells
        for _activity, cells in register_rows(selection.activities, selection.columns, BatchContext(selection.law))
    )
    return enumerate(cells, start=2)


def register_rows(
    activities: ActivityQuerySet, columns: Sequence[Column], context: BatchContext
) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the key and the cells of each activity."""
    labels = [(index, column.type.labels()) for index, column in enumerate(columns) if column.type.labels]
    computed = [(index, column.compute) for index, column in enumerate(columns) if column.compute is not None]
    for rows in in_batches(activities, "vendor_id", *(column.path for column in columns)):
        batch = Batch(context, [activity for activity, *_rest in rows], (vendor for _a, vendor, *_rest in rows))
        for activity, _vendor, *cells in rows:
            for index, label_of in labels:
                cells[index] = label_of.get(cells[index], cells[index])
            for index, compute in computed:
                cells[index] = compute(batch, activity, cells[index])
            yield activity, cells


def in_batches(activities: ActivityQuerySet, *paths: str) -> Iterator[list[tuple[Any, ...]]]:
    """Yield batches of rows, each the key and the values at the lookups, in the order of the activities.

    Only the keys are read at once: psycopg fetches whole results.
    """
    keys = list(activities.select_related(None).prefetch_related(None).values_list("pk", flat=True))
    for batch in batched(with_progress(WRITING, keys, len(keys)), BATCH_SIZE):
        rows = ProcessingActivity.objects.filter(pk__among=batch).values_list("pk", *paths)
        by_key = {values[0]: values for values in rows}
        yield [by_key[key] for key in batch if key in by_key]


def about_export(selection: Selection) -> Iterator[tuple[str, Cell]]:
    yield _("Register of processors"), DocumentText.load().title
    yield _("Exported by"), selection.who
    yield _("Exported at"), timezone.localtime().strftime("%Y-%m-%d %H:%M %Z")
    yield _("Rows shown"), selection.rows_shown or _("all")
    yield _("Number of rows"), selection.activities.count()
    if selection.day is not None:
        yield _("As at the end of"), selection.day
    if selection.law is not None:
        yield _("By the law of"), selection.law.on
    yield _("Head of the history (digest)"), selection.state


def rendered_document(selection: Selection) -> bytes:
    return render(exported_document(selection), repeated_rows=True)


def exported_document(selection: Selection) -> Document:
    """Return the document: the activities in the register, in their order, without drafts and ended ones."""
    text = DocumentText.load()
    pages: list[list[Row]] = []
    for starts_page, row in document_rows(selection.activities.in_register().as_document()):
        if starts_page or not pages:
            pages.append([])
        pages[-1].append(row)
    return Document(
        title=printable(text.title),
        dated=text.dated,
        heading=printable(text.heading),
        introduction=printable(text.introduction),
        closing=printable(text.closing),
        pages=tuple(tuple(page) for page in pages),
    )


def document_rows(activities: ActivityQuerySet) -> Iterator[tuple[bool, Row]]:
    """Yield the rows of the document, each with whether a page starts there."""
    context = BatchContext()
    for rows in in_batches(activities, "starts_page", *DOCUMENT_PATHS):
        batch = Batch(context, [activity for activity, *_rest in rows], ())
        for activity, starts_page, *texts in rows:
            yield starts_page, document_row(texts, batch.labels(activity))


def document_row(texts: Sequence[str | None], mechanisms: Iterable[str]) -> Row:
    """Return a row of the document from the values at ``DOCUMENT_PATHS``.

    Entries of release 1.0.0 may contain characters that texts cannot contain today: they are normalised.
    """
    vendor, purpose, data, country, basis = (printable(text or "") for text in texts)
    return Row(vendor, purpose, data, country, basis, tuple(map(printable, mechanisms)))


def export_details(format_code: str, rows_shown: str, content: bytes) -> dict[str, str]:
    """Return what the change set records about an export."""
    return {"format": format_code, "rows": rows_shown or "all", "sha256": hashlib.sha256(content).hexdigest()}


def register_export_details(format_code: str, selection: Selection, content: bytes) -> dict[str, str]:
    """Return what the change set records about an export of the register, with the state if it is a past one."""
    past = {} if selection.day is None else {"day": selection.day.isoformat(), "state": selection.state}
    return export_details(format_code, selection.rows_shown, content) | past
