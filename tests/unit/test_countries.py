"""Countries are found by code and exact name; nothing is guessed."""

import csv

import pytest

from registry.core.text import text_key
from registry.document import HEADINGS
from registry.law.countries import COUNTRIES, OTHER_NAMES, Country, choices, find, suggestions


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("SE", "SE", id="code"),
        pytest.param("se", "SE", id="code in lower case"),
        pytest.param(" Se\n", "SE", id="code with blanks"),
        pytest.param("NA", "NA", id="Namibia, which is no missing value"),
        pytest.param("Sverige", "SE", id="Swedish name"),
        pytest.param("sweden", "SE", id="English name in lower case"),
        pytest.param("ÖSTERRIKE", "AT", id="Swedish name in upper case"),
        pytest.param("Förenade\xa0Arabemiraten", "AE", id="name with a no-break space"),
        pytest.param("Island", "IS", id="Swedish for Iceland"),
        pytest.param("XK", "XK", id="Kosovo"),
        pytest.param("XO", "XO", id="an international organisation, which is no country"),
        pytest.param("SWE", "SE", id="code of three letters"),
        pytest.param("UK", "GB", id="usual abbreviation"),
        pytest.param("EL", "GR", id="code of the EU for Greece"),
        pytest.param("UAE", "AE", id="United Arab Emirates"),
        pytest.param("Scotland", "GB", id="part of the United Kingdom"),
        pytest.param("Northern Ireland", "GB", id="another part"),
        pytest.param("Macedonia", "MK", id="former name"),
        pytest.param("South Korea", "KR", id="South Korea"),
        pytest.param("Republic of Korea", "KR", id="official name"),
        pytest.param("Förenta staterna", "US", id="formal Swedish name"),
        pytest.param("The Netherlands", "NL", id="with an article"),
    ],
)
def test_a_country_is_found(text: str, code: str) -> None:
    found = find(text)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("text", ["", " ", "EU", "Sverge", "ß", "ﬁ", "S E", "Land", "SE (Norge)", "Korea", "Kongo"])
def test_nothing_else_is_a_country(text: str) -> None:
    assert find(text) is None


def test_every_country_is_found_by_its_code_and_both_names() -> None:
    assert len(COUNTRIES) == 251
    for code, country in COUNTRIES.items():
        assert find(code.lower()) == find(country.name("sv")) == find(country.name("en")) == country


def test_no_column_heading_is_a_country() -> None:
    # Else a row could be read as a repeated heading row.
    assert [text for heading in HEADINGS.values() for text in heading.spellings if find(text)] == []


@pytest.mark.parametrize(
    ("text", "first"),
    [
        pytest.param("UK", ["GB (Storbritannien)"], id="UK"),
        pytest.param("el", ["GR (Grekland)"], id="el"),
        pytest.param("Sverge", ["SE (Sverige)"], id="typing error"),
        pytest.param("united kingdm", ["GB (Storbritannien)"], id="typing error in English"),
        pytest.param("Korea", ["KP (Nordkorea)", "KR (Sydkorea)"], id="name of two countries"),
        pytest.param("Kongo", ["CD (Kongo-Kinshasa)", "CG (Kongo-Brazzaville)"], id="name that two share"),
        pytest.param("Bosnien", ["BA (Bosnien och Hercegovina)"], id="beginning of a long name"),
        pytest.param("Macau", ["MO (Macao)"], id="both names alike"),
        pytest.param("ZQ", [], id="nothing near"),
        pytest.param("", [], id="nothing at all"),
        pytest.param("S" * 100_000, [], id="very long"),
    ],
)
def test_the_nearest_countries_are_suggested(text: str, first: list[str]) -> None:
    suggested = suggestions(text, "sv")
    assert suggested[: len(first)] == first
    assert len(suggested) <= 3
    assert bool(suggested) == bool(first)


def test_each_further_name_is_of_a_country_and_found_unless_it_is_shared() -> None:
    rows = list(csv.DictReader(OTHER_NAMES.read_text(encoding="utf-8").splitlines()))
    names = [text_key(row["name"]) for row in rows]
    shared = {name for name in names if names.count(name) > 1}
    assert shared == {"korea", "congo", "kongo", "virgin islands", "jungfruöarna"}
    for row in rows:
        found = find(row["name"])
        assert found == (None if text_key(row["name"]) in shared else COUNTRIES[row["iso2"]])


def test_choices_are_sorted_as_their_readers_expect() -> None:
    swedish, english = choices("sv"), choices("en")
    assert [name for _, name in swedish[-3:]] == ["Åland", "Österrike", "Östtimor"]
    assert [name for _, name in english[:3]] == ["Afghanistan", "Åland Islands", "Albania"]
    assert {code for code, _ in swedish} == {code for code, _ in english} == set(COUNTRIES)


def test_choices_belong_to_the_caller() -> None:
    choices("sv").clear()
    assert choices("sv-se") == choices("sv") != []


def test_a_country_says_its_code_and_its_name_in_the_language_of_the_reader() -> None:
    sweden = Country("SE", {"en": "Sweden", "sv": "Sverige"})
    assert [sweden.with_code(language) for language in ("sv", "sv-fi", "en", "en-gb", "fr")] == [
        "SE (Sverige)",
        "SE (Sverige)",
        "SE (Sweden)",
        "SE (Sweden)",
        "SE (Sweden)",
    ]


@pytest.mark.parametrize(("text", "code"), [("CZ (Tjeckien)", "CZ"), ("cz (Czechia)", "CZ"), ("CZ (Sverige)", None)])
def test_a_country_as_messages_write_it(text: str, code: str | None) -> None:
    found = find(text)
    assert (found.code if found else None) == code
