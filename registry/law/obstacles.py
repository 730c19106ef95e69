"""What keeps a recorded mechanism from covering a country on a day: one table of rules. Pure: no Django."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.law.evidence import Mechanism
from registry.law.verdicts import Verdict


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


def applies_to_country(mechanism: Mechanism, country: str) -> bool:
    return not mechanism.countries or country in mechanism.countries.split()


def has_begun(mechanism: Mechanism, on: date) -> bool:
    """From its day; where none is recorded, it is not known to hold."""
    return mechanism.valid_from is not None and mechanism.valid_from <= on


OBSTACLES: Sequence[Obstacle] = (
    Obstacle("unclassified", Verdict.NOT_COVERED, lambda e, country, on: e.mechanism.kind == "unclassified"),
    Obstacle(
        "not_recurring",
        Verdict.NOT_COVERED,
        lambda e, country, on: e.mechanism.kind == "derogation" or not e.mechanism.recurring,
    ),
    Obstacle("other_country", Verdict.NOT_COVERED, lambda e, country, on: not applies_to_country(e.mechanism, country)),
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
