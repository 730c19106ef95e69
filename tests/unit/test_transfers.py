"""What a transfer stands on, by the law of a day: the dated cases, the boundary days of the data, and odd facts."""

import csv
import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from registry.law.catalogue import mechanisms_by_code
from registry.law.countries import COUNTRIES, INTERNATIONAL_ORGANISATION
from registry.law.edition import MODULES
from registry.law.evidence import RecordedEvidence
from registry.law.obstacles import OBSTACLES
from registry.law.periods import periods
from registry.law.sources import eur_lex
from registry.law.transfers import Law, verdict_on_country
from registry.law.verdicts import Verdict

DAY = timedelta(days=1)
KNOWN = {code: SimpleNamespace(**values) for code, values in mechanisms_by_code().items()}
DECISIONS = [m for m in KNOWN.values() if m.kind == "adequacy" and m.countries and not m.self_certified]
ON = date(2026, 11, 26)
CASES = list(csv.DictReader((Path(__file__).parent / "transfer_cases.csv").read_text(encoding="utf-8").splitlines()))


def day(text):
    return date.fromisoformat(text) if text else None


def recorded(code="", qualifies="", **facts):
    values = {
        name: day(value) if name.endswith("_on") and isinstance(value, str) else value for name, value in facts.items()
    }
    return RecordedEvidence(KNOWN[code] if code else None, recipient_qualifies=qualifies or "unknown", **values)


def judge(country, on, *evidence):
    return verdict_on_country(country, day(on) if isinstance(on, str) else on, evidence, KNOWN.values())


def verdict(country, on, *evidence):
    return judge(country, on, *evidence).verdict.code


def codes_of(found):
    return [reason.code for reason in found.reasons]


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case['n']}: {case['why']}") for case in CASES])
def test_the_dated_cases(case):
    days = {name: case[name] for name in ("checked_on", "signed_on", "assessed_on", "authorised_on")}
    evidence = recorded(case["mechanism"], case["recipient_qualifies"], **days)
    found = verdict(case["country"], case["on"], evidence)
    assert found == case["expected"] or (case["expected"], found) == ("covered", "no_transfer")


def complete(code, on, **facts):
    """Evidence of everything that a mechanism asks for, recorded as early as it counts, for a day."""
    mechanism = KNOWN[code]
    first = mechanism.valid_from
    assessed = max(first, mechanism.needs_assessment_from or first)
    days = {
        "checked_on": max(first, on - 300 * DAY),
        "signed_on": first if mechanism.must_be_signed else None,
        "assessed_on": assessed if assessed <= on else None,
        "authorised_on": first if mechanism.needs_authorisation else None,
    }
    return recorded(code, "yes", **{**days, **facts})


def alone(code, on, evidence):
    """The verdict by one mechanism alone, by the law of a day with the whole catalogue."""
    return Law(on, KNOWN.values()).verdict_on_evidence((KNOWN[code].countries or "IN").split()[0], evidence)


def best_verdict(mechanism, on):
    if not mechanism.recurring:
        return "not_covered"
    unsettled = mechanism.unsettled_from and mechanism.unsettled_from <= on
    return "needs_check" if mechanism.names_a_group or unsettled else "covered"


@pytest.mark.parametrize("code", [code for code, m in KNOWN.items() if m.code != "adequacy"])
def test_each_mechanism_covers_from_its_first_day_to_its_last(code):
    mechanism = KNOWN[code]

    def on(when):
        return alone(code, when, complete(code, when)).verdict.code

    assert on(mechanism.valid_from - DAY) == "not_covered"
    best = best_verdict(mechanism, mechanism.valid_from)
    assert on(mechanism.valid_from) == on(mechanism.valid_from + DAY) == best
    if mechanism.valid_until:
        assert on(mechanism.valid_until) == best_verdict(mechanism, mechanism.valid_until)
        assert on(mechanism.valid_until + DAY) == "not_covered"


