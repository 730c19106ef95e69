"""What keeps a recorded mechanism from covering a transfer: one table of rules. Pure: no Django."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from registry.law.evidence import Evidence, Mechanism
from registry.law.verdicts import Verdict


@dataclass(frozen=True)
class Obstacle:
    """A condition under which a recorded mechanism does not cover a country on a day, and the verdict it leads to."""

    code: str
    verdict: Verdict
    condition: Callable[[Mechanism, Evidence, str, date], bool]

    def stands(self, evidence: Evidence, country: str, on: date) -> bool:
        """Return whether the obstacle applies. Without a mechanism none does."""
        return evidence.mechanism is not None and self.condition(evidence.mechanism, evidence, country, on)


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


#: In the conditions: m is the mechanism, e the evidence, and the law is that of the day ``on``.
OBSTACLES: Sequence[Obstacle] = (
    Obstacle("unclassified", Verdict.NOT_COVERED, lambda m, e, country, on: m.kind == "unclassified"),
    Obstacle(
        "not_recurring",
        Verdict.NOT_COVERED,
        lambda m, e, country, on: m.kind == "derogation" or not m.recurring,
    ),
    Obstacle("other_country", Verdict.NOT_COVERED, lambda m, e, country, on: not applies_to_country(m, country)),
    Obstacle("not_yet_valid", Verdict.NOT_COVERED, lambda m, e, country, on: after(m.valid_from, on)),
    Obstacle("ended", Verdict.NOT_COVERED, lambda m, e, country, on: before(m.valid_until, on)),
    Obstacle("not_yet_signed", Verdict.NOT_COVERED, lambda m, e, country, on: after(e.signed_on, on)),
    Obstacle("signed_too_late", Verdict.NOT_COVERED, lambda m, e, country, on: before(m.last_day_new, e.signed_on)),
    Obstacle(
        "recipient_does_not_qualify",
        Verdict.NOT_COVERED,
        lambda m, e, country, on: m.recipient_must_qualify and e.recipient_qualifies == "no",
    ),
    Obstacle("ambiguous", Verdict.NEEDS_CHECK, lambda m, e, country, on: m.names_a_group),
    Obstacle("start_not_recorded", Verdict.NEEDS_CHECK, lambda m, e, country, on: m.valid_from is None),
    Obstacle(
        "signing_not_recorded",
        Verdict.NEEDS_CHECK,
        lambda m, e, country, on: before(m.last_day_new, on) and e.signed_on is None,
    ),
    Obstacle(
        "signed_before_it_was_valid",
        Verdict.NEEDS_CHECK,
        lambda m, e, country, on: before(e.signed_on, m.valid_from),
    ),
    Obstacle(
        "recipient_not_recorded",
        Verdict.NEEDS_CHECK,
        lambda m, e, country, on: m.recipient_must_qualify and e.recipient_qualifies not in {"yes", "no"},
    ),
    Obstacle(
        "recipient_checked_later",
        Verdict.NEEDS_CHECK,
        lambda m, e, country, on: (
            m.recipient_must_qualify and e.recipient_qualifies == "yes" and after(e.checked_on, on)
        ),
    ),
    Obstacle(
        "authorisation_not_recorded",
        Verdict.NEEDS_CHECK,
        lambda m, e, country, on: m.needs_permission and not_by(e.permitted_on, on),
    ),
    Obstacle(
        "assessment_not_recorded",
        Verdict.NEEDS_CHECK,
        lambda m, e, country, on: (
            m.needs_assessment_from is not None and m.needs_assessment_from <= on and not_by(e.assessed_on, on)
        ),
    ),
)
