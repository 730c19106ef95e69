"""What has moved in the register since the edition that holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from registry.core.months import months_later
from registry.editions.content import EditionContent
from registry.editions.difference import EditionDifference, difference
from registry.editions.holding import periods_of
from registry.editions.stored_editions import AlteredFile, content_by_digest
from registry.editions.wording import in_words
from registry.files.columns import COLUMNS_BY_KEY
from registry.history.recording import history_of
from registry.history.state_cache import cached_by_state
from registry.models import (
    DocumentText,
    Edition,
    LegalBasis,
    MechanismAlias,
    Organisation,
    ProcessingActivity,
    Tracked,
    Transfer,
    TransferMechanism,
    Vendor,
)
from registry.models.document_texts import DOCUMENT_COLUMN_KEYS
from registry.web.editions import rows
from registry.web.filters import UnknownFilter

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: A published edition is read through at least once in so many months.
MONTHS = 12
#: Why it is not known what has moved, in the language of whoever reads it.
ALTERED = gettext_lazy("Its stored content was altered.")
UNKNOWN_ROWS = gettext_lazy("The filter of its rows is no longer known. Choose the rows of the series again.")
#: The models whose entries an edition shows.
SHOWN: tuple[type[Tracked], ...] = (
    Vendor,
    ProcessingActivity,
    Transfer,
    LegalBasis,
    TransferMechanism,
    MechanismAlias,
    DocumentText,
    Organisation,
)


@dataclass(frozen=True)
class SeriesStatus:
    """A series with the edition that holds today, the one in preparation, and what has moved since."""

    series: DocumentText
    in_force: Edition | None
    pending: Edition | None
    #: Published, and holding from a day to come.
    coming: tuple[Edition, ...] = ()
    #: From the edition that holds to the register; None where that is not known.
    moved: EditionDifference | None = None
    #: The days on which something changed since that it could show.
    days: tuple[date, ...] = ()
    #: Why it is not known although there is such an edition.
    problem: StrOrPromise = ""

    @property
    def has_moved(self) -> bool:
        return self.moved is not None and not self.moved.is_empty

    def lines(self, most: int | None = None) -> list[str]:
        """Return what has moved as sentences, at most so many, and then how many more."""
        return sentences(self.moved, most)

    @property
    def contradicted(self) -> EditionDifference | None:
        """What the edition says and the register says no longer, None where there is nothing of the kind."""
        if self.moved is None:
            return None
        gone = replace(
            self.moved,
            vendors_added=(),
            rows_added=(),
            columns_added=(),
            columns_removed=(),
            columns_renamed=(),
            texts=(),
            reordered=False,
        )
        return None if gone.is_empty else gone

    @property
    def year_ends(self) -> date | None:
        """Return the day on which the edition that holds is a year old."""
        return months_later(self.in_force.day, MONTHS) if self.in_force is not None else None


def sentences(moved: EditionDifference | None, most: int | None = None) -> list[str]:
    """Return what has moved as sentences, none where nothing has or where it is not known."""
    return [] if moved is None or moved.is_empty else in_words(moved, most)


def statuses() -> tuple[SeriesStatus, ...]:
    """Return the status of each series today."""
    return statuses_on(timezone.localdate())


@cached_by_state
def statuses_on(day: date) -> tuple[SeriesStatus, ...]:
    editions: dict[int, list[Edition]] = {}
    for edition in Edition.objects.order_by("series", "number").select_related("series"):
        editions.setdefault(edition.series_id, []).append(edition)
    return tuple(status_of(each, editions.get(each.pk, []), day) for each in DocumentText.objects.order_by("pk"))


def status_of(series: DocumentText, editions: list[Edition], day: date) -> SeriesStatus:
    periods = periods_of(editions, day)
    in_force = next((each.edition for each in periods if each.holds), None)
    pending = next((each for each in editions if each.published_on is None), None)
    coming = tuple(each.edition for each in reversed(periods) if not each.is_withdrawn and each.holds_from > day)
    if in_force is None:
        return SeriesStatus(series, None, pending, coming)
    try:
        return SeriesStatus(series, in_force, pending, coming, moved_since(series, in_force), days_since(in_force))
    except AlteredFile:
        return SeriesStatus(series, in_force, pending, coming, problem=ALTERED)
    except UnknownFilter:
        return SeriesStatus(series, in_force, pending, coming, problem=UNKNOWN_ROWS)


def moved_since(series: DocumentText, edition: Edition) -> EditionDifference:
    """Return the difference from an edition to the register. Only what was touched since is read.

    Raises ``AlteredFile`` and ``UnknownFilter``.
    """
    before = content_by_digest(edition.content_sha256)
    touched = set(touched_activities(edition.shows)) if follows_from_its_own(series, before) else None
    after = rows.content_for_series(series, edition.number, edition.day, touched)
    if touched is not None:
        before = replace(before, rows=[row for row in before.rows if row.activity in touched])
    return difference(before, after)


def follows_from_its_own(series: DocumentText, content: EditionContent) -> bool:
    """Return whether each row says only what its activity, vendor, legal basis and mechanisms say.

    A verdict follows from all decisions, and the vendor that engages another one has a name of its own.
    """
    columns = [COLUMNS_BY_KEY[key] for key in series.column_keys if key not in DOCUMENT_COLUMN_KEYS]
    simple = all(column.compute is None and not column.of_vendor for column in columns)
    return simple and not series.rows and all(row.activity is not None for row in content.rows)


def touched_activities(change_set: int) -> Iterator[int]:
    """Yield the activities that changed after a change set, or whose vendor, legal basis or mechanism did."""
    yield from changed_keys(ProcessingActivity, change_set, "id")
    yield from changed_keys(Transfer, change_set, "activity_id")
    mechanisms = {
        *changed_keys(TransferMechanism, change_set, "id"),
        *changed_keys(MechanismAlias, change_set, "mechanism_id"),
    }
    users = (
        Q(vendor__among=list(changed_keys(Vendor, change_set, "id")))
        | Q(legal_basis__among=list(changed_keys(LegalBasis, change_set, "id")))
        | Q(transfers__mechanism__among=list(mechanisms))
    )
    yield from ProcessingActivity.objects.filter(users).order_by().values_list("pk", flat=True)


def changed_keys(model: type[Tracked], change_set: int, column: str) -> Iterator[int]:
    later = history_of(model).objects.filter(change_set_id__gt=change_set).order_by()
    return (key for key in later.values_list(column, flat=True).distinct() if key is not None)


def days_since(edition: Edition) -> tuple[date, ...]:
    """Return the days on which anything changed after an edition was frozen that an edition could show."""
    days: set[date] = set()
    for model in SHOWN:
        later = history_of(model).objects.filter(change_set_id__gt=edition.shows).order_by()
        days |= {timezone.localdate(at) for at in later.values_list("history_date", flat=True).distinct()}
    return tuple(sorted(days))
