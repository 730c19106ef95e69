"""What a transfer stands on, by the law of a day: the dated cases, the boundary days of the data, and odd facts."""

import csv
import re
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from registry.law.catalogue import mechanisms_by_code
from registry.law.countries import COUNTRIES
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
CASES = list(csv.DictReader((Path(__file__).parent / "transfer_cases.csv").read_text(encoding="utf-8").splitlines()))


def day(text):
    return date.fromisoformat(text) if text else None


def recorded(code="", qualifies="", **facts):
    days = {name: day(value) if isinstance(value, str) else value for name, value in facts.items()}
    return RecordedEvidence(KNOWN[code] if code else None, recipient_qualifies=qualifies or "unknown", **days)


def judge(country, on, *evidence):
    return verdict_on_country(country, day(on) if isinstance(on, str) else on, evidence, KNOWN.values())


def verdict(country, on, *evidence):
    return judge(country, on, *evidence).verdict.code


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case['n']}: {case['why']}") for case in CASES])
def test_the_dated_cases(case):
    evidence = recorded(
        case["mechanism"], case["recipient_in_scope"], signed_on=case["signed_on"], assessed_on=case["tia_on"]
    )
    found = verdict(case["country"], case["on"], evidence)
    assert found == case["expected"] or (case["expected"], found) == ("covered", "no_transfer")


FULL = {"signed_on": None, "assessed_on": date(2000, 1, 1), "permitted_on": date(2000, 1, 1)}


@pytest.mark.parametrize("code", [code for code, m in KNOWN.items() if m.valid_from])
def test_each_mechanism_covers_from_its_first_day_to_its_last(code):
    mechanism = KNOWN[code]
    country = (mechanism.countries or "IN").split()[0]
    facts = {**FULL, "signed_on": mechanism.last_day_new and mechanism.valid_from}
    best = "needs_check" if mechanism.names_a_group else "covered" if mechanism.recurring else "not_covered"

    def on(when):
        found = Law(when, []).verdict_on_evidence(country, recorded(code, "yes", **facts))
        return found.verdict.code

    assert on(mechanism.valid_from - DAY) == "not_covered"
    assert on(mechanism.valid_from) == on(mechanism.valid_from + DAY) == best
    if mechanism.valid_until:
        assert on(mechanism.valid_until) == best
        assert on(mechanism.valid_until + DAY) == "not_covered"


@pytest.mark.parametrize("code", [code for code, m in KNOWN.items() if m.last_day_new])
def test_each_mechanism_may_be_concluded_until_its_last_day_to_conclude(code):
    mechanism = KNOWN[code]
    country = (mechanism.countries or "IN").split()[0]
    in_time = recorded(code, "yes", **{**FULL, "signed_on": mechanism.last_day_new})
    late = recorded(code, "yes", **{**FULL, "signed_on": mechanism.last_day_new + DAY})
    assert Law(mechanism.valid_until, []).verdict_on_evidence(country, in_time).verdict.code == "covered"
    assert Law(mechanism.valid_until + DAY, []).verdict_on_evidence(country, late).verdict.code == "not_covered"
    if mechanism.valid_until > mechanism.last_day_new:
        assert Law(mechanism.valid_until, []).verdict_on_evidence(country, late).verdict.code == "not_covered"


@pytest.mark.parametrize("code", [code for code, m in KNOWN.items() if m.needs_assessment_from and m.recurring])
def test_each_assessment_is_needed_from_its_day(code):
    mechanism = KNOWN[code]
    first = mechanism.needs_assessment_from
    signed = mechanism.last_day_new and mechanism.valid_from
    bare = recorded(code, "yes", **{**FULL, "signed_on": signed, "assessed_on": None})
    done = recorded(code, "yes", **{**FULL, "signed_on": signed, "assessed_on": first})
    if mechanism.valid_from < first:
        before = Law(first - DAY, []).verdict_on_evidence("IN", bare).verdict.code
        assert before == ("needs_check" if mechanism.names_a_group else "covered")
    on = max(first, mechanism.valid_from)
    assert Law(on, []).verdict_on_evidence("IN", bare).reasons[-1].code == "assessment_not_recorded"
    assert "assessment_not_recorded" not in {
        reason.code for reason in Law(on, []).verdict_on_evidence("IN", done).reasons
    }


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


