"""The law on transfers to third countries (GDPR chapter V), as it stands on one day. Pure: no Django.

Countries and mechanisms are data with dates; no rule of law is written here. The best evidence decides about a country,
the worst country about an activity. A fact that is not recorded leads to *needs check*, never to *covered*.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from registry.law.countries import COUNTRIES
from registry.law.evidence import DAYS_OF_EVIDENCE, Evidence, Mechanism, RecordedEvidence, day_after, days_of_change
from registry.law.obstacles import OBSTACLES, before, has_begun
from registry.law.periods import periods
from registry.law.verdicts import Reason, ReasonedVerdict, Verdict


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

    def verdict_without_evidence(self, country: str) -> ReasonedVerdict:
        """What holds for a country when nothing is recorded about the transfer."""
        return self.standings.get(country) or self._standing(country)

    def verdict_on_country(self, country: str, evidence: Iterable[Evidence]) -> ReasonedVerdict:
        """The best evidence wins. What is recorded about the country's own decision takes the place of its standing."""
        recorded = [self._of_the_decision(country, each) for each in evidence]
        judged = [self.verdict_on_evidence(country, each) for each in recorded if each.mechanism is not None]
        standing = self.verdict_without_evidence(country)
        conditional = self.conditional(country)
        if not any(each.mechanism in conditional for each in recorded):
            judged.insert(0, standing)
        best = min(assessment.verdict for assessment in judged)
        chosen = [assessment for assessment in judged if assessment.verdict == best]
        if best <= Verdict.COVERED:
            return chosen[0]
        if best == Verdict.NOT_COVERED and len(judged) > 1:  # what is recorded says more than that nothing is
            chosen = [each for each in chosen if each is not standing]
        return ReasonedVerdict(best, country, tuple(reason for each in chosen for reason in each.reasons))

    def verdict_on_activity(self, country: str, evidence: Iterable[Evidence]) -> ReasonedVerdict:
        """The worst of an activity's countries: its own, and those where its evidence says support or storage is."""
        of: dict[str, list[Evidence]] = {country: []}
        for each in evidence:
            of.setdefault(each.country or country, []).append(each)
        return max((self.verdict_on_country(*item) for item in of.items()), key=lambda assessment: assessment.verdict)

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
        return has_begun(mechanism, self.on) and not before(mechanism.valid_until, self.on)

    def _standing(self, country: str) -> ReasonedVerdict:
        free = periods().get(country, ())
        for period in free:
            if period.holds(self.on):
                return ReasonedVerdict(Verdict.NO_TRANSFER, country, (Reason(period.regime, country, self.on),))
        holding = self._holding(country)
        for decision in holding:
            if not decision.recipient_must_qualify:
                reason = Reason("decision", country, self.on, decision)
                return ReasonedVerdict(Verdict.COVERED, country, (reason,), self._warnings(reason))
        if holding:
            reasons = tuple(Reason("decision_for_some", country, self.on, decision) for decision in holding)
            return ReasonedVerdict(Verdict.NEEDS_CHECK, country, reasons)
        if country not in COUNTRIES:
            return ReasonedVerdict(Verdict.NEEDS_CHECK, country, (Reason("country_unknown", country, self.on),))
        if COUNTRIES[country].unclear:
            return ReasonedVerdict(Verdict.NEEDS_CHECK, country, (Reason("country_unclear", country, self.on),))
        if free and self.on < min(period.first for period in free):
            return ReasonedVerdict(Verdict.NEEDS_CHECK, country, (Reason("before_the_data", country, self.on),))
        joinable = [each for each in self.joinable if country in each.countries.split()]
        reasons = tuple(Reason("not_recorded_to_have_joined", country, self.on, each) for each in joinable)
        nothing = Reason("nothing_recorded", country, self.on, self._last(country))
        return ReasonedVerdict(Verdict.NOT_COVERED, country, reasons or (nothing,))

    def _last(self, country: str) -> Mechanism | None:
        """The decision that the country had before."""
        past = [each for each in self.decisions.get(country, []) if before(each.valid_until, self.on)]
        return max(past, key=lambda each: each.valid_until or self.on, default=None)

    def _of_the_decision(self, country: str, evidence: Evidence) -> Evidence:
        decisions = self.conditional(country)
        if evidence.mechanism is not None or not decisions:
            return evidence
        return RecordedEvidence(decisions[0], country, evidence.recipient_qualifies, evidence.checked_on)

    def verdict_on_evidence(self, country: str, evidence: Evidence) -> ReasonedVerdict:
        """One recorded mechanism, by itself."""
        mechanism: Mechanism = evidence.mechanism
        found = [obstacle for obstacle in OBSTACLES if obstacle.stands(evidence, country, self.on)]
        if not found:
            reason = Reason("mechanism", country, self.on, mechanism, evidence)
            return ReasonedVerdict(Verdict.COVERED, country, (reason,), self._warnings(reason))
        worst = max(obstacle.verdict for obstacle in found)
        reasons = [Reason(each.code, country, self.on, mechanism, evidence) for each in found if each.verdict == worst]
        return ReasonedVerdict(worst, country, tuple(reasons))

    def _warnings(self, reason: Reason) -> tuple[Reason, ...]:
        mechanism = reason.mechanism
        contested = mechanism is not None and mechanism.contested_by
        return (Reason("contested", reason.country, self.on, mechanism, reason.evidence),) if contested else ()


def verdict_on_country(
    country: str, on: date, evidence: Iterable[Evidence], mechanisms: Iterable[Mechanism]
) -> ReasonedVerdict:
    return Law(on, mechanisms).verdict_on_country(country, evidence)
