"""What verdicts follow from: mechanisms, and the evidence recorded about transfers. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Protocol

from registry.core.months import months_later


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
    def needs_authorisation(self) -> bool: ...
    @property
    def must_be_signed(self) -> bool: ...
    @property
    def check_holds_months(self) -> int | None: ...
    @property
    def unsettled_from(self) -> date | None: ...
    @property
    def needs_assessment_from(self) -> date | None: ...
    @property
    def assessed_only_with_added_data(self) -> bool: ...
    @property
    def for_importers_outside_gdpr(self) -> bool: ...
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
    def authorised_on(self) -> date | None: ...
    @property
    def processor_adds_data(self) -> str: ...
    @property
    def importer_under_gdpr(self) -> str: ...


@dataclass(frozen=True)
class RecordedEvidence:
    """Evidence as plain data. Without a mechanism it is about the country's own adequacy decision."""

    mechanism: Mechanism | None
    country: str = ""
    recipient_qualifies: str = "unknown"
    checked_on: date | None = None
    signed_on: date | None = None
    assessed_on: date | None = None
    authorised_on: date | None = None
    processor_adds_data: str = "unknown"
    importer_under_gdpr: str = "unknown"


#: The days that obstacles compare with the day of the law: first days, last days, and the days of evidence.
FIRST_DAYS_OF_MECHANISM = ("valid_from", "needs_assessment_from", "unsettled_from")
LAST_DAYS_OF_MECHANISM = ("valid_until", "last_day_new")
DAYS_OF_EVIDENCE = ("checked_on", "signed_on", "assessed_on", "authorised_on")
#: The answers of evidence: "yes", "no" or "unknown".
ANSWERS = ("recipient_qualifies", "processor_adds_data", "importer_under_gdpr")
#: What is recorded about relying on a mechanism, apart from the mechanism itself.
FACTS = tuple(field.name for field in fields(RecordedEvidence) if field.name != "mechanism")


def by_country(country: str, evidence: Iterable[Evidence]) -> Mapping[str, list[Evidence]]:
    """Return the evidence of an activity by the country that it is about, that of the activity included."""
    places: dict[str, list[Evidence]] = {country: []}
    for each in evidence:
        places.setdefault(each.country or country, []).append(each)
    return places


def day_after(day: date | None) -> date | None:
    return None if day is None or day == date.max else day + timedelta(days=1)


def check_lapses_after(mechanism: Mechanism, evidence: Evidence) -> date | None:
    """Return the last day for which a check of the recipient holds; None where no check is recorded, or none lapses."""
    if mechanism.check_holds_months is None or evidence.checked_on is None:
        return None
    return months_later(evidence.checked_on, mechanism.check_holds_months)


def days_of_change(mechanism: Mechanism) -> Iterator[date | None]:
    """Yield the days on which the verdict of relying on a mechanism may change."""
    yield from (getattr(mechanism, name) for name in FIRST_DAYS_OF_MECHANISM)
    yield from (day_after(getattr(mechanism, name)) for name in LAST_DAYS_OF_MECHANISM)
