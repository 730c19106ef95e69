"""Countries are found by code and exact name; nothing is guessed."""

import pytest

from registry.core.text import text_key
from registry.document import HEADINGS
from registry.law.countries import COUNTRIES, MISTAKEN, Country, choices, find, suggestions


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
    ],
)
def test_a_country_is_found(text: str, code: str) -> None:
    found = find(text)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("text", ["", " ", "UK", "EL", "EU", "Sverge", "ß", "ﬁ", "SWE", "S E", "Land", "SE (Sverige)"])
def test_nothing_else_is_a_country(text: str) -> None:
    assert find(text) is None


def test_every_country_is_found_by_its_code_and_both_names() -> None:
    assert len(COUNTRIES) == 250
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
        pytest.param("Kongo", ["CD (Kongo-Kinshasa)", "CG (Kongo-Brazzaville)"], id="beginning of two names"),
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


def test_well_known_mistakes_are_hints_and_nothing_more() -> None:
    for key, code in MISTAKEN.items():
        assert key == text_key(key)
        assert find(key) is None
        assert code in COUNTRIES


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