@pytest.mark.parametrize("code", [code for code, m in KNOWN.items() if m.last_day_new and m.must_be_signed])
def test_clauses_may_be_concluded_until_their_last_day_to_conclude(code):
    mechanism = KNOWN[code]
    last = mechanism.last_day_new
    for on in (last + DAY, mechanism.valid_until):
        late = alone(code, on, complete(code, on, signed_on=last + DAY))
        assert (late.verdict.code, late.reasons[0].code) == ("not_covered", "signed_too_late")
        assert alone(code, on, complete(code, on, signed_on=last)).verdict.code == best_verdict(mechanism, on)


@pytest.mark.parametrize("code", [code for code, m in KNOWN.items() if m.must_be_signed])
def test_what_is_concluded_by_signature_covers_only_when_signed(code):
    mechanism = KNOWN[code]
    for on in filter(None, (mechanism.valid_from, mechanism.last_day_new, mechanism.valid_until)):
        unsigned = alone(code, on, complete(code, on, signed_on=None))
        assert unsigned.verdict.code == "needs_check"
        assert "signing_not_recorded" in [reason.code for reason in unsigned.reasons]
    if mechanism.valid_until:
        after = mechanism.valid_until + DAY
        assert alone(code, after, complete(code, after, signed_on=None)).verdict.code == "not_covered"


@pytest.mark.parametrize("code", ["bcr", "ad_hoc_clauses", "admin_arrangement"])
def test_what_an_authority_decides_covers_only_when_it_decided(code):
    assert codes_of(alone(code, ON, complete(code, ON, authorised_on=None))) == ["authorisation_not_recorded"]
    assert alone(code, ON, complete(code, ON, authorised_on=ON)).verdict.code == "covered"
    later = alone(code, ON, complete(code, ON, authorised_on=ON + DAY))
    assert (later.verdict.code, codes_of(later)) == ("not_covered", ["authorised_later"])


@pytest.mark.parametrize("code", ["bcr", "ad_hoc_clauses", "admin_arrangement"])
def test_what_was_authorised_before_the_gdpr_remains_valid(code):
    for on in (date(2018, 5, 24), ON):
        assert (
            alone(code, on, complete(code, on, authorised_on="2012-03-01", signed_on="2012-03-01")).verdict.code
            == "covered"
        )
    early = alone(code, ON, complete(code, ON, authorised_on="1998-10-23"))
    assert codes_of(early) == ["authorised_before_it_was_valid"]


@pytest.mark.parametrize("code", [code for code, m in KNOWN.items() if m.needs_assessment_from and m.recurring])
def test_each_assessment_is_needed_from_its_day(code):
    mechanism = KNOWN[code]
    first = mechanism.needs_assessment_from

    def codes(on, **facts):
        return set(codes_of(alone(code, on, complete(code, on, **facts))))

    missing = "added_data_not_recorded" if mechanism.assessed_only_with_added_data else "assessment_not_recorded"
    too_early = "added_data_not_recorded" if mechanism.assessed_only_with_added_data else "assessed_too_early"
    on = max(first, mechanism.valid_from)
    assert missing in codes(on, assessed_on=None)
    assert missing in codes(on, assessed_on=on + DAY)
    assert too_early in codes(on, assessed_on=first - DAY)
    assert not {missing, too_early} & codes(on, assessed_on=on)
    assert not {missing, too_early} & codes(first - DAY, assessed_on=None)


