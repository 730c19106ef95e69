"""The pure parts of reading lists of others: words, places, days, markup, tables, answers."""

from __future__ import annotations

from datetime import date

import pytest

from registry.files.formats.cells import Cell
from registry.files.formats.grids import Grid
from registry.files.matching.answers import is_accepted
from registry.files.matching.days import last_of_month, month_is_first, period, read_day
from registry.files.matching.entries import ListEntry
from registry.files.matching.intervals import likely_interval
from registry.files.matching.interview import Interview
from registry.files.matching.markup import addresses_in, without_markup
from registry.files.matching.places import read_places, suggested_codes
from registry.files.matching.questions import COLUMNS, ROWS, VALUES, Question
from registry.files.matching.roles import guess_role, role_of_heading
from registry.files.matching.tables import find_tables
from registry.files.matching.words import is_empty, is_word, word_in

HEADINGS: list[Cell] = ["Supplier", "Service", "Location"]


def grid(*rows: list[Cell], name: str = "") -> Grid:
    return Grid(name, [(line, row) for line, row in enumerate(rows, start=1) if any(row)])


def tables(*rows: list[Cell], **answers: str) -> list[tuple[str, int, list[int]]]:
    layout = find_tables([grid(*rows)], {}, Interview(answers))
    return [(table.title, table.line, [line for line, _cells in table.rows]) for table in layout.tables]


@pytest.mark.parametrize(
    ("text", "codes", "unknown"),
    [
        ("USA, Germany, Iceland", ["US", "DE", "IS"], []),
        ("US/IE", ["US", "IE"], []),
        ("EU (Amsterdam)", ["NL"], []),
        ("Germany (EU)", ["DE"], []),
        ("Ireland, Dublin", ["IE"], []),
        ("SE - Sverige", ["SE"], []),
        ("Suisse, pays tiers", ["CH"], []),
        ("Bosnia and Herzegovina", ["BA"], []),
        ("Belgien och Tyskland", ["BE", "DE"], []),
        ("Francfort (UE)", ["DE"], []),
        ("Saksa", ["DE"], []),
        ("ドイツ", ["DE"], []),
        ("North America", [], ["North America"]),
        ("Korea", [], ["Korea"]),
        ("NA", [], ["NA"]),
        ("N/A", [], []),
        ("–", [], []),
    ],
)
def test_places(text: str, codes: list[str], unknown: list[str]) -> None:
    places = read_places(text)
    assert (places.codes, places.unknown) == (codes, unknown)


def test_a_mechanism_where_a_place_stands_is_a_mechanism() -> None:
    places = read_places("USA (DPF)", lambda text: text == "DPF")
    assert (places.codes, places.mechanisms, places.remarks) == (["US"], ["DPF"], [])


@pytest.mark.parametrize(
    ("text", "hints"), [("Korea", {"KR", "KP"}), ("Sverge", {"SE"}), ("Atlantis", set()), ("Global", set())]
)
def test_hints_are_given_where_something_speaks_for_them(text: str, hints: set[str]) -> None:
    assert set(suggested_codes(text)) == hints


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2018-04-13", date(2018, 4, 13)),
        ("2018.04.13", date(2018, 4, 13)),
        ("2018-04-13 00:00:00", date(2018, 4, 13)),
        ("3.2.2022", date(2022, 2, 3)),
        ("31/12/2022", date(2022, 12, 31)),
        ("15 June 2026", date(2026, 6, 15)),
        ("June 15, 2026", date(2026, 6, 15)),
        ("1. März 2024", date(2024, 3, 1)),
        ("12 décembre 2023", date(2023, 12, 12)),
        ("31.02.2022", None),
        ("15 Brumaire 2026", None),
        ("fällig", None),
    ],
)
def test_days(text: str, day: date | None) -> None:
    assert read_day(text) == day


def test_months_and_periods() -> None:
    assert read_day("3/2/2022", month_first=True) == date(2022, 3, 2)
    assert last_of_month("2024-02") == date(2024, 2, 29)
    assert last_of_month("12/2023") == date(2023, 12, 31)
    assert last_of_month("2024-13") is None
    assert period("2019-01-01 – 2022-06-30") == ("2019-01-01", "2022-06-30")
    assert period("2019-01-01 till 2022-06-30") == ("2019-01-01", "2022-06-30")
    assert period("2019-01-01") == ("2019-01-01", "")


@pytest.mark.parametrize(
    ("texts", "first"), [(["31/12/2022"], False), (["12/31/2022"], True), (["3/2/2022"], None), (["3.2.2022"], False)]
)
def test_whether_the_month_comes_first(texts: list[str], first: bool | None) -> None:
    assert month_is_first(texts) is first


def test_likely_intervals() -> None:
    assert likely_interval([(date(2021, 5, 1), date(2024, 5, 1)), (date(2022, 1, 1), date(2025, 1, 1))]) == 36
    assert likely_interval([]) == 12


@pytest.mark.parametrize(
    ("text", "plain", "addresses"),
    [
        ("**Exempel AB**", "Exempel AB", []),
        ("Finland ([källa](https://example.com/1))", "Finland", ["https://example.com/1"]),
        ("[Exempel](https://example.com)", "Exempel", ["https://example.com"]),
        ('<a href="https://example.com">Exempel</a><br>AB', "Exempel\nAB", ["https://example.com"]),
        ("A &amp; B", "A & B", []),
        ("5 * 3", "5 * 3", []),
    ],
)
def test_markup(text: str, plain: str, addresses: list[str]) -> None:
    assert without_markup(text) == (plain, addresses)


