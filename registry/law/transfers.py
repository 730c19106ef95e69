"""The law on transfers to third countries (GDPR chapter V), as it stands on one day. Pure: no Django.

Countries and mechanisms are data with dates; no rule of law is written here. The best evidence decides about a country,
the worst country about an activity. A fact that is not recorded leads to *needs check*, never to *covered*.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from registry.law.countries import COUNTRIES, INTERNATIONAL_ORGANISATION, Country
from registry.law.evidence import (
    DAYS_OF_EVIDENCE,
    Evidence,
    Mechanism,
    RecordedEvidence,
    by_country,
    check_lapses_after,
    day_after,
    days_of_change,
)
from registry.law.obstacles import OBSTACLES, Obstacle, Place, before, has_begun
from registry.law.periods import Period, periods
from registry.law.verdicts import Reason, ReasonedVerdict, Verdict


class Law:
    """The law of one day: the free-flow periods, and the adequacy decisions among the mechanisms."""

    obstacles: Sequence[Obstacle] = OBSTACLES

    def __init__(self, on: date, mechanisms: Iterable[Mechanism]) -> None:
        self.on = on
        #: As given: callers that pass entries of the register get entries back.
        self.mechanisms: list[Any] = list(mechanisms)
        self._next_changes: dict[str, date | None] = {}
        self.decisions: dict[str, list[Mechanism]] = {}
        for mechanism in self.mechanisms:
            if mechanism.kind == "adequacy" and not mechanism.self_certified and not mechanism.names_a_group:
                for country in mechanism.countries.split():
                    self.decisions.setdefault(country, []).append(mechanism)
        #: Mechanisms in force that cover only organisations that joined: they count where a transfer relies on them.
        self.self_certified = [each for each in self.mechanisms if each.self_certified and self._is_in_force(each)]
        self._decisions_in_force = {
            country: [each for each in decisions if self._is_in_force(each)]
            for country, decisions in self.decisions.items()
        }
        self._places = self._places_with_decisions()
        #: By country, as they are asked for: who needs the law of a day seldom needs it for all countries.
        self._country_verdicts: dict[str, ReasonedVerdict] = {}

    def verdict_on_activity(self, country: str, evidence: Iterable[Evidence]) -> ReasonedVerdict:
        """Return the worst verdict on the countries of an activity: its own, and those that its evidence names."""
        verdicts = [self.verdict_on_country(*place) for place in by_country(country, evidence).items()]
        return max(verdicts, key=lambda reasoned: reasoned.verdict)

    def verdict_on_country(self, country: str, evidence: Iterable[Evidence]) -> ReasonedVerdict:
        """Return the verdict by the best of the evidence about a country, or without evidence where that is better.

        Evidence about the country's own conditional decision replaces the verdict without evidence. Where nobody has
        stated the country, nothing covers it, and nothing says that it is not covered.
        """
        if not country:
            return self.verdict_without_evidence(country)
        evidence = [self._with_decision(country, each) for each in evidence]
        without_evidence = self.verdict_without_evidence(country)
        verdicts = [self.verdict_on_evidence(country, each) for each in evidence if each.mechanism is not None]
        decisions = self.conditional_decisions(country)
        if not any(each.mechanism in decisions for each in evidence):
            verdicts.insert(0, without_evidence)
        best = min(reasoned.verdict for reasoned in verdicts)
        deciding = [reasoned for reasoned in verdicts if reasoned.verdict == best]
        if best <= Verdict.COVERED:  # by what no case or doubt threatens, where there is such
            return min(deciding, key=lambda reasoned: len(reasoned.warnings))
        if best == Verdict.NOT_COVERED and len(verdicts) > 1:  # the evidence explains more than its absence
            deciding = [reasoned for reasoned in deciding if reasoned is not without_evidence]
        reasons, warnings = (
            tuple(reason for reasoned in deciding for reason in getattr(reasoned, name))
            for name in ("reasons", "warnings")
        )
        return ReasonedVerdict(best, country, reasons, warnings)

    def verdict_on_evidence(self, country: str, evidence: Evidence) -> ReasonedVerdict:
        """Return the verdict on a country by one recorded mechanism alone."""
        if not country:
            return self.verdict_without_evidence(country)
        mechanism = evidence.mechanism
        place = self._places.get(country) or Place(country, self.on)
        obstacles = [
            each for each in self.obstacles if mechanism is not None and each.condition(mechanism, evidence, place)
        ]
        worst = max((obstacle.verdict for obstacle in obstacles), default=Verdict.COVERED)
        codes = [obstacle.code for obstacle in obstacles if obstacle.verdict == worst] or ["mechanism"]
        reasons = tuple(Reason(code, country, self.on, mechanism, evidence) for code in codes)
        return ReasonedVerdict(worst, country, reasons, self._warnings(reasons[0]))

    def verdict_without_evidence(self, country: str) -> ReasonedVerdict:
        """Return the verdict on a country where nothing is recorded about the transfer."""
        verdict = self._country_verdicts.get(country) or self._determine_without_evidence(country)
        if country in COUNTRIES:  # others may be anything that somebody types
            self._country_verdicts[country] = verdict
        return verdict

    def holds_until(self, country: str, evidence: Iterable[Evidence]) -> date:
        """Return the last day on which ``verdict_on_activity()`` is certain to give the same verdict.

        ``date.max`` where no later day is known to change it. The verdict may hold longer.
        """
        evidence = list(evidence)
        places = {country, *(each.country or country for each in evidence)}
        days: list[date | None] = [self.next_change(place) for place in places]
        for each in evidence:
            days += (getattr(each, name) for name in DAYS_OF_EVIDENCE)
            relied_on = self._with_decision(each.country or country, each).mechanism
            if relied_on is not None:
                days += (*days_of_change(relied_on), day_after(check_lapses_after(relied_on, each)))
        later = [day for day in days if day is not None and day > self.on]
        return min(later) - timedelta(days=1) if later else date.max

    def next_change(self, country: str) -> date | None:
        """Return the next day on which the verdict without evidence may change; None where none is known."""
        if country not in self._next_changes:
            known = COUNTRIES.get(country)
            names = {country, known.unclear_while_decision_for} if known else {country}
            of_mechanisms = (
                days_of_change(each) for each in self.mechanisms if not names.isdisjoint(each.countries.split())
            )
            of_periods = ((each.first, day_after(each.last)) for each in self.periods_of(country))
            days = [day for each in (*of_mechanisms, *of_periods) for day in each]
            days.append(known.unclear_from if known else None)
            later = [day for day in days if day is not None and day > self.on]
            self._next_changes[country] = min(later, default=None)
        return self._next_changes[country]

    def periods_of(self, country: str) -> Sequence[Period]:
        """Return the periods in which data flows freely to a country."""
        return periods().get(country, ())

    def conditional_decisions(self, country: str) -> list[Mechanism]:
        """Return the decisions in force that cover some recipients in a country."""
        return [each for each in self._decisions_in_force.get(country, ()) if each.recipient_must_qualify]

    def countries(self, verdict: Verdict) -> list[str]:
        """Return the codes of the countries with this verdict without evidence."""
        return [country for country in COUNTRIES if self.verdict_without_evidence(country).verdict == verdict]

    def _is_in_force(self, mechanism: Mechanism) -> bool:
        return has_begun(mechanism, self.on) and not before(mechanism.valid_until, self.on)

    def _determine_without_evidence(self, country: str) -> ReasonedVerdict:
        if not country:
            return self._verdict(Verdict.NEEDS_CHECK, country, "country_not_stated")
        country_periods = self.periods_of(country)
        for period in country_periods:
            if period.holds(self.on):
                return self._verdict(Verdict.NO_TRANSFER, country, period.regime)
        decisions = self._decisions_in_force.get(country, ())
        for decision in decisions:
            if not decision.recipient_must_qualify:
                reason = Reason("decision", country, self.on, decision)
                return ReasonedVerdict(Verdict.COVERED, country, (reason,), self._warnings(reason))
        organisation = country == INTERNATIONAL_ORGANISATION
        if decisions:
            code = "decision_for_one_organisation" if organisation else "decision_for_some"
            return self._verdict(Verdict.NEEDS_CHECK, country, code, *decisions)
        if organisation:
            return self._verdict(Verdict.NOT_COVERED, country, "nothing_recorded_for_organisation")
        if country not in COUNTRIES:
            return self._verdict(Verdict.NEEDS_CHECK, country, "country_unknown")
        if self._is_unclear(COUNTRIES[country]):
            return self._verdict(Verdict.NEEDS_CHECK, country, "country_unclear")
        if country_periods and self.on < min(period.first for period in country_periods):
            return self._verdict(Verdict.NEEDS_CHECK, country, "before_the_data")
        joinable = [each for each in self.self_certified if country in each.countries.split()]
        if joinable:
            return self._verdict(Verdict.NOT_COVERED, country, "not_recorded_to_have_joined", *joinable)
        return self._verdict(Verdict.NOT_COVERED, country, "nothing_recorded", self._last_decision(country))

    def _places_with_decisions(self) -> dict[str, Place]:
        """Return each country that decisions in force name, those that organisations join among them."""
        named: dict[str, list[Mechanism]] = {}
        for each in self.mechanisms:
            if each.kind == "adequacy" and not each.names_a_group and self._is_in_force(each):
                for country in each.countries.split():
                    named.setdefault(country, []).append(each)
        return {country: Place(country, self.on, decisions) for country, decisions in named.items()}

    def _is_unclear(self, country: Country) -> bool:
        """Return whether a person has to look at whether EU law, or the decision for another state, applies."""
        if not country.unclear or (country.unclear_from is not None and self.on < country.unclear_from):
            return False
        return not country.unclear_while_decision_for or country.unclear_while_decision_for in self._places

    def _verdict(self, verdict: Verdict, country: str, code: str, *mechanisms: Mechanism | None) -> ReasonedVerdict:
        """Return a verdict for one kind of reason, given for each of the mechanisms, or once without one."""
        reasons = tuple(Reason(code, country, self.on, mechanism) for mechanism in mechanisms or (None,))
        return ReasonedVerdict(verdict, country, reasons)

    def _last_decision(self, country: str) -> Mechanism | None:
        """Return the decision on a country that ended last before the day."""
        ended = [each for each in self.decisions.get(country, []) if before(each.valid_until, self.on)]
        return max(ended, key=lambda each: each.valid_until or self.on, default=None)

    def _with_decision(self, country: str, evidence: Evidence) -> Evidence:
        """Return evidence without a mechanism as evidence about the country's own conditional decision, if any."""
        decisions = self.conditional_decisions(country)
        if evidence.mechanism is not None or not decisions:
            return evidence
        return RecordedEvidence(decisions[0], country, evidence.recipient_qualifies, evidence.checked_on)

    def _warnings(self, reason: Reason) -> tuple[Reason, ...]:
        """Return the warnings beside a reason: what covers is contested; the clauses are not made for the importer."""
        mechanism, evidence = reason.mechanism, reason.evidence
        codes = []
        if mechanism is not None and mechanism.contested_by and reason.code in {"mechanism", "decision"}:
            codes.append("contested")
        if mechanism is not None and mechanism.for_importers_outside_gdpr and is_under_gdpr(evidence):
            codes.append("importer_under_gdpr")
        return tuple(replace(reason, code=code) for code in codes)


def is_under_gdpr(evidence: Evidence | None) -> bool:
    """Return whether the importer is recorded as itself subject to the GDPR (Art. 3(2))."""
    return evidence is not None and evidence.importer_under_gdpr == "yes"


def verdict_on_country(
    country: str, on: date, evidence: Iterable[Evidence], mechanisms: Iterable[Mechanism]
) -> ReasonedVerdict:
    return Law(on, mechanisms).verdict_on_country(country, evidence)
