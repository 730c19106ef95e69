"""What a transfer to a country stands on, by the law of one day (GDPR chapter V). Pure: no Django, and no law either:
countries and mechanisms are data with dates.

``Law(on, mechanisms).assess(country, evidence)`` judges one country; ``flow()`` an activity with all its countries. The
best evidence wins for a country, the worst country for an activity. Nothing is assumed: a fact that is not recorded
makes a verdict *needs check*, never *covered*.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from registry.law import countries
from registry.law.countries import COUNTRIES

PERIODS = Path(__file__).parents[1] / "reference" / "country_periods.csv"
EUR_LEX = "https://eur-lex.europa.eu/legal-content/{language}/TXT/?uri=CELEX:{celex}"


class Verdict(IntEnum):
    """Worst last."""

    NO_TRANSFER = 0
    COVERED = 1
    NEEDS_CHECK = 2
    NOT_COVERED = 3

    @property
    def code(self) -> str:
        return self.name.lower()


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
class Recorded:
    """Evidence by itself. Without a mechanism it speaks of the country's own adequacy decision."""

    mechanism: Mechanism | None
    country: str = ""
    recipient_qualifies: str = "unknown"
    checked_on: date | None = None
    signed_on: date | None = None
    assessed_on: date | None = None
    permitted_on: date | None = None


@dataclass(frozen=True)
class Obstacle:
    """Something that keeps a recorded mechanism from covering a country on a day, and how bad it is."""

    code: str
    verdict: Verdict
    stands: Callable[[Any, str, date], bool]


def after(day: date | None, on: date) -> bool:
    return day is not None and day > on


def not_by(day: date | None, on: date) -> bool:
    return day is None or day > on


def before(day: date | None, other: date | None) -> bool:
    return day is not None and other is not None and day < other


def speaks_of(mechanism: Mechanism, country: str) -> bool:
    return not mechanism.countries or country in mechanism.countries.split()


def begun(mechanism: Mechanism, on: date) -> bool:
    """From its day; where none is recorded, it is not known to hold."""
    return mechanism.valid_from is not None and mechanism.valid_from <= on


OBSTACLES: Sequence[Obstacle] = (
    Obstacle("unclassified", Verdict.NOT_COVERED, lambda e, country, on: e.mechanism.kind == "unclassified"),
    Obstacle(
        "not_recurring",
        Verdict.NOT_COVERED,
        lambda e, country, on: e.mechanism.kind == "derogation" or not e.mechanism.recurring,
    ),
    Obstacle("other_country", Verdict.NOT_COVERED, lambda e, country, on: not speaks_of(e.mechanism, country)),
    Obstacle("not_yet_valid", Verdict.NOT_COVERED, lambda e, country, on: after(e.mechanism.valid_from, on)),
    Obstacle("ended", Verdict.NOT_COVERED, lambda e, country, on: before(e.mechanism.valid_until, on)),
    Obstacle("not_yet_signed", Verdict.NOT_COVERED, lambda e, country, on: after(e.signed_on, on)),
    Obstacle(
        "signed_too_late", Verdict.NOT_COVERED, lambda e, country, on: before(e.mechanism.last_day_new, e.signed_on)
    ),
    Obstacle(
        "recipient_does_not_qualify",
        Verdict.NOT_COVERED,
        lambda e, country, on: e.mechanism.recipient_must_qualify and e.recipient_qualifies == "no",
    ),
    Obstacle("names_a_group", Verdict.NEEDS_CHECK, lambda e, country, on: e.mechanism.names_a_group),
    Obstacle("start_not_recorded", Verdict.NEEDS_CHECK, lambda e, country, on: e.mechanism.valid_from is None),
    Obstacle(
        "signing_not_recorded",
        Verdict.NEEDS_CHECK,
        lambda e, country, on: before(e.mechanism.last_day_new, on) and e.signed_on is None,
    ),
    Obstacle(
        "signed_before_it_was_valid",
        Verdict.NEEDS_CHECK,
        lambda e, country, on: before(e.signed_on, e.mechanism.valid_from),
    ),
    Obstacle(
        "recipient_not_recorded",
        Verdict.NEEDS_CHECK,
        lambda e, country, on: e.mechanism.recipient_must_qualify and e.recipient_qualifies not in {"yes", "no"},
    ),
    Obstacle(
        "recipient_checked_later",
        Verdict.NEEDS_CHECK,
        lambda e, country, on: (
            e.mechanism.recipient_must_qualify and e.recipient_qualifies == "yes" and after(e.checked_on, on)
        ),
    ),
    Obstacle(
        "permission_not_recorded",
        Verdict.NEEDS_CHECK,
        lambda e, country, on: e.mechanism.needs_permission and not_by(e.permitted_on, on),
    ),
    Obstacle(
        "assessment_not_recorded",
        Verdict.NEEDS_CHECK,
        lambda e, country, on: (
            e.mechanism.needs_assessment_from is not None
            and e.mechanism.needs_assessment_from <= on
            and not_by(e.assessed_on, on)
        ),
    ),
)


