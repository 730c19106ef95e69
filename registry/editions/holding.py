"""From when to when the editions of a series hold, and which one holds on a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from registry.models import Edition, EditionState


@dataclass(frozen=True)
class HoldingPeriod:
    """When an edition holds, or held. ``edition`` is published."""

    edition: Edition
    state: EditionState
    holds_from: date
    #: The last day; None where no other edition takes its place. For a withdrawn one the day of its withdrawal.
    until: date | None
    #: Whether it holds on the day that is asked about.
    holds: bool
    #: The edition before it, and the one that takes its place; withdrawn ones do not count.
    previous: Edition | None = None
    following: Edition | None = None

    @property
    def never_held(self) -> bool:
        """Whether another edition took its place on its first day."""
        return self.until is not None and self.until < self.holds_from

    @property
    def is_withdrawn(self) -> bool:
        return self.edition.withdrawn_on is not None

    def includes(self, day: date) -> bool:
        return self.holds_from <= day and (self.until is None or day <= self.until)


def periods_of(editions: Iterable[Edition], on: date) -> list[HoldingPeriod]:
    """Return the periods of the published editions of a series, the newest first, with their states on a day."""
    published = [edition for edition in editions if edition.published_on is not None]
    holding = sorted((edition for edition in published if edition.withdrawn_on is None), key=order)
    neighbours = {now.pk: (before, None) for before, now in pairwise([None, *holding]) if now is not None}
    following: dict[int, Edition] = {now.pk: after for now, after in pairwise(holding)}
    in_force = next((edition for edition in reversed(holding) if first_day(edition) <= on), None)
    periods = []
    for edition in sorted(published, key=order, reverse=True):
        after = following.get(edition.pk)
        until = edition.withdrawn_on or (first_day(after) - timedelta(days=1) if after else None)
        before = neighbours[edition.pk][0] if edition.pk in neighbours else None
        state = edition.state_on(on, in_force)
        periods.append(HoldingPeriod(edition, state, first_day(edition), until, edition is in_force, before, after))
    return periods


def order(edition: Edition) -> tuple[date, int]:
    return first_day(edition), edition.number


def first_day(edition: Edition) -> date:
    day = edition.holds_from or edition.published_on or edition.day
    assert day is not None  # noqa: S101
    return day


def holding_on(periods: Sequence[HoldingPeriod], day: date) -> HoldingPeriod | None:
    """Return the period of the edition that holds on a day, None where none does. Withdrawn ones do not count."""
    return next((each for each in periods if not each.is_withdrawn and each.includes(day)), None)


def withdrawn_on(periods: Sequence[HoldingPeriod], day: date) -> list[HoldingPeriod]:
    """Return the periods of editions that were published on a day as those to hold, and were withdrawn since."""
    return [each for each in periods if each.is_withdrawn and each.includes(day)]
