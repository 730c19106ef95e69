"""What keeps a recorded mechanism from covering a transfer: one table of rules. Pure: no Django."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from registry.law.evidence import Evidence, Mechanism, check_lapses_after
from registry.law.verdicts import Verdict


@dataclass(frozen=True)
class Place:
    """A country on a day, and all adequacy decisions that name it and are in force then."""

    country: str
    on: date
    decisions: Sequence[Mechanism] = ()


#: Takes the mechanism, the evidence and the place.
type Condition = Callable[[Mechanism, Evidence, Place], bool]


@dataclass(frozen=True)
class Obstacle:
    """A condition under which a recorded mechanism does not cover a place, and the verdict it leads to."""

    code: str
    verdict: Verdict
    condition: Condition


def after(day: date | None, on: date) -> bool:
    """Return whether a recorded day is later than another."""
    return day is not None and day > on


def not_by(day: date | None, on: date) -> bool:
    """Return whether a day is not recorded, or later than another."""
    return day is None or day > on


def before(day: date | None, other: date | None) -> bool:
    """Return whether both days are recorded, and the first is earlier."""
    return day is not None and other is not None and day < other


def applies_to_country(mechanism: Mechanism, country: str) -> bool:
    """Return whether the mechanism lists the country, or lists none and so applies to any."""
    return not mechanism.countries or country in mechanism.countries.split()


def has_begun(mechanism: Mechanism, on: date) -> bool:
    """Return whether the mechanism is known to be valid by that day: its recorded start is no later."""
    return mechanism.valid_from is not None and mechanism.valid_from <= on


def is_concluded_by_signature(mechanism: Mechanism) -> bool:
    return mechanism.must_be_signed or mechanism.kind == "standard_clauses"


def recipient_said_to_qualify(mechanism: Mechanism, evidence: Evidence) -> bool:
    """Return whether the mechanism asks for a qualified recipient, and *yes* is recorded."""
    return mechanism.recipient_must_qualify and evidence.recipient_qualifies == "yes"


def needs_assessment(mechanism: Mechanism, evidence: Evidence, on: date) -> bool:
    """Return whether an assessment of the transfer is needed on a day, as far as is recorded."""
    first = mechanism.needs_assessment_from
    if first is None or first > on:
        return False
    return not (mechanism.assessed_only_with_added_data and evidence.processor_adds_data == "no")


def lacks_assessment(mechanism: Mechanism, evidence: Evidence, on: date) -> bool:
    """Return whether none is recorded that counts on a day: made by then, and not before one was needed."""
    return not_by(evidence.assessed_on, on) or before(evidence.assessed_on, mechanism.needs_assessment_from)


def may_need_no_assessment(mechanism: Mechanism, evidence: Evidence) -> bool:
    """Return whether it is not recorded what decides if an assessment is needed at all."""
    return mechanism.assessed_only_with_added_data and evidence.processor_adds_data not in {"yes", "no"}


NOT_COVERED: Sequence[tuple[str, Condition]] = (
    ("unclassified", lambda m, e, place: m.kind == "unclassified"),
    ("not_recurring", lambda m, e, place: m.kind == "derogation" or not m.recurring),
    ("other_country", lambda m, e, place: not applies_to_country(m, place.country)),
    ("not_yet_valid", lambda m, e, place: after(m.valid_from, place.on)),
    ("ended", lambda m, e, place: before(m.valid_until, place.on)),
    ("no_decision_meant", lambda m, e, place: m.kind == "adequacy" and m.names_a_group and not place.decisions),
    ("not_yet_signed", lambda m, e, place: after(e.signed_on, place.on)),
    ("signed_too_late", lambda m, e, place: before(m.last_day_new, e.signed_on)),
    ("authorised_later", lambda m, e, place: after(e.authorised_on, place.on)),
    (
        "recipient_does_not_qualify",
        lambda m, e, place: (
            m.recipient_must_qualify and e.recipient_qualifies == "no" and not after(e.checked_on, place.on)
        ),
    ),
)
NEEDS_CHECK: Sequence[tuple[str, Condition]] = (
    ("ambiguous", lambda m, e, place: m.names_a_group),
    ("start_not_recorded", lambda m, e, place: m.valid_from is None),
    ("unsettled", lambda m, e, place: m.unsettled_from is not None and m.unsettled_from <= place.on),
    ("signing_not_recorded", lambda m, e, place: is_concluded_by_signature(m) and e.signed_on is None),
    ("signed_before_it_was_valid", lambda m, e, place: before(e.signed_on, m.valid_from)),
    (
        "recipient_not_recorded",
        lambda m, e, place: m.recipient_must_qualify and e.recipient_qualifies not in {"yes", "no"},
    ),
    (
        "recipient_checked_later",
        lambda m, e, place: (
            m.recipient_must_qualify and e.recipient_qualifies in {"yes", "no"} and after(e.checked_on, place.on)
        ),
    ),
    (
        "check_not_dated",
        lambda m, e, place: (
            recipient_said_to_qualify(m, e) and m.check_holds_months is not None and e.checked_on is None
        ),
    ),
    (
        "checked_before_it_was_valid",
        lambda m, e, place: (
            recipient_said_to_qualify(m, e) and m.check_holds_months is not None and before(e.checked_on, m.valid_from)
        ),
    ),
    (
        "check_lapsed",
        lambda m, e, place: recipient_said_to_qualify(m, e) and before(check_lapses_after(m, e), place.on),
    ),
    (
        "check_holds_not_recorded",
        lambda m, e, place: recipient_said_to_qualify(m, e) and m.self_certified and m.check_holds_months is None,
    ),
    ("authorisation_not_recorded", lambda m, e, place: m.needs_authorisation and e.authorised_on is None),
    (
        "authorised_before_it_was_valid",
        lambda m, e, place: m.needs_authorisation and before(e.authorised_on, m.valid_from),
    ),
    (
        "assessment_not_recorded",
        lambda m, e, place: (
            needs_assessment(m, e, place.on) and not may_need_no_assessment(m, e) and not_by(e.assessed_on, place.on)
        ),
    ),
    (
        "assessed_too_early",
        lambda m, e, place: (
            needs_assessment(m, e, place.on)
            and not may_need_no_assessment(m, e)
            and before(e.assessed_on, m.needs_assessment_from)
        ),
    ),
    (
        "added_data_not_recorded",
        lambda m, e, place: (
            needs_assessment(m, e, place.on) and may_need_no_assessment(m, e) and lacks_assessment(m, e, place.on)
        ),
    ),
)
OBSTACLES: Sequence[Obstacle] = (
    *(Obstacle(code, Verdict.NOT_COVERED, condition) for code, condition in NOT_COVERED),
    *(Obstacle(code, Verdict.NEEDS_CHECK, condition) for code, condition in NEEDS_CHECK),
)