def test_addresses_in_a_text() -> None:
    assert addresses_in("see https://example.com/a, and (https://example.com/b).") == [
        "https://example.com/a",
        "https://example.com/b",
    ]


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("Sub-processor", "vendor"),
        ("Auftragsverarbeiter*", "vendor"),
        ("2. Land:", "country"),
        ("Behandling sker i (land)", "country"),
        ("Transfer mechanism\n(Art. 46)", "mechanism"),
        ("Corporate Location", "vendor_country"),
        ("Underdatabehandler", "vendor"),
        ("Sous-traitant", "vendor"),
    ],
)
def test_headings(heading: str, role: str) -> None:
    guess = role_of_heading(heading, {})
    assert guess is not None
    assert (guess.role, guess.sure) == (role, True)


def test_a_heading_that_holds_something_else_is_asked() -> None:
    assert guess_role("Status", ["active", "ended"], {}).sure
    guess = guess_role("Status", ["Sweden", "Germany"], {})
    assert (guess.role, guess.sure) == ("country", False)
    assert guess_role("AVV-Datum", ["Berlin", "Hamburg", "Köln"], {}).sure is False


def test_columns_are_guessed_by_their_cells() -> None:
    assert guess_role("?", ["Exempel AB", "Exempel GmbH", "Exempel Inc."], {}).role == "vendor"
    assert guess_role("?", ["https://example.com"], {}).role == "vendor_website"
    assert guess_role("?", ["SE", "Norway"], {}).role == "country"
    assert guess_role("?", ["blue", "green"], {}).role == "skip"


def test_tables_with_titles_sections_and_repeated_headings() -> None:
    found = tables(
        ["Our sub-processors"],
        [],
        ["United States"],
        HEADINGS,
        ["A", "Drift", "US"],
        [],
        ["European Union"],
        HEADINGS,
        ["B", "Drift", "SE"],
        HEADINGS,
        ["C", "Drift", "SE"],
        [],
        ["Updated in 2026."],
    )
    assert found == [("United States", 4, [5]), ("European Union", 8, [9, 11])]


def test_a_region_between_rows_names_those_below() -> None:
    layout = find_tables(
        [grid(HEADINGS, ["Europe"], ["A", "Drift", "SE"], ["Asia"], ["B", "Drift", "IN"])], {}, Interview()
    )
    assert layout.tables[0].sections == {3: "Europe", 5: "Asia"}


def test_a_table_without_known_headings_begins_at_its_widest_line() -> None:
    assert tables(["A title"], ["Toimija", "Mitä", "Missä"], ["A", "b", "SE"]) == [("A title", 2, [3])]


def test_each_thing_is_asked_once() -> None:
    interview = Interview({"place:eu": "SE"})
    for line in (3, 4, 3):
        asked = Question("place:eu", VALUES, "place", "EU", lines=(line,))
        assert interview.ask(asked) == "SE"
    assert interview.questions["place:eu"].lines == (3, 4)
    assert interview.open == []


def test_the_guess_holds_where_an_answer_cannot_be_read() -> None:
    interview = Interview({"table::1": "nonsense"})
    assert interview.ask(Question("table::1", ROWS, "table", "1", "take", ("take", "leave"))) == "take"
    assert [each.key for each in interview.open] == ["table::1"]


def test_only_the_needed_parts_are_asked() -> None:
    interview = Interview({}, needed=(COLUMNS,))
    interview.ask(Question("place:eu", VALUES, "place", "EU"))
    assert interview.open == interview.shown == []


@pytest.mark.parametrize(
    ("asks", "answer", "accepted"),
    [
        ("place", "SE, Norge", True),
        ("place", "", True),
        ("place", "Atlantis", False),
        ("day", "2024-02-30", False),
        ("day", "", True),
        ("interval", "12", True),
        ("interval", "", True),
        ("interval", "1200", False),
        ("interval", "often", False),
        ("purpose", "", False),
        ("purpose_of", "Drift", True),
        ("purpose", "a\x00", False),
    ],
)
def test_answers(asks: str, answer: str, accepted: bool) -> None:
    assert is_accepted(Question("key", VALUES, asks, "x"), answer) is accepted


def test_words() -> None:
    assert all(map(is_empty, ("", "–", "N/A (inom EU/EES)", "fehlt", " ? ", "k.A.")))
    assert not is_empty("No thanks AB")
    assert is_word("ended", "Removed")
    assert word_in("ended", "Underbiträden som inte längre anlitas") == "inte längre"
    assert word_in("agreement", "nothing") == ""


def test_rows_about_the_same_are_joined() -> None:
    first = ListEntry(2, "", "A", "Drift", countries=["US"], values={"personal_data": "name, mail", "notes": "x"})
    first.join(
        ListEntry(3, "", "A", "Drift", countries=["DE", "US"], values={"personal_data": "mail, address", "notes": "y"})
    )
    assert first.countries == ["US", "DE"]
    assert first.values == {"personal_data": "name, mail, address", "notes": "x\ny"}