class TestAListOfCertifiedRecipients:
    """A *yes* counts from the day of the check and for twelve months."""

    @pytest.mark.parametrize("code", ["dpf", "privacy_shield", "safe_harbour"])
    def test_a_check_holds_twelve_months(self, code):
        checked = KNOWN[code].valid_from
        last = checked.replace(year=checked.year + 1)
        verdicts = [alone(code, on, recorded(code, "yes", checked_on=checked)) for on in (checked, last, last + DAY)]
        assert [found.verdict.code for found in verdicts] == ["covered", "covered", "needs_check"]
        assert codes_of(verdicts[-1]) == ["check_lapsed"]

    def test_of_the_last_day_of_february_until_the_same_a_year_later(self):
        evidence = recorded("dpf", "yes", checked_on="2024-02-29")
        assert [verdict("US", on, evidence) for on in ("2025-02-28", "2025-03-01")] == ["covered", "needs_check"]

    def test_without_a_day_it_covers_nothing(self):
        assert codes_of(judge("US", ON, recorded("dpf", "yes"))) == ["check_not_dated"]

    def test_made_before_the_list_it_covers_nothing(self):
        early = recorded("dpf", "yes", checked_on="2023-07-09")
        assert codes_of(judge("US", "2023-07-10", early)) == ["checked_before_it_was_valid"]

    @pytest.mark.parametrize("answer", ["yes", "no"])
    def test_made_later_it_is_as_if_not_recorded(self, answer):
        later = recorded("dpf", answer, checked_on=ON + DAY)
        assert (verdict("US", ON, later), codes_of(judge("US", ON, later))) == (
            "needs_check",
            ["recipient_checked_later"],
        )

    def test_how_long_it_holds_has_to_be_recorded(self):
        own = SimpleNamespace(**{**vars(KNOWN["dpf"]), "check_holds_months": None})
        found = judge("US", ON, RecordedEvidence(own, recipient_qualifies="yes", checked_on=ON))
        assert codes_of(found) == ["check_holds_not_recorded"]

    @pytest.mark.parametrize("code", ["ca_2002", "jp_2019", "kr_2021", "br_2026", "il_2011"])
    def test_a_decision_about_a_sector_needs_the_yes_and_no_fresh_day(self, code):
        country = KNOWN[code].countries
        for checked in (None, ON - 3000 * DAY, ON):
            assert verdict(country, ON, recorded(code, "yes", checked_on=checked)) == "covered"
            assert verdict(country, ON, recorded("", "yes", checked_on=checked)) == "covered"
        assert verdict(country, ON, recorded(code, "yes", checked_on=ON + DAY)) == "needs_check"


class TestModuleFour:
    """An assessment is needed only where the processor adds data of its own."""

    @pytest.mark.parametrize(
        ("adds", "assessed_on", "code"),
        [
            ("no", None, "mechanism"),
            ("no", ON, "mechanism"),
            ("yes", ON, "mechanism"),
            ("unknown", ON, "mechanism"),
            ("yes", None, "assessment_not_recorded"),
            ("unknown", None, "added_data_not_recorded"),
            ("unknown", ON + DAY, "added_data_not_recorded"),
        ],
    )
    def test_each_answer(self, adds, assessed_on, code):
        evidence = recorded("scc_2021_m4", signed_on="2024-01-01", assessed_on=assessed_on, processor_adds_data=adds)
        assert codes_of(judge("IN", ON, evidence)) == [code]

    def test_the_answer_counts_for_no_other_module(self):
        evidence = recorded("scc_2021_m2", signed_on="2024-01-01", processor_adds_data="no")
        assert codes_of(judge("IN", ON, evidence)) == ["assessment_not_recorded"]


@pytest.mark.parametrize("code", ["scc_2021_m1", "scc_2021_m2", "scc_2021_m3", "scc_2021_m4", "scc_2010_c2p"])
def test_the_clauses_of_2021_warn_where_the_importer_is_under_the_gdpr(code):
    expected = ["importer_under_gdpr"] if code.startswith("scc_2021") else []
    for evidence in (complete(code, ON), recorded(code)):
        for answer, warnings in (("yes", expected), ("no", []), ("unknown", [])):
            found = judge("IN", ON, replace(evidence, importer_under_gdpr=answer))
            assert [warning.code for warning in found.warnings] == warnings


class TestAnAdequacyDecisionThatIsNotNamed:
    @pytest.mark.parametrize(
        ("country", "on", "expected"),
        [
            ("US", "2020-07-15", "needs_check"),
            ("US", "2020-07-16", "not_covered"),
            ("US", "2023-07-09", "not_covered"),
            ("US", "2023-07-10", "needs_check"),
            ("CA", "2001-12-31", "not_covered"),
            ("CA", "2002-01-04", "needs_check"),
            ("IN", "2026-11-26", "not_covered"),
            ("US", "2000-08-25", "needs_check"),
            ("US", "2000-08-24", "not_covered"),
        ],
    )
    def test_needs_a_check_only_where_one_could_be_meant(self, country, on, expected):
        assert verdict(country, on, recorded("adequacy", "yes")) == expected


