"""Exporting the register: as a table with selected columns, or as the document."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import batched, chain
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from registry.core.progress import WRITING, with_progress
from registry.core.text import printable
from registry.document import Document, Row, legal_ground, render
from registry.files.batches import BATCH_TYPES, Batch, BatchContext, unique_labels
from registry.files.columns import KEY_COLUMN, STORED_COLUMNS, WITHOUT_ACTIVITY, Column
from registry.files.formats.cells import Cell
from registry.files.formats.table import Table
from registry.files.offered_values import offered_values, owners_in_register
from registry.files.row_keys import SHOWN, TOKEN, WHOLE
from registry.history.seals import digest_after
from registry.history.time_travel import newest_change_set
from registry.law.transfers import Law
from registry.models import DocumentText, ProcessingActivity, Vendor, head_digest
from registry.models.activities import ActivityQuerySet
from registry.models.vendors import VendorQuerySet

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

BATCH_SIZE = 2000
REGISTER_TITLE = gettext_lazy("Register")
DOCUMENT_PATHS = ("vendor__name", "purpose", "personal_data", "country", "legal_basis__label")


@dataclass(frozen=True)
class Selection:
    """Which rows and columns are exported, and what the file says about itself."""

    entries: ActivityQuerySet | VendorQuerySet
    who: str = ""
    rows_shown: str = ""
    columns: Sequence[Column] = STORED_COLUMNS
    #: The law for verdicts and findings; None for that of today.
    law: Law | None = None
    #: The day whose state is shown, and the key of the last change set by then; None for the present state.
    day: date | None = None
    change_set: int | None = None
    #: What the table is called, translated when it is written.
    title: StrOrPromise = REGISTER_TITLE
    #: Marks the rows, so that a file that comes back can be compared with this state; empty: without.
    token: str = ""
    #: Whether the rows are all activities in the register.
    whole: bool = False

    @property
    def shown(self) -> int:
        """Return the newest change set that the rows show."""
        return self.change_set or newest_change_set()

    @property
    def state(self) -> str:
        """Return the digest of the head of the history that the rows show."""
        return head_digest() if self.change_set is None else digest_after(self.change_set)


def mechanism_labels(activity: ProcessingActivity) -> list[str]:
    """Return the mechanisms of an activity as the document words them."""
    return unique_labels(transfer.label for transfer in activity.transfers.all())


def legal_ground_of(activity: ProcessingActivity) -> str:
    return legal_ground(activity.legal_basis.label if activity.legal_basis else "", mechanism_labels(activity))


def register_table(selection: Selection, *, offers_values: bool = False) -> Table:
    """Return the table of the selection. ``offers_values``: with what may stand in its cells."""
    columns = [*selection.columns, KEY_COLUMN] if selection.token else selection.columns
    return Table(
        headings=[column.heading for column in columns],
        rows=numbered_rows(selection, columns),
        widths=[column.width for column in columns],
        hidden=[place for place, column in enumerate(columns) if column is KEY_COLUMN],
        title=str(selection.title),
        about=[*about_export(selection), *about_vendors_without_activity(selection)],
        choices=dict(offered_values(columns, owners_in_register())) if offers_values else {},
        about_title=pgettext("sheet", "About"),
        rows_shown=selection.rows_shown,
    )


def numbered_rows(selection: Selection, columns: Sequence[Column]) -> Iterator[tuple[int, list[Cell]]]:
    rows = table_rows(selection.entries, columns, BatchContext(selection.law, selection.token))
    return enumerate(chain((cells for _entry, cells in rows), open_rows(selection, columns)), start=2)


def open_rows(selection: Selection, columns: Sequence[Column]) -> Iterator[list[Cell]]:
    """Yield a row for each vendor without an activity, which says so where the purpose stands. Imports pass over it."""
    if selection.whole:
        for name in vendors_without_activity():
            texts: dict[str, Cell] = {"vendor": name, "purpose": str(WITHOUT_ACTIVITY)}
            yield [texts.get(column.key) for column in columns]


def table_rows(
    entries: ActivityQuerySet | VendorQuerySet, columns: Sequence[Column], context: BatchContext
) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the key and the cells of each activity or vendor; the columns are those of that kind of entry."""
    batch_type = BATCH_TYPES[entries.model]
    labels = [(index, column.type.labels()) for index, column in enumerate(columns) if column.type.labels]
    computed = [(index, column.compute) for index, column in enumerate(columns) if column.compute is not None]
    for rows in in_batches(entries, batch_type.vendor_path, *(column.path for column in columns)):
        batch = batch_type(context, [entry for entry, *_rest in rows], (vendor for _e, vendor, *_rest in rows))
        for entry, _vendor, *cells in rows:
            for index, label_of in labels:
                cells[index] = label_of.get(cells[index], cells[index])
            for index, compute in computed:
                cells[index] = compute(batch, entry, cells[index])
            yield entry, cells


def in_batches(entries: ActivityQuerySet | VendorQuerySet, *paths: str) -> Iterator[list[tuple[Any, ...]]]:
    """Yield batches of rows, each the key and the values at the lookups, in the order of the entries.

    Only the keys are read at once: psycopg fetches whole results.
    """
    keys = list(entries.select_related(None).prefetch_related(None).values_list("pk", flat=True))
    for batch in batched(with_progress(WRITING, keys, len(keys)), BATCH_SIZE):
        rows = entries.model._default_manager.filter(pk__among=batch).values_list("pk", *paths)
        by_key = {values[0]: values for values in rows}
        yield [by_key[key] for key in batch if key in by_key]


def about_export(selection: Selection) -> Iterator[tuple[str, Cell]]:
    yield _("Register of processors"), DocumentText.load().title
    yield _("Exported by"), selection.who
    yield _("Exported at"), timezone.localtime().strftime("%Y-%m-%d %H:%M %Z")
    yield _("Rows shown"), selection.rows_shown or _("all")
    yield _("Number of rows"), selection.entries.count()
    if selection.day is not None:
        yield _("As at the end of"), selection.day
    if selection.law is not None:
        yield _("By the law of"), selection.law.on
    yield _("Head of the history (digest)"), selection.state


def about_vendors_without_activity(selection: Selection) -> Iterator[tuple[str, Cell]]:
    """Yield the vendors that no row of the whole register can show."""
    if selection.whole:
        for name in vendors_without_activity():
            yield _("Vendor without an activity: an open question"), name


def vendors_without_activity() -> Iterator[str]:
    names = Vendor.objects.without_activity().order_by("name_key").values_list("name", flat=True)
    return names.iterator(chunk_size=BATCH_SIZE)


def rendered_document(selection: Selection) -> bytes:
    return render(exported_document(selection), repeated_rows=True)


def exported_document(selection: Selection) -> Document:
    """Return the document: the activities in the register, in their order, without drafts and ended ones."""
    text = DocumentText.load()
    pages: list[list[Row]] = []
    activities: Any = selection.entries
    for starts_page, row in document_rows(activities.in_register().as_document()):
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
    marks = {TOKEN: selection.token, SHOWN: str(selection.shown), WHOLE: "yes" if selection.whole else "no"}
    return export_details(format_code, selection.rows_shown, content) | past | (marks if selection.token else {})