@pytest.mark.parametrize("country", ["XX", "", "us"])
def test_a_code_that_is_no_country_needs_a_check(country):
    found = judge(country, "2026-11-24")
    assert (found.verdict.code, found.reasons[0].code) == ("needs_check", "country_unknown")


@pytest.mark.parametrize("country", ["PR", "SJ"])
def test_a_territory_that_is_not_settled_needs_a_check(country):
    assert judge(country, "2026-11-24").reasons[0].code == "country_unclear"


class TestEvidence:
    def test_the_best_evidence_wins(self):
        bad, good = recorded("privacy_shield", "yes"), recorded("scc_2021_m2", assessed_on="2023-01-01")
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
        evidence = recorded("scc_2021_m2", **{"assessed_on": "2026-01-01", **facts})
        found = judge("IN", "2026-11-24", evidence)
        assert found.verdict > Verdict.COVERED
        assert code in [reason.code for reason in found.reasons]

    def test_a_recipient_checked_after_the_day_judged_needs_a_check(self):
        later = recorded("dpf", "yes", checked_on="2024-01-01")
        assert verdict("US", "2023-12-31", later) == "needs_check"
        assert verdict("US", "2024-01-01", later) == "covered"

    def test_old_clauses_without_a_day_of_signing_need_a_check_once_they_can_no_longer_be_concluded(self):
        evidence = recorded("scc_2010_c2p", assessed_on="2021-01-01")
        assert verdict("US", "2021-09-26", evidence) == "covered"
        assert verdict("US", "2021-09-27", evidence) == "needs_check"

    def test_clauses_that_an_authority_must_permit_need_its_permission(self):
        known = {"assessed_on": "2021-01-01"}
        assert verdict("IN", "2026-11-24", recorded("ad_hoc_clauses", **known)) == "needs_check"
        assert verdict("IN", "2026-11-24", recorded("ad_hoc_clauses", permitted_on="2026-11-24", **known)) == "covered"

    def test_a_decision_of_another_country_does_not_cover(self):
        found = judge("IN", "2026-11-24", recorded("ca_2002", "yes"))
        assert (found.verdict.code, found.reasons[0].code) == ("not_covered", "other_country")

    def test_the_european_patent_organisation_is_no_country_and_covers_no_other_recipient(self):
        assert verdict("IN", "2026-11-24", recorded("epo_2025")) == "needs_check"
        assert verdict("IN", "2026-11-24", recorded("epo_2025", "no")) == "not_covered"

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
        found = judge("IN", "2026-11-24", RecordedEvidence(undated, assessed_on=date(2021, 1, 1)))
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
        clauses = recorded("scc_2021_m2", assessed_on="2026-01-01")
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
        found = judge("CA", "2026-11-24", recorded("scc_2021_m2"))
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
        elsewhere = RecordedEvidence(KNOWN["scc_2021_m2"], country="IN", assessed_on=date(2026, 1, 1))
        assert self.at("US", elsewhere) == ("US", "not_covered")
        assert self.at("SE", elsewhere) == ("IN", "covered")

    def test_a_flow_that_is_contested_carries_a_warning(self):
        found = self.LAW.verdict_on_activity("US", [recorded("dpf", "yes")])
        assert [warning.code for warning in found.warnings] == ["contested"]


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
        ],
    )
    def test_is_known(self, country, evidence, expected):
        assert self.LAW.holds_until(country, evidence) == expected

    def test_counts_the_countries_of_the_evidence(self):
        support = RecordedEvidence(KNOWN["scc_2021_m2"], country="GB")
        assert self.LAW.holds_until("IN", [support]) == self.LAW.holds_until("GB", [])

    @pytest.mark.parametrize("country", ["GB", "US", "IN", "CA", "SE"])
    def test_until_then_the_verdict_is_the_same(self, country):
        evidence = [recorded("dpf", "yes", checked_on="2026-12-24")]
        last = min(self.LAW.holds_until(country, evidence), self.TODAY + 800 * DAY)
        first = self.LAW.verdict_on_activity(country, evidence).verdict
        for after in range(0, (last - self.TODAY).days + 1, 30):
            law = Law(self.TODAY + after * DAY, KNOWN.values())
            assert law.verdict_on_activity(country, evidence).verdict == first
