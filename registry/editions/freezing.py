"""Freezing the register, or the rows and columns of a series, as the content of an edition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from django.db.models import Exists, OuterRef
from django.utils import translation

from registry.core.text import printable
from registry.document import Document, Row
from registry.editions.content import EditionColumn, EditionContent, EditionRow, Publisher
from registry.files.batches import BatchContext
from registry.files.columns import COLUMNS_BY_KEY, Column
from registry.files.export import document_rows, table_rows
from registry.files.formats.cells import as_text
from registry.findings.findings import open_rules
from registry.findings.rules import Severity
from registry.law.transfers import Law
from registry.models import DocumentText, Organisation, ProcessingActivity, Vendor, law_on
from registry.models.activities import ActivityQuerySet
from registry.models.document_texts import DOCUMENT_COLUMN_KEYS

#: Columns that say what the register thinks of itself, and are in no edition.
INTERNAL = frozenset({"finding_count", "findings", "position", "starts_page", "notes", "vendor_notes", "vendor_owner"})
PUBLISHABLE = tuple(key for key in COLUMNS_BY_KEY if key not in INTERNAL)


def freeze(
    series: DocumentText,
    activities: ActivityQuerySet,
    *,
    number: int,
    day: date,
    selection: str = "",
    head: str = "",
    address: str = "",
) -> EditionContent:
    """Return the content of an edition: the activities that are in the register, in the order of the document.

    ``selection`` says which rows these are; empty: all. Verdicts are those of the day. The number of queries does not
    grow with the rows.
    """
    rows = activities.in_register().as_document()
    columns = [COLUMNS_BY_KEY[key] for key in series.column_keys]
    with translation.override(series.language):
        return EditionContent(
            series=str(series),
            slug=series.slug,
            number=number,
            day=day,
            language=series.language,
            title=printable(series.title),
            heading=printable(series.heading),
            introduction=printable(series.introduction),
            closing=printable(series.closing),
            publisher=publisher(),
            columns=[EditionColumn(column.key, column.heading) for column in columns],
            rows=list(frozen_rows(rows, columns, law_on(day))),
            selection=selection,
            vendors_without_activity=[] if selection else vendors_without_row(),
            head=head,
            address=address,
        )


def publisher() -> Publisher:
    organisation = Organisation.load()
    texts = (organisation.name, organisation.registration_number, organisation.contact)
    return Publisher(*map(printable, texts))


def frozen_rows(activities: ActivityQuerySet, columns: Iterable[Column], law: Law) -> Iterator[EditionRow]:
    columns = list(columns)
    as_document = {column.key for column in columns} >= set(DOCUMENT_COLUMN_KEYS)
    cells_of_rows = table_rows(activities, columns, BatchContext(law))
    for (key, cells), (starts_page, row) in zip(cells_of_rows, document_rows(activities), strict=True):
        texts = [printable(as_text(cell)) for cell in cells]
        yield EditionRow(texts, key, texts_of_row(row) if as_document else [], as_document and starts_page)


def texts_of_row(row: Row) -> list[str]:
    return [row.vendor, row.purpose, row.personal_data, row.country, row.legal_basis, *row.mechanisms]


def vendors_without_row() -> list[str]:
    """Return the names of the vendors in use that no row of the register is about."""
    activities = ProcessingActivity.objects.in_register().filter(vendor=OuterRef("pk"))
    vendors = Vendor.objects.active().filter(~Exists(activities))
    return [printable(name) for name in vendors.order_by("name_key").values_list("name", flat=True)]


def content_published_elsewhere(document: Document, series: DocumentText, *, number: int, day: date) -> EditionContent:
    """Return the content of an edition that was published elsewhere as a document. Rows are found in the register."""
    known = {
        (vendor, purpose): key
        for key, vendor, purpose in ProcessingActivity.objects.order_by().values_list("pk", "vendor__name", "purpose")
    }
    columns = [COLUMNS_BY_KEY[key] for key in DOCUMENT_COLUMN_KEYS]
    with translation.override(series.language):
        return EditionContent(
            series=str(series),
            slug=series.slug,
            number=number,
            day=day,
            language=series.language,
            title=document.title,
            heading=document.heading,
            introduction=document.introduction,
            closing=document.closing,
            columns=[EditionColumn(column.key, column.heading) for column in columns],
            rows=[
                EditionRow(
                    [row.vendor, row.purpose, row.personal_data, row.country, row.legal_ground],
                    known.get((row.vendor, row.purpose)),
                    texts_of_row(row),
                    place == 0,
                )
                for page in document.pages
                for place, row in enumerate(page)
            ],
        )


def high_findings(activities: ActivityQuerySet, on: date) -> dict[str, list[int]]:
    """Return the keys of the entries of an edition that violate a high rule, by its code, without accepted ones."""
    rows = dict(activities.in_register().order_by().values_list("pk", "vendor_id"))
    law = law_on(on)
    found: dict[str, list[int]] = {}
    for model, keys in ((ProcessingActivity, rows), (Vendor, sorted(set(rows.values())))):
        for key, rules in open_rules(model, keys, law).items():
            for rule in rules:
                if rule.severity == Severity.HIGH:
                    found.setdefault(rule.code, []).append(key)
    return found
