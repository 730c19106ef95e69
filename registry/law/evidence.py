"""What verdicts follow from: mechanisms, and the evidence recorded about transfers. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol


class Mechanism(Protocol):
    """A dated instrument of GDPR chapter V, such as a ``TransferMechanism``."""

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
    """What is recorded about relying on a mechanism, such as a ``Transfer``."""

    @property
    def mechanism(self) -> Mechanism | None: ...
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
    """Evidence as plain data. Without a mechanism it is about the country's own adequacy decision."""

    mechanism: Mechanism | None
    country: str = ""
    recipient_qualifies: str = "unknown"
    checked_on: date | None = None
    signed_on: date | None = None
    assessed_on: date | None = None
    permitted_on: date | None = None


#: The days that obstacles compare with the day of the law: first days, last days, and the days of evidence.
FIRST_DAYS_OF_MECHANISM = ("valid_from", "needs_assessment_from")


LAST_DAYS_OF_MECHANISM = ("valid_until", "last_day_new")


DAYS_OF_EVIDENCE = ("checked_on", "signed_on", "assessed_on", "permitted_on")


def day_after(day: date | None) -> date | None:
    return None if day is None or day == date.max else day + timedelta(days=1)


def days_of_change(mechanism: Mechanism) -> Iterator[date | None]:
    """Yield the days on which the verdict of relying on a mechanism may change."""
    yield from (getattr(mechanism, name) for name in FIRST_DAYS_OF_MECHANISM)
    yield from (day_after(getattr(mechanism, name)) for name in LAST_DAYS_OF_MECHANISM)