def nothing(country, on):
    """The verdict where no decision holds and nothing is recorded: before the data begins, a person has to look."""
    free = periods().get(country, ())
    return "needs_check" if free and on < min(period.first for period in free) else "not_covered"


@pytest.mark.parametrize("decision", [pytest.param(m, id=m.code) for m in DECISIONS])
def test_each_decision_holds_for_its_country_from_its_first_day_to_its_last(decision):
    holds = "needs_check" if decision.recipient_must_qualify else "covered"
    (country,) = decision.countries.split()
    others = [m for m in DECISIONS if m is not decision and m.countries == country]
    free = periods().get(country, ())
    for on in (decision.valid_from - DAY, decision.valid_from, decision.valid_from + DAY):
        if not any(period.holds(on) for period in free):
            alone = Law(on, [decision]).verdict_on_country(country, []).verdict.code
            assert alone == (holds if on >= decision.valid_from else nothing(country, on))
    if decision.valid_until:
        last, after = decision.valid_until, decision.valid_until + DAY
        assert Law(last, [decision]).verdict_on_country(country, []).verdict.code == holds
        followed = any(m.valid_from <= after for m in others if m.valid_from > decision.valid_from)
        later = Law(after, DECISIONS).verdict_on_country(country, []).verdict.code
        assert later == (holds if followed else nothing(country, after))


@pytest.mark.parametrize(
    "period", [pytest.param(p, id=f"{p.country} {p.regime}") for ps in periods().values() for p in ps]
)
def test_data_flows_freely_from_the_first_day_of_each_period_to_its_last(period):
    assert verdict(period.country, period.first) == verdict(period.country, period.first + DAY) == "no_transfer"
    if period is periods()[period.country][0]:
        assert verdict(period.country, period.first - DAY) == "needs_check"
    if period.last:
        assert verdict(period.country, period.last) == "no_transfer"
        beyond = judge(period.country, period.last + DAY)
        assert beyond.verdict <= (Verdict.NOT_COVERED if period.country == "GI" else Verdict.COVERED)


@pytest.mark.uncounted("each day: the other days of this module")
def test_the_united_kingdom_is_covered_on_each_single_day():
    on, last = date(2018, 5, 25), date(2031, 12, 27)
    while on <= last:
        assert Law(on, DECISIONS).verdict_on_country("GB", []).verdict <= Verdict.COVERED, on
        on += DAY
    assert verdict("GB", last + DAY) == "not_covered"
    assert judge("GB", last + DAY).reasons[0].mechanism.code == "gb_2026"


def test_its_regimes_follow_each_other_without_a_gap():
    gb = sorted(periods()["GB"], key=lambda period: period.first)
    assert all(first.last == second.first - DAY for first, second in pairwise(gb))


def test_every_country_has_a_verdict_on_every_kind_of_day():
    for on in (date(1990, 1, 1), date(2018, 5, 24), date(2020, 7, 16), date(2026, 11, 24), date(2099, 12, 31)):
        law = Law(on, KNOWN.values())
        assert sorted(country for verdict in Verdict for country in law.countries(verdict)) == sorted(COUNTRIES)


@pytest.mark.parametrize(
    ("country", "reason"), [("XX", "country_unknown"), ("", "country_not_stated"), ("us", "country_unknown")]
)
def test_a_code_that_is_no_country_needs_a_check(country, reason):
    found = judge(country, "2026-11-24")
    assert (found.verdict.code, found.reasons[0].code) == ("needs_check", reason)


def test_no_mechanism_says_anything_of_a_country_that_nobody_stated():
    law = Law(date(2026, 11, 24), KNOWN.values())
    for mechanism in KNOWN.values():
        found = law.verdict_on_evidence("", RecordedEvidence(mechanism, "", signed_on=date(2022, 1, 1)))
        assert (found.verdict.code, found.reasons[0].code) == ("needs_check", "country_not_stated")