@dataclass(frozen=True)
class Reason:
    """Why, as a code that ``registry.law.wording`` puts into words, with what it speaks of."""

    code: str
    country: str
    on: date
    mechanism: Mechanism | None = None
    evidence: Any = None


@dataclass(frozen=True)
class Assessment:
    verdict: Verdict
    country: str
    reasons: tuple[Reason, ...]
    #: Covered, but a case is pending that may end it.
    warnings: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Period:
    country: str
    regime: str
    first: date
    last: date | None

    def holds(self, on: date) -> bool:
        return self.first <= on and (self.last is None or on <= self.last)


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


@cache
def edition() -> str:
    """Name what verdicts follow from besides mechanisms and evidence: this module and its reference data.

    A verdict that was stored by another edition says nothing.
    """
    digest = hashlib.sha256()
    for path in (Path(__file__), Path(countries.__file__), countries.FILE, PERIODS):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def periods() -> Mapping[str, tuple[Period, ...]]:
    """From which to which day data flows freely to a country, by its code."""
    found: dict[str, tuple[Period, ...]] = {}
    with PERIODS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            last = date.fromisoformat(row["last_day"]) if row["last_day"] else None
            period = Period(row["iso2"], row["regime"], date.fromisoformat(row["from_day"]), last)
            found[period.country] = (*found.get(period.country, ()), period)
    return MappingProxyType(found)


