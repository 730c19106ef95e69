"""What the law of a day says of an activity besides its verdict, for findings. Pure: no Django."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from registry.law.evidence import Evidence, by_country
from registry.law.transfers import Law
from registry.law.verdicts import Reason, ReasonedVerdict, Verdict


@dataclass(frozen=True)
class Standing:
    """What the law of a day says of an activity."""

    verdict: Verdict
    #: A country is covered, but by mechanisms that are contested and nothing else.
    contested: bool
    #: A mechanism is recorded for a country to which there is no transfer.
    needless: bool


def standing_of(law: Law, country: str, evidence: Iterable[Evidence]) -> Standing:
    """Return what the law says of an activity in a country with the evidence of its transfers.

    It stays the same until the day that ``Law.holds_until()`` returns.
    """
    evidence = list(evidence)
    return Standing(
        law.verdict_on_activity(country, evidence).verdict,
        contested=bool(contested_cover(law, country, evidence)),
        needless=any(is_needless(law, country, each) for each in evidence),
    )


def contested_cover(law: Law, country: str, evidence: Iterable[Evidence]) -> list[Reason]:
    """Return the warnings about the mechanisms that alone cover a country of an activity, where all are contested."""
    places = by_country(country, evidence).items()
    return [warning for place in places for warning in warnings_about_country(law, *place)]


def warnings_about_country(law: Law, country: str, evidence: Sequence[Evidence]) -> list[Reason]:
    """Return the warnings about all that covers a country; none where something uncontested does, or nothing."""
    named = [each for each in evidence if each.mechanism is not None]
    without_evidence = law.verdict_without_evidence(country)
    contested = any(each.mechanism and each.mechanism.contested_by for each in named)
    if not contested and not contested_warnings(without_evidence):
        return []
    if law.verdict_on_country(country, evidence).verdict != Verdict.COVERED:
        return []
    verdicts = (*(law.verdict_on_evidence(country, each) for each in named), without_evidence)
    covering = [each for each in verdicts if each.verdict == Verdict.COVERED]
    if not all(map(contested_warnings, covering)):
        return []
    return [warning for each in covering for warning in contested_warnings(each)]


def contested_warnings(reasoned: ReasonedVerdict) -> list[Reason]:
    return [warning for warning in reasoned.warnings if warning.code == "contested"]


def is_needless(law: Law, country: str, evidence: Evidence) -> bool:
    """Return whether evidence of an activity in a country names a mechanism where none is needed."""
    place = evidence.country or country
    return evidence.mechanism is not None and law.verdict_without_evidence(place).verdict == Verdict.NO_TRANSFER
