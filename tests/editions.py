"""Editions for tests: contents, and published editions with files made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from registry.editions.content import EditionColumn, EditionContent, EditionRow, Publisher
from registry.models import DocumentText, Edition, EditionFile
from tests.factories import recorded

COLUMNS = (
    EditionColumn("vendor", "Leverantör"),
    EditionColumn("purpose", "Ändamål"),
    EditionColumn("personal_data", "Uppgifter"),
    EditionColumn("country", "Land"),
    EditionColumn("legal_ground", "Laglig grund"),
)
STYLE = "body { color: #111 }"


def row(*cells: str, activity: int | None = None) -> EditionRow:
    return EditionRow(cells=(*cells, *[""] * (5 - len(cells))), activity=activity)


def content(*rows: EditionRow, **values: Any) -> EditionContent:
    plain: dict[str, Any] = {
        "series": "För kunder",
        "slug": "for-kunder",
        "number": 1,
        "day": date(2026, 1, 1),
        "language": "sv",
        "title": "Biträden",
        "columns": COLUMNS,
        "publisher": Publisher("Exempel AB"),
    }
    return EditionContent(rows=rows, **{**plain, **values})


def make_series(name: str = "För kunder", **values: Any) -> DocumentText:
    with recorded():
        return DocumentText.objects.create(**{"name": name, "title": "Biträden", "is_public": True, **values})


def publish(series: DocumentText, number: int, day: date, rows: Sequence[EditionRow] = (), **values: Any) -> Edition:
    """Publish an edition on its day, with the forms html, pdf and json."""
    text = content(*rows, series=str(series), slug=series.slug, number=number, day=day, language=series.language)
    page = f"<!DOCTYPE html><html lang=sv><style>{STYLE}</style><title>{number}</title><h1>{series} {number}</h1>"
    files = {"html": page.encode(), "pdf": f"%PDF {series} {number} {day}".encode(), "json": text.json}
    files |= values.pop("more_files", {})
    with recorded():
        plain = {
            "content_sha256": text.digest,
            "approved_sha256": text.digest,
            "row_count": len(text.rows),
            "files": {form: EditionFile.keep(data) for form, data in files.items()},
            "published_on": day,
            "holds_from": day,
        }
        return Edition.objects.create(series=series, number=number, day=day, **{**plain, **values})


def withdraw(edition: Edition, on: date, because: str = "Fel land.") -> None:
    edition.withdrawn_on, edition.withdrawn_because = on, because
    with recorded():
        edition.save()