@pytest.mark.parametrize(
    ("country", "unclear", "settled"),
    [
        *((code, ["2019-06-01", "2026-11-24"], ["2019-05-31"]) for code in ("PF", "NC", "WF", "TF", "BL", "PM")),
        *(
            (code, ["2020-07-15", "2023-07-10", "2015-10-05"], ["2020-07-16", "2023-07-09", "2015-10-06"])
            for code in ("PR", "GU", "AS", "MP", "VI", "UM")
        ),
        ("GI", ["2026-07-15"], ["2026-07-14"]),
        ("SJ", ["2018-05-24", "2026-11-24"], []),
    ],
)
def test_a_territory_needs_a_check_on_the_days_on_which_it_is_not_settled(country, unclear, settled):
    assert {codes_of(judge(country, on))[0] for on in unclear} == {"country_unclear"}
    assert {verdict(country, on) for on in settled} <= {"not_covered"}


class TestEvidence:
    def test_the_best_evidence_wins(self):
        bad, good = recorded("privacy_shield", "yes"), complete("scc_2021_m2", date(2023, 2, 1))
        found = judge("US", "2023-02-01", bad, good)
        assert (found.verdict.code, found.reasons[0].mechanism.code) == ("covered", "scc_2021_m2")

    def test_all_that_falls_short_equally_is_told(self):
        found = judge("US", "2026-11-24", recorded("privacy_shield"), recorded("safe_harbour"))
        assert [(r.code, r.mechanism.code) for r in found.reasons] == [
            ("ended", "privacy_shield"),
            ("ended", "safe_harbour"),
        ]

    @pytest.mark.parametrize(
        ("facts", "code"),
        [
            pytest.param({"signed_on": "2026-11-25"}, "not_yet_signed", id="signed in the future"),
            pytest.param({"signed_on": "2021-06-26"}, "signed_before_it_was_valid", id="signed before it was valid"),
            pytest.param({"assessed_on": "2026-11-25"}, "assessment_not_recorded", id="assessed in the future"),
            pytest.param({"assessed_on": None}, "assessment_not_recorded", id="not assessed"),
        ],
    )
    def test_facts_that_are_missing_contradictory_or_in_the_future_do_not_cover(self, facts, code):
        evidence = recorded("scc_2021_m2", **{"signed_on": "2024-01-01", "assessed_on": "2026-01-01", **facts})
        found = judge("IN", "2026-11-24", evidence)
        assert found.verdict > Verdict.COVERED
        assert code in [reason.code for reason in found.reasons]

    def test_a_recipient_checked_after_the_day_judged_needs_a_check(self):
        later = recorded("dpf", "yes", checked_on="2024-01-01")
        assert verdict("US", "2023-12-31", later) == "needs_check"
        assert verdict("US", "2024-01-01", later) == "covered"

    def test_facts_recorded_one_by_one_cover_with_the_last_one(self):
        steps: list[dict[str, Any]] = [
            {"recipient_qualifies": "yes"},
            {"checked_on": date(2026, 1, 1)},
            {"assessed_on": date(2026, 1, 1)},
            {"authorised_on": date(2015, 1, 1)},
        ]
        evidence = recorded("bcr")
        for step in steps:
            assert verdict("IN", ON, evidence) == "needs_check"
            evidence = replace(evidence, **step)
        assert verdict("IN", ON, evidence) == "covered"

    def test_a_decision_of_another_country_does_not_cover(self):
        found = judge("IN", "2026-11-24", recorded("ca_2002", "yes"))
        assert (found.verdict.code, found.reasons[0].code) == ("not_covered", "other_country")

    def test_a_decision_about_an_organisation_covers_no_country(self):
        for answer in ("yes", "no", "unknown"):
            found = judge("IN", ON, recorded("epo_2025", answer))
            assert (found.verdict.code, codes_of(found)[0]) == ("not_covered", "other_country")

    @pytest.mark.parametrize(
        ("on", "answer", "expected"),
        [
            ("2025-07-17", "yes", "not_covered"),
            ("2025-07-18", "yes", "covered"),
            ("2025-07-18", "unknown", "needs_check"),
            ("2025-07-18", "no", "not_covered"),
        ],
    )
    def test_a_decision_about_an_organisation_covers_that_organisation(self, on, answer, expected):
        for code in ("epo_2025", ""):
            assert verdict(INTERNATIONAL_ORGANISATION, on, recorded(code, answer)) == expected

    def test_an_organisation_without_a_decision_needs_a_mechanism(self):
        before, since = (judge(INTERNATIONAL_ORGANISATION, on) for on in ("2025-07-17", "2025-07-18"))
        assert (before.verdict.code, codes_of(before)) == ("not_covered", ["nothing_recorded_for_organisation"])
        assert (since.verdict.code, codes_of(since)) == ("needs_check", ["decision_for_one_organisation"])
        assert verdict(INTERNATIONAL_ORGANISATION, ON, complete("scc_2021_m2", ON)) == "covered"

    @pytest.mark.parametrize("kind", ["adequacy", "scc"])
    def test_a_group_covers_nothing_until_it_is_said_which_is_meant(self, kind):
        found = judge("US", "2026-11-24", recorded(kind, "yes", signed_on="2022-01-01", assessed_on="2022-01-01"))
        assert found.verdict >= Verdict.NEEDS_CHECK

    def test_what_nobody_has_classified_covers_nothing(self):
        unknown = SimpleNamespace(**{**vars(KNOWN["dpf"]), "kind": "unclassified"})
        found = judge("US", "2026-11-24", RecordedEvidence(unknown, recipient_qualifies="yes"))
        assert (found.verdict.code, found.reasons[0].code) == ("not_covered", "unclassified")

    def test_a_mechanism_without_a_first_day_needs_a_check(self):
        undated = SimpleNamespace(**{**vars(KNOWN["bcr"]), "valid_from": None})
        found = judge("IN", "2026-11-24", replace(complete("bcr", ON), mechanism=undated))
        assert (found.verdict.code, found.reasons[0].code) == ("needs_check", "start_not_recorded")

    def test_every_derogation_fails_to_carry_what_recurs(self):
        derogations = [code for code, m in KNOWN.items() if m.kind == "derogation"]
        assert len(derogations) == 8
        for code in derogations:
            assert verdict("US", "2026-11-24", recorded(code)) == "not_covered"

    def test_no_recorded_mechanism_makes_a_country_worse(self):
        for code in KNOWN:
            assert verdict("SE", "2026-11-24", recorded(code, "no")) == "no_transfer"
            assert verdict("CH", "2026-11-24", recorded(code, "no")) == "covered"


