"""Which edition a file is, and what holds now."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter

from django.utils import timezone

from registry.editions.holding import HoldingPeriod, holding_on, periods_of
from registry.editions.stored_editions import published_editions
from registry.history import stored
from registry.history.recording import history_of
from registry.history.stored import DoesNotFit, StoredRow
from registry.history.verify import prove
from registry.models import DocumentText, Edition


@dataclass(frozen=True)
class FileOfEdition:
    """A file of a published edition."""

    series: DocumentText
    form: str
    period: HoldingPeriod
    #: What holds now of the series, None where nothing does.
    holding: HoldingPeriod | None

    @property
    def edition(self) -> Edition:
        return self.period.edition


def edition_of(
    content: bytes | str, series: Iterable[DocumentText] | None = None, on: date | None = None
) -> FileOfEdition | None:
    """Return which published edition a file is, by its content or digest; None where it is none.

    Only editions of some series, where these are given. Of editions that have the very same file the one that holds
    counts, else the newest that was not withdrawn.
    """
    digest = content.lower() if isinstance(content, str) else hashlib.sha256(content).hexdigest()
    among = {each.pk: each for each in (DocumentText.objects.all() if series is None else series)}
    found = list(files_with(digest, among, on or timezone.localdate()))
    found.sort(key=lambda file: (file.period.holds, not file.period.is_withdrawn, file.period.holds_from))
    return found[-1] if found else None


def files_with(digest: str, among: dict[int, DocumentText], on: date) -> Iterator[FileOfEdition]:
    editions = published_editions().filter(series__in=among).order_by("series_id")
    for key, group in groupby(editions, key=attrgetter("series_id")):
        periods = periods_of(group, on)
        for period in periods:
            form = next((form for form, sha256 in period.edition.files.items() if sha256 == digest), None)
            if form is not None:
                yield FileOfEdition(among[key], form, period, holding_on(periods, on))


@dataclass(frozen=True)
class ProvenEdition:
    """What the sealed history says of the edition that a file is."""

    #: The newest row of the edition, and the one by which it was published; None where it was not.
    newest: StoredRow
    published: StoredRow | None
    form: str
    #: Why the rows are not trusted; empty where their seals fit.
    doubt: str = ""


def proven_edition(digest: str) -> ProvenEdition | None:
    """Return what the history says of the edition whose newest row names a file, None where no row does.

    Of several the one published last counts.
    """
    found: list[tuple[list[StoredRow], str]] = []
    try:
        rows = stored.stored_rows(history_of(Edition)._base_manager.all(), "id", "history_id", without=("findings",))
        for _, group in groupby(rows, key=lambda row: row["id"]):
            past = list(group)
            form = next((form for form, sha256 in files_in(past[-1]) if sha256 == digest), None)
            if form is not None and past[-1]["history_type"] != "-":
                found.append((past, form))
    except DoesNotFit as error:
        return ProvenEdition({}, None, "", str(error))
    if not found:
        return None
    past, form = max(found, key=lambda each: standing(each[0][-1]))
    published = next((row for row in past if row["published_on"] is not None), None)
    try:
        for row in filter(None, (past[-1], published)):
            prove(row["change_set_id"])
    except DoesNotFit as error:
        return ProvenEdition(past[-1], published, form, str(error))
    return ProvenEdition(past[-1], published, form)


def standing(row: StoredRow) -> tuple[bool, bool, date, int]:
    published, withdrawn = row["published_on"], row["withdrawn_on"]
    return published is not None, withdrawn is None, row["holds_from"] or date.min, row["number"]


def files_in(row: StoredRow) -> Iterable[tuple[str, object]]:
    return row["files"].items() if isinstance(row["files"], dict) else ()