class Law:
    """The law of one day: the free-flow periods, and the adequacy decisions among the mechanisms."""

    def __init__(self, on: date, mechanisms: Iterable[Mechanism]) -> None:
        self.on = on
        self.mechanisms: list[Any] = list(mechanisms)
        self._next_changes: dict[str, date] = {}
        self.decisions: dict[str, list[Mechanism]] = {}
        for mechanism in self.mechanisms:
            if mechanism.kind == "adequacy" and not mechanism.self_certified and not mechanism.names_a_group:
                for country in mechanism.countries.split():
                    self.decisions.setdefault(country, []).append(mechanism)
        #: Those that count only where a transfer relies on them.
        self.joinable = [each for each in self.mechanisms if each.self_certified and self._holds(each)]
        self.standings = {country: self._standing(country) for country in COUNTRIES}
        self.conditional_countries = [
            country
            for country, standing in self.standings.items()
            if standing.verdict == Verdict.NEEDS_CHECK and self.conditional(country)
        ]

    def standing(self, country: str) -> Assessment:
        """What holds for a country when nothing is recorded about the transfer."""
        return self.standings.get(country) or self._standing(country)

    def assess(self, country: str, evidence: Iterable[Evidence]) -> Assessment:
        """The best evidence wins. What is recorded about the country's own decision takes the place of its standing."""
        recorded = [self._of_the_decision(country, each) for each in evidence]
        judged = [self.judge(country, each) for each in recorded if each.mechanism is not None]
        standing = self.standing(country)
        conditional = self.conditional(country)
        if not any(each.mechanism in conditional for each in recorded):
            judged.insert(0, standing)
        best = min(assessment.verdict for assessment in judged)
        chosen = [assessment for assessment in judged if assessment.verdict == best]
        if best <= Verdict.COVERED:
            return chosen[0]
        if best == Verdict.NOT_COVERED and len(judged) > 1:  # what is recorded says more than that nothing is
            chosen = [each for each in chosen if each is not standing]
        return Assessment(best, country, tuple(reason for each in chosen for reason in each.reasons))

    def flow(self, country: str, evidence: Iterable[Evidence]) -> Assessment:
        """The worst of an activity's countries: its own, and those where its evidence says support or storage is."""
        of: dict[str, list[Evidence]] = {country: []}
        for each in evidence:
            of.setdefault(each.country or country, []).append(each)
        return max((self.assess(*item) for item in of.items()), key=lambda assessment: assessment.verdict)

    def holds_until(self, country: str, evidence: Iterable[Evidence]) -> date:
        """Return the last day on which ``flow()`` is certain to give the same verdict, ``date.max`` where no later day
        is known to change it. It may hold longer."""
        evidence = list(evidence)
        places = {country, *(each.country or country for each in evidence)}
        days: list[date | None] = [self.next_change(place) for place in places]
        for each in evidence:
            days += (getattr(each, name) for name in DAYS_OF_EVIDENCE)
            if each.mechanism is not None:
                days += days_of_change(each.mechanism)
        later = [day for day in days if day is not None and day > self.on]
        return min(later) - timedelta(days=1) if later else date.max

    def next_change(self, country: str) -> date:
        """Return the next day on which what holds for a country may change, whatever is recorded."""
        if country not in self._next_changes:
            of_mechanisms = (days_of_change(each) for each in self.mechanisms if country in each.countries.split())
            of_periods = ((each.first, day_after(each.last)) for each in periods().get(country, ()))
            days = [day for each in (*of_mechanisms, *of_periods) for day in each]
            later = [day for day in days if day is not None and day > self.on]
            self._next_changes[country] = min(later, default=date.max)
        return self._next_changes[country]

    def conditional(self, country: str) -> list[Mechanism]:
        """The decisions that hold on the day for some recipients in the country."""
        return [decision for decision in self._holding(country) if decision.recipient_must_qualify]

    def countries(self, verdict: Verdict) -> list[str]:
        return [country for country, standing in self.standings.items() if standing.verdict == verdict]

    def _holding(self, country: str) -> list[Mechanism]:
        return [each for each in self.decisions.get(country, []) if self._holds(each)]

    def _holds(self, mechanism: Mechanism) -> bool:
        return begun(mechanism, self.on) and not before(mechanism.valid_until, self.on)

    def _standing(self, country: str) -> Assessment:
        free = periods().get(country, ())
        for period in free:
            if period.holds(self.on):
                return Assessment(Verdict.NO_TRANSFER, country, (Reason(period.regime, country, self.on),))
        holding = self._holding(country)
        for decision in holding:
            if not decision.recipient_must_qualify:
                reason = Reason("decision", country, self.on, decision)
                return Assessment(Verdict.COVERED, country, (reason,), self._warnings(reason))
        if holding:
            reasons = tuple(Reason("decision_for_some", country, self.on, decision) for decision in holding)
            return Assessment(Verdict.NEEDS_CHECK, country, reasons)
        if country not in COUNTRIES:
            return Assessment(Verdict.NEEDS_CHECK, country, (Reason("country_unknown", country, self.on),))
        if COUNTRIES[country].unclear:
            return Assessment(Verdict.NEEDS_CHECK, country, (Reason("country_unclear", country, self.on),))
        if free and self.on < min(period.first for period in free):
            return Assessment(Verdict.NEEDS_CHECK, country, (Reason("before_the_data", country, self.on),))
        joinable = [each for each in self.joinable if country in each.countries.split()]
        reasons = tuple(Reason("not_recorded_to_have_joined", country, self.on, each) for each in joinable)
        nothing = Reason("nothing_recorded", country, self.on, self._last(country))
        return Assessment(Verdict.NOT_COVERED, country, reasons or (nothing,))

    def _last(self, country: str) -> Mechanism | None:
        """The decision that the country had before."""
        past = [each for each in self.decisions.get(country, []) if before(each.valid_until, self.on)]
        return max(past, key=lambda each: each.valid_until or self.on, default=None)

    def _of_the_decision(self, country: str, evidence: Evidence) -> Evidence:
        decisions = self.conditional(country)
        if evidence.mechanism is not None or not decisions:
            return evidence
        return Recorded(decisions[0], country, evidence.recipient_qualifies, evidence.checked_on)

    def judge(self, country: str, evidence: Evidence) -> Assessment:
        """One recorded mechanism, by itself."""
        mechanism: Mechanism = evidence.mechanism
        found = [obstacle for obstacle in OBSTACLES if obstacle.stands(evidence, country, self.on)]
        if not found:
            reason = Reason("mechanism", country, self.on, mechanism, evidence)
            return Assessment(Verdict.COVERED, country, (reason,), self._warnings(reason))
        worst = max(obstacle.verdict for obstacle in found)
        reasons = [Reason(each.code, country, self.on, mechanism, evidence) for each in found if each.verdict == worst]
        return Assessment(worst, country, tuple(reasons))

    def _warnings(self, reason: Reason) -> tuple[Reason, ...]:
        mechanism = reason.mechanism
        contested = mechanism is not None and mechanism.contested_by
        return (Reason("contested", reason.country, self.on, mechanism, reason.evidence),) if contested else ()


def assess(country: str, on: date, evidence: Iterable[Evidence], mechanisms: Iterable[Mechanism]) -> Assessment:
    return Law(on, mechanisms).assess(country, evidence)


def eur_lex(celex: str, language: str) -> str:
    """Where the text of a decision or judgment is, by its CELEX number."""
    return EUR_LEX.format(language=language[:2].upper(), celex=celex) if celex else ""