class TestDecisionsForSomeRecipients:
    @pytest.mark.parametrize(
        ("qualifies", "expected"), [("yes", "covered"), ("unknown", "needs_check"), ("no", "not_covered")]
    )
    @pytest.mark.parametrize("code", ["", "ca_2002"])
    def test_only_a_recorded_yes_covers(self, code, qualifies, expected):
        assert verdict("CA", "2026-11-24", recorded(code, qualifies)) == expected

    def test_another_mechanism_still_covers_a_recipient_that_does_not_qualify(self):
        clauses = complete("scc_2021_m2", date(2026, 11, 24))
        assert verdict("CA", "2026-11-24", recorded("ca_2002", "no"), clauses) == "covered"

    def test_another_mechanism_that_falls_short_leaves_the_question_of_the_recipient_open(self):
        assert verdict("CA", "2026-11-24", recorded("privacy_shield", "yes")) == "needs_check"

    def test_who_may_have_joined_is_told_to_record_it(self):
        reasons = {on: judge("US", on).reasons[0] for on in ("2020-07-15", "2020-07-16", "2026-11-24")}
        assert [(r.code, r.mechanism and r.mechanism.code) for r in reasons.values()] == [
            ("not_recorded_to_have_joined", "privacy_shield"),
            ("nothing_recorded", None),
            ("not_recorded_to_have_joined", "dpf"),
        ]

    def test_a_country_whose_recipients_may_qualify_tells_both_what_is_open(self):
        found = judge("CA", "2026-11-24", recorded("scc_2021_m2", signed_on="2024-01-01"))
        assert [reason.code for reason in found.reasons] == ["decision_for_some", "assessment_not_recorded"]

    def test_who_must_have_joined_is_not_looked_for_where_nothing_is_recorded(self):
        assert verdict("US", "2026-11-24") == verdict("US", "2026-11-24", recorded("", "yes")) == "not_covered"


