"""The files of a published series: one mapping, of which the folder, the zip and the addresses are made."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils import timezone

from registry.editions.feed import feed_of
from registry.editions.forms.file_types import FILE_TYPES, name_of_file
from registry.editions.holding import HoldingPeriod, holding_on, periods_of
from registry.editions.pages import HTML, INDEX, page_about_edition, series_page
from registry.editions.stored_editions import file_content, published_editions
from registry.models import DocumentText, Edition

ATOM, JSON = "application/atom+xml; charset=utf-8", "application/json"


@dataclass(frozen=True)
class SiteFile:
    #: Relative, with the name of the series first: ``for-customers/3/for-customers-3.pdf``.
    path: str
    content_type: str
    #: Whether what is at this path stays the same as long as it is there.
    immutable: bool
    #: Return the bytes. Raises ``AlteredFile`` where those of an edition are not the ones that were published.
    read: Callable[[], bytes]
    #: The digest where it is known without reading.
    known_sha256: str = ""
    #: Since when it is there; None for what changes.
    published_on: date | None = None

    @cached_property
    def sha256(self) -> str:
        return self.known_sha256 or hashlib.sha256(self.read()).hexdigest()


@dataclass(frozen=True)
class FolderReport:
    """Paths that were written or removed; all others were as they should be."""

    written: list[str]
    removed: list[str]


def periods_of_series(series: DocumentText, on: date) -> list[HoldingPeriod]:
    """Return the periods of the published editions of a series, the newest first."""
    return periods_of(published_editions().filter(series=series), on)


def site_of(
    series: DocumentText,
    on: date | None = None,
    *,
    at_addresses: bool = False,
    periods: list[HoldingPeriod] | None = None,
) -> Mapping[str, SiteFile]:
    """Return the files of a series by path, as on a day (today). Nothing is read before ``read()`` is called.

    ``at_addresses``: whether a server answers, which can be asked about a day.
    """
    day = on or timezone.localdate()
    if periods is None:
        periods = periods_of_series(series, day)
    folder = series.slug
    page = partial(series_page, series, periods, day, at_addresses=at_addresses)
    files = [file for period in periods for file in files_of_edition(series, period, day)]
    files += [
        SiteFile(f"{folder}/feed.atom", ATOM, False, once(partial(feed_of, series, periods))),
        SiteFile(f"{folder}/editions.json", JSON, False, once(partial(editions_json, series, periods, day))),
        SiteFile(f"{folder}/{INDEX}", HTML, False, once(page)),
    ]
    return {file.path: file for file in files}


def once(make: Callable[[], bytes]) -> Callable[[], bytes]:
    """Return a function that makes its bytes at the first call."""
    made: list[bytes] = []

    def read() -> bytes:
        if not made:
            made.append(make())
        return made[0]

    return read


def files_of_edition(series: DocumentText, period: HoldingPeriod, on: date) -> list[SiteFile]:
    """Return the files of an edition; of a withdrawn one only the page that says so."""
    edition = period.edition
    folder = f"{series.slug}/{edition.number}"
    index = SiteFile(f"{folder}/{INDEX}", HTML, False, once(partial(page_about_edition, series, period, on)))
    if period.is_withdrawn:
        return [index]
    files = [stored_file(series, edition, form) for form in FILE_TYPES if form in edition.files]
    return files if "html" in edition.files else [*files, index]


def stored_file(series: DocumentText, edition: Edition, form: str) -> SiteFile:
    path, digest = path_of(series, edition, form), edition.files[form]
    # The page of an edition gives way to that of its withdrawal.
    immutable = form != "html"
    read = partial(file_content, digest)
    return SiteFile(path, FILE_TYPES[form].content_type, immutable, read, digest, edition.published_on)


def path_of(series: DocumentText, edition: Edition, form: str) -> str:
    return f"{series.slug}/{edition.number}/{name_of_file(series.slug, edition.number, form)}"


def editions_json(series: DocumentText, periods: list[HoldingPeriod], on: date) -> bytes:
    """Return the list of editions for programs."""
    holding = holding_on(periods, on)
    values = {
        "series": str(series),
        "language": series.language,
        "as_of": on.isoformat(),
        "holds": holding.edition.number if holding else None,
        "editions": [
            {
                "number": period.edition.number,
                "day": iso(period.edition.day),
                "state": str(period.state),
                "published_on": iso(period.edition.published_on),
                "holds_from": iso(period.holds_from),
                "holds_until": iso(period.until),
                "withdrawn_on": iso(period.edition.withdrawn_on),
                "withdrawn_because": period.edition.withdrawn_because,
                "sha256": period.edition.content_sha256,
                "files": {
                    form: {
                        "path": f"{period.edition.number}/{name_of_file(series.slug, period.edition.number, form)}",
                        "sha256": digest,
                    }
                    for form, digest in period.edition.files.items()
                    if not period.is_withdrawn
                },
            }
            for period in periods
        ],
    }
    return f"{json.dumps(values, ensure_ascii=False, indent=1)}\n".encode()


def iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def zip_of(series: DocumentText, on: date | None = None) -> bytes:
    """Return all files of a series as a zip."""
    day = on or timezone.localdate()
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        for path, file in sorted(site_of(series, day).items()):
            entry = ZipInfo(path, (day.year, day.month, day.day, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read())
    return buffer.getvalue()


def write_folder(series: DocumentText, folder: Path, on: date | None = None) -> FolderReport:
    """Write the files of a series into a folder, and remove those of withdrawn editions. Touches nothing else there.

    Each file is complete at every moment. Pages come last, so that none leads to a file that is not there yet.
    Raises ``OSError``, and ``AlteredFile`` before anything is written.
    """
    day = on or timezone.localdate()
    periods = periods_of_series(series, day)
    files = site_of(series, day, periods=periods)
    for file in files.values():
        if file.known_sha256:
            file.read()
    written = [path for path, file in files.items() if write_file(folder / path, file.read())]
    withdrawn = [period.edition for period in periods if period.is_withdrawn]
    obsolete = (path_of(series, edition, form) for edition in withdrawn for form in edition.files if form in FILE_TYPES)
    removed = [path for path in obsolete if path not in files and remove_file(folder / path)]
    return FolderReport(written, removed)


def write_file(path: Path, content: bytes) -> bool:
    """Write a file beside its place and rename it. Return whether it was another one, or not there."""
    with suppress(FileNotFoundError):
        if not path.is_symlink() and path.read_bytes() == content:
            return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).chmod(0o644)
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    return True


def remove_file(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
