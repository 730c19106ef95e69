"""What verdicts are reached from: mechanisms, and what is recorded about relying on one. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol


class Mechanism(Protocol):
    """An instrument of chapter V: a ``TransferMechanism``, or anything that says the same."""

    @property
    def label(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def article(self) -> str: ...
    @property
    def instrument(self) -> str: ...
    @property
    def celex(self) -> str: ...
    @property
    def names_a_group(self) -> bool: ...
    @property
    def countries(self) -> str: ...
    @property
    def valid_from(self) -> date | None: ...
    @property
    def last_day_new(self) -> date | None: ...
    @property
    def valid_until(self) -> date | None: ...
    @property
    def ended_by(self) -> str: ...
    @property
    def ended_by_celex(self) -> str: ...
    @property
    def contested_by(self) -> str: ...
    @property
    def recipient_must_qualify(self) -> bool: ...
    @property
    def self_certified(self) -> bool: ...
    @property
    def needs_permission(self) -> bool: ...
    @property
    def needs_assessment_from(self) -> date | None: ...
    @property
    def recurring(self) -> bool: ...


class Evidence(Protocol):
    """What is recorded about relying on a mechanism: a ``Transfer``, or anything that says the same."""

    @property
    def mechanism(self) -> Any: ...
    @property
    def country(self) -> str: ...
    @property
    def recipient_qualifies(self) -> str: ...
    @property
    def checked_on(self) -> date | None: ...
    @property
    def signed_on(self) -> date | None: ...
    @property
    def assessed_on(self) -> date | None: ...
    @property
    def permitted_on(self) -> date | None: ...


@dataclass(frozen=True)
class RecordedEvidence:
    """Evidence by itself. Without a mechanism it speaks of the country's own adequacy decision."""

    mechanism: Mechanism | None
    country: str = ""
    recipient_qualifies: str = "unknown"
    checked_on: date | None = None
    signed_on: date | None = None
    assessed_on: date | None = None
    permitted_on: date | None = None


#: Days from which something is so, and last days on which it is: what obstacles compare with the day of the law.
FIRST_DAYS_OF_MECHANISM = ("valid_from", "needs_assessment_from")


LAST_DAYS_OF_MECHANISM = ("valid_until", "last_day_new")


DAYS_OF_EVIDENCE = ("checked_on", "signed_on", "assessed_on", "permitted_on")


def day_after(day: date | None) -> date | None:
    return None if day is None or day == date.max else day + timedelta(days=1)


def days_of_change(mechanism: Mechanism) -> Iterator[date | None]:
    """Yield the days on which it may become another matter to rely on a mechanism."""
    yield from (getattr(mechanism, name) for name in FIRST_DAYS_OF_MECHANISM)
    yield from (day_after(getattr(mechanism, name)) for name in LAST_DAYS_OF_MECHANISM)