class TestFlow:
    LAW = Law(date(2026, 11, 24), KNOWN.values())

    def at(self, country, *evidence):
        found = self.LAW.verdict_on_activity(country, evidence)
        return found.country, found.verdict.code

    def test_the_worst_country_wins(self):
        support = RecordedEvidence(KNOWN["scc_2021_m2"], country="IN")
        assert self.at("SE", support) == ("IN", "needs_check")

    def test_evidence_speaks_of_its_own_country_only(self):
        elsewhere = replace(complete("scc_2021_m2", ON - 30 * DAY), country="IN")
        assert self.at("US", elsewhere) == ("US", "not_covered")
        assert self.at("SE", elsewhere) == ("IN", "covered")

    def test_a_flow_that_is_contested_carries_a_warning(self):
        listed = recorded("dpf", "yes", checked_on="2026-11-01")
        found = self.LAW.verdict_on_activity("US", [listed])
        assert [warning.code for warning in found.warnings] == ["contested"]

    def test_a_flow_with_something_to_fall_back_on_carries_none(self):
        listed, clauses = recorded("dpf", "yes", checked_on="2026-11-01"), complete("scc_2021_m2", date(2026, 11, 24))
        for evidence in ([listed, clauses], [clauses, listed]):
            found = self.LAW.verdict_on_activity("US", evidence)
            assert (codes_of(found), found.warnings) == (["mechanism"], ())

    def test_access_from_another_country_without_a_mechanism_is_not_covered(self):
        assert self.at("SE", RecordedEvidence(None, country="US")) == ("US", "not_covered")
        assert self.at("SE", RecordedEvidence(None, country="CA")) == ("CA", "needs_check")
        assert self.at("SE", RecordedEvidence(None, country="CH")) == ("CH", "covered")


def test_links_follow_from_celex_numbers():
    assert eur_lex("32016D1250", "sv") == "https://eur-lex.europa.eu/legal-content/SV/TXT/?uri=CELEX:32016D1250"
    assert eur_lex("", "sv") == ""


def test_each_obstacle_is_named_once():
    codes = [obstacle.code for obstacle in OBSTACLES]
    assert len(codes) == len(set(codes))


def test_the_edition_has_every_module_of_the_law_that_verdicts_follow_from():
    folder = Path("registry/law")
    sources = [(folder / f"{name}.py").read_text() for name in MODULES]
    imported = {name for source in sources for name in re.findall(r"from registry\.law\.(\w+) import", source)}
    assert imported <= set(MODULES)


class TestTheLastDayOfAVerdict:
    """The day before anything that the verdict rests on may change."""

    TODAY = date(2026, 11, 24)
    LAW = Law(TODAY, KNOWN.values())

    @pytest.mark.parametrize(
        ("country", "evidence", "expected"),
        [
            pytest.param("IN", [], date.max, id="nothing is known to change"),
            pytest.param("IN", [recorded(signed_on="2027-01-01")], date(2026, 12, 31), id="a later day of evidence"),
            pytest.param("IN", [recorded("scc_2021_m2", signed_on="2020-01-01")], date.max, id="only days gone by"),
            pytest.param("GB", [], KNOWN["gb_2026"].valid_until, id="the last day of a decision"),
            pytest.param(
                "US", [recorded("dpf", "yes", checked_on="2026-01-15")], date(2027, 1, 15), id="the last day of a check"
            ),
        ],
    )
    def test_is_known(self, country, evidence, expected):
        assert self.LAW.holds_until(country, evidence) == expected

    def test_counts_the_countries_of_the_evidence(self):
        support = RecordedEvidence(KNOWN["scc_2021_m2"], country="GB")
        assert self.LAW.holds_until("IN", [support]) == self.LAW.holds_until("GB", [])

    @pytest.mark.parametrize("country", ["GB", "US", "IN", "CA", "SE"])
    def test_until_then_the_verdict_is_the_same(self, country):
        evidence = [recorded("dpf", "yes", checked_on="2026-01-24")]
        last = min(self.LAW.holds_until(country, evidence), self.TODAY + 800 * DAY)
        first = self.LAW.verdict_on_activity(country, evidence).verdict
        for after in range(0, (last - self.TODAY).days + 1, 30):
            law = Law(self.TODAY + after * DAY, KNOWN.values())
            assert law.verdict_on_activity(country, evidence).verdict == first
