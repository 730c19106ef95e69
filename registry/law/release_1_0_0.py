"""The law as release 1.0.0 said it, to name the verdicts that an upgrade changes. Pure: no Django.

What later releases corrected is put back: obstacles, periods, countries that were not settled, and the values that its
reference data gave to mechanisms. A value that staff gave is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from registry.law.countries import Country
from registry.law.evidence import Mechanism
from registry.law.obstacles import OBSTACLES, Condition, Obstacle, before, not_by
from registry.law.periods import Period
from registry.law.transfers import Law

RELEASE = "1.0.0"

#: Obstacles that it did not know.
LATER: frozenset[str] = frozenset(
    {
        "no_decision_meant",
        "authorised_later",
        "unsettled",
        "check_not_dated",
        "checked_before_it_was_valid",
        "check_lapsed",
        "check_holds_not_recorded",
        "authorised_before_it_was_valid",
        "assessed_too_early",
        "added_data_not_recorded",
    }
)
#: Obstacles that it worded otherwise.
CHANGED: Mapping[str, Condition] = {
    "recipient_does_not_qualify": lambda m, e, place: m.recipient_must_qualify and e.recipient_qualifies == "no",
    "signing_not_recorded": lambda m, e, place: before(m.last_day_new, place.on) and e.signed_on is None,
    "recipient_checked_later": lambda m, e, place: (
        m.recipient_must_qualify and e.recipient_qualifies == "yes" and before(place.on, e.checked_on)
    ),
    "authorisation_not_recorded": lambda m, e, place: m.needs_authorisation and not_by(e.authorised_on, place.on),
    "assessment_not_recorded": lambda m, e, place: (
        m.needs_assessment_from is not None and m.needs_assessment_from <= place.on and not_by(e.assessed_on, place.on)
    ),
}
OBSTACLES_THEN: Sequence[Obstacle] = tuple(
    replace(each, condition=CHANGED.get(each.code, each.condition)) for each in OBSTACLES if each.code not in LATER
)
#: By code and field, the value of today's reference data and the one that it had.
REFERENCE_THEN: Mapping[str, Mapping[str, tuple[object, object]]] = {
    "adequacy": {"valid_from": (date(2000, 8, 25), date(2018, 5, 25))},
    "bcr": {
        "valid_from": (date(1998, 10, 24), date(2018, 5, 25)),
        "recipient_must_qualify": (True, False),
        "needs_authorisation": (True, False),
    },
    "ad_hoc_clauses": {"valid_from": (date(1998, 10, 24), date(2018, 5, 25))},
    "admin_arrangement": {"valid_from": (date(1998, 10, 24), date(2018, 5, 25))},
    "certification": {"valid_from": (date(2026, 4, 15), date(2018, 5, 25))},
    "scc_sa": {"names_a_group": (True, False)},
    "code_of_conduct": {"names_a_group": (True, False)},
    "epo_2025": {"countries": ("XO", "")},
}
UNCLEAR_THEN = frozenset({"AS", "GU", "MP", "PR", "SJ", "UM", "VI"})
#: The first day of the periods of the EEA, and the last one of the bridging clause.
EEA_FROM, BRIDGE_UNTIL = date(2018, 7, 20), date(2021, 6, 30)


class MechanismThen:
    """A mechanism with the values of then."""

    def __init__(self, mechanism: Mechanism, values: Mapping[str, object]) -> None:
        self._mechanism = mechanism
        self._values = values

    def __getattr__(self, name: str) -> Any:
        return self._values[name] if name in self._values else getattr(self._mechanism, name)


class LawThen(Law):
    """The law of a day as the release said it. Evidence has to name the mechanisms of this law."""

    obstacles = OBSTACLES_THEN

    def __init__(self, on: date, mechanisms: Iterable[object]) -> None:
        super().__init__(on, map(as_then, mechanisms))

    def periods_of(self, country: str) -> Sequence[Period]:
        return [period_then(period) for period in super().periods_of(country)]

    def _is_unclear(self, country: Country) -> bool:
        return country.code in UNCLEAR_THEN


def as_then(mechanism: Any) -> MechanismThen:
    """Return a mechanism, which has a code, with those values of then that staff have not changed."""
    values = REFERENCE_THEN.get(mechanism.code, {})
    given = {name: then for name, (now, then) in values.items() if getattr(mechanism, name) == now}
    return MechanismThen(mechanism, given)


def period_then(period: Period) -> Period:
    if period.regime == "eea":
        return replace(period, first=EEA_FROM)
    return replace(period, last=BRIDGE_UNTIL) if period.regime == "tca_bridge" else period
