"""The reference data of mechanisms: whole, consistent, and as the law has it on the days that matter."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from registry.core.text import clean_text, unique_key
from registry.document import label_problem
from registry.law import catalogue
from registry.law.catalogue import ALIASES, MECHANISMS, aliases, code_of, mechanisms_by_code, wordings
from registry.law.countries import COUNTRIES
from registry.law.periods import periods

KINDS = {"adequacy", "standard_clauses", "corporate_rules", "other_safeguard", "derogation"}
KNOWN = mechanisms_by_code()
ALL = [pytest.param(values, id=code) for code, values in KNOWN.items()]


def codes(**values):
    return {code for code, known in KNOWN.items() if all(known[name] == value for name, value in values.items())}


def rows(file):
    return list(catalogue._rows(file))


def test_each_code_stands_once():
    assert len(rows(MECHANISMS)) == len(KNOWN) == 48


def test_each_alias_is_of_a_mechanism_that_is_known():
    assert set(aliases()) <= set(KNOWN)
    assert sum(map(len, aliases().values())) == len(rows(ALIASES)) > 400


def test_no_wording_stands_for_two_mechanisms():
    keys = [unique_key(wording) for code in KNOWN for wording in wordings(code)]
    assert [key for key in keys if keys.count(key) > 1] == []


def test_each_wording_can_stand_in_a_cell_of_the_document():
    said = [wording for code in KNOWN for wording in wordings(code)]
    assert [wording for wording in said if label_problem(wording) or wording != clean_text(wording)] == []


@pytest.mark.parametrize("known", ALL)
def test_its_values_are_possible(known):
    assert known["kind"] in KINDS
    assert known["article"]
    assert known["name_sv"]
    assert known["name_en"]
    assert set(known["countries"].split()) <= set(COUNTRIES)
    days = [known[name] for name in ("valid_from", "last_day_new", "valid_until") if known[name]]
    assert known["valid_from"]
    assert days == sorted(days)
    assert bool(known["valid_until"]) == bool(known["ended_by"])
    assert not (known["names_a_group"] and known["instrument"])


@pytest.mark.parametrize("known", ALL)
def test_what_replaces_it_is_known_and_comes_later(known):
    line = [known]
    while line[-1]["replaced_by"]:
        line.append(KNOWN[line[-1]["replaced_by"]])
        assert len(line) < 9, "a circle"
    assert all(first["valid_from"] < second["valid_from"] for first, second in pairwise(line))


def test_the_lines_of_what_replaces_what():
    assert {code: known["replaced_by"] for code, known in KNOWN.items() if known["replaced_by"]} == {
        "safe_harbour": "privacy_shield",
        "privacy_shield": "dpf",
        "gb_2021": "gb_2025",
        "gb_2025": "gb_2026",
        "scc_2001_c2c": "scc_2021_m1",
        "scc_2004_c2c": "scc_2021_m1",
        "scc_2002_c2p": "scc_2010_c2p",
        "scc_2010_c2p": "scc_2021_m2",
    }


def test_what_each_mechanism_asks_for():
    certified = {"safe_harbour", "privacy_shield", "dpf"}
    assert codes(self_certified=True) == codes(check_holds_months=12) == certified
    assert codes(check_holds_months=None) == set(KNOWN) - certified
    assert codes(needs_authorisation=True) == {"ad_hoc_clauses", "admin_arrangement", "bcr"}
    assert codes(names_a_group=True) == {"adequacy", "scc", "scc_sa", "code_of_conduct"}
    instruments = {"public_instrument", "admin_arrangement", "ad_hoc_clauses", "code_of_conduct", "certification"}
    assert codes(must_be_signed=True) == codes(kind="standard_clauses") | instruments
    modules = {f"scc_2021_m{number}" for number in (1, 2, 3, 4)}
    assert codes(for_importers_outside_gdpr=True) == modules
    assert codes(assessed_only_with_added_data=True) == {"scc_2021_m4"}
    assert codes(unsettled_from=date(2021, 9, 27)) == {"scc_2002_c2p"}
    for_some = {"ca_2002", "fo_2010", "il_2011", "jp_2019", "kr_2021", "br_2026", "epo_2025"}
    between_authorities = {"public_instrument", "admin_arrangement"}
    joined = certified | {"code_of_conduct", "certification", "bcr"}
    assert codes(recipient_must_qualify=True) == for_some | between_authorities | joined


def test_articles_of_instruments_under_the_directive():
    older = {"scc_2001_c2c", "scc_2002_c2p", "scc_2004_c2c", "scc_2010_c2p"}
    assert codes(article="46(5), Directive 95/46/EC 26(4)") == older


def test_what_cannot_carry_a_flow_that_recurs():
    assert codes(recurring=False) == codes(kind="derogation") | {"intl_agreement"}
    assert len(codes(kind="derogation")) == 8


def test_safeguards_need_an_assessment_since_schrems_ii_and_nothing_else_does():
    safeguards = codes(kind="standard_clauses") | codes(kind="corporate_rules") | codes(kind="other_safeguard")
    assert codes(needs_assessment_from=date(2020, 7, 16)) == safeguards - {"intl_agreement"}
    assert codes(needs_assessment_from=None) == set(KNOWN) - safeguards | {"intl_agreement"}


@pytest.mark.parametrize(
    ("code", "first", "last_new", "last", "celex", "ended_by"),
    [
        ("safe_harbour", "2000-08-25", "2015-10-05", "2015-10-05", "32000D0520", "62014CJ0362"),
        ("privacy_shield", "2016-07-12", "2020-07-15", "2020-07-15", "32016D1250", "62018CJ0311"),
        ("dpf", "2023-07-10", "", "", "32023D1795", ""),
        ("scc_2001_c2c", "2001-09-03", "2021-09-26", "2022-12-27", "32001D0497", "32021D0914"),
        ("scc_2004_c2c", "2005-04-01", "2021-09-26", "2022-12-27", "32004D0915", "32021D0914"),
        ("scc_2002_c2p", "2002-04-03", "2010-05-14", "2022-12-27", "32002D0016", "32010D0087"),
        ("scc_2010_c2p", "2010-05-15", "2021-09-26", "2022-12-27", "32010D0087", "32021D0914"),
        ("scc_2021_m2", "2021-06-27", "", "", "32021D0914", ""),
        ("gb_2021", "2021-06-28", "", "2025-06-27", "32021D1772", "32025D1226"),
        ("gb_2025", "2025-06-28", "", "2025-12-18", "32025D1226", "32025D2574"),
        ("gb_2026", "2025-12-19", "", "2031-12-27", "32025D2574", ""),
        ("ch_2000", "2000-08-25", "", "", "32000D0518", ""),
        ("ca_2002", "2002-01-04", "", "", "32002D0002", ""),
        ("jp_2019", "2019-01-23", "", "", "32019D0419", ""),
        ("kr_2021", "2021-12-17", "", "", "32022D0254", ""),
        ("br_2026", "2026-01-28", "", "", "32026D0179", ""),
        ("epo_2025", "2025-07-18", "", "", "32025D1382", ""),
        ("scc", "2001-09-03", "", "", "", ""),
    ],
)
def test_the_days_that_decisions_turn_on(code, first, last_new, last, celex, ended_by):
    known = KNOWN[code]
    days = [str(known[name] or "") for name in ("valid_from", "last_day_new", "valid_until")]
    assert [*days, known["celex"], known["ended_by_celex"]] == [first, last_new, last, celex, ended_by]


def test_the_framework_with_the_united_states_is_contested():
    assert [code for code, known in KNOWN.items() if known["contested_by"]] == ["dpf"]


def test_data_flows_to_the_united_kingdom_on_each_day():
    free = [(period.first, period.last) for period in periods()["GB"]]
    decided = [(known["valid_from"], known["valid_until"]) for known in KNOWN.values() if known["countries"] == "GB"]
    on = date(2018, 5, 25)
    while on <= date(2031, 12, 27):
        assert any(first <= on <= last for first, last in (*free, *decided)), on
        on += timedelta(days=1)


def test_gibraltar_left_with_the_transition_period_and_was_not_bridged():
    assert [(p.regime, str(p.first), str(p.last)) for p in periods()["GI"]] == [
        ("eu_territory", "2018-05-25", "2020-01-31"),
        ("eu_transition", "2020-02-01", "2020-12-31"),
    ]
    assert not codes(countries="GI")


def test_each_free_period_is_of_a_country_and_in_order():
    assert set(periods()) <= set(COUNTRIES)
    for free in periods().values():
        assert all(period.last is None or period.first <= period.last for period in free)
        assert all(first.last and first.last < second.first for first, second in pairwise(free))


@pytest.mark.parametrize(
    ("wording", "code"),
    [
        ("SCC", "scc"),
        ("standard  contractual clauses", "scc"),
        ("EU-kommissionens standardavtalsklausuler", "scc"),
        ("Model clauses", "scc"),
        ("SCC 2021", "scc"),
        ("SCC 2021 module 2", "scc_2021_m2"),
        ("SCC P2P", "scc_2021_m3"),
        ("2010/87/EU", "scc_2010_c2p"),
        ("BCR", "bcr"),
        ("Bindande företagsbestämmelser", "bcr"),
        ("EU-U.S. DPF", "dpf"),
        ("Skölden för skydd av privatlivet", "privacy_shield"),
        ("Safe Harbor", "safe_harbour"),
        ("Adequacy decision", "adequacy"),
        ("Adekvansbeslut Storbritannien", "adequacy"),
        ("Adequacy decision Switzerland", "ch_2000"),
        ("Samtycke till överföring", "art49_a"),
        ("Samtycke", None),
        ("Avtal", None),
        ("Undantag", None),
        ("Code of conduct", None),
        ("Handslag", None),
    ],
)
def test_what_documents_say_is_recognised_and_nothing_is_guessed(wording, code):
    assert code_of(wording) == code
