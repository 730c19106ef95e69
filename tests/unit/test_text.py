"""The normal form of text, and the key under which two spellings are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.core.alphabet import alphabet_of
from registry.core.text import clean_text, printable, text_key, unique_key, unprintable, whole_number


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("a\r\nb", "a\nb", id="CRLF"),
        pytest.param("a\rb", "a\nb", id="a lone CR"),
        pytest.param("a\r\r\nb", "a\n\nb", id="CR and CRLF"),
        pytest.param("a\xa0b\u2007c\u202fd", "a b c d", id="no-break spaces"),
        pytest.param("\xa0\t a \n", "a", id="blanks around it"),
        pytest.param("a \t\n b", "a \t\n b", id="blanks inside it"),
        pytest.param("\u200fש\u200b\U0001f600\ufe0f", "ש\U0001f600", id="marks, zero width, variation of an emoji"),
        pytest.param("\ufeffLever\xadan\u200bs\u2060 av tj\u200dänst\u3164", "Leverans av tjänst", id="invisible"),
        pytest.param("A\u030akeri e\u0301", "Åkeri é", id="decomposed, as from macOS and PDF"),
        pytest.param("a\u2003b\u3000c\u2800d", "a b c d", id="blanks of other widths"),
        pytest.param("a\u2028b\u2029c", "a\nb\nc", id="line and paragraph separators"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_clean_text_is_the_normal_form(value: str, expected: str) -> None:
    assert clean_text(value) == expected


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\r\n\t \xa0\u2007\u202f\x85\u2028"))))
def test_cleaning_twice_changes_nothing(value: str) -> None:
    once = clean_text(value)
    assert clean_text(once) == once
    assert text_key(once) == text_key(value)
    assert unprintable(printable(value)) is None


@pytest.mark.parametrize(
    "character",
    [
        "\u202e",
        "\u202a",
        "\u2066",
        "\u2069",
        "\x00",
        "\x0b",
        "\r",
        "\x1c",
        "\x1f",
        "\x7f",
        "\x85",
        "\x9f",
        "\ud800",
        "\ufffe",
        "\uffff",
    ],
    ids=lambda character: f"U+{ord(character):04X}",
)
def test_a_character_that_no_register_may_hold_is_found(character: str) -> None:
    assert unprintable(f"Ö\t{character}\x01") == character


@pytest.mark.parametrize("value", ["", "a\tb\nc", "\xa0\u2028\u200f\ufeff\U0001f600\ufffd", "~\xa1"])
def test_text_that_a_register_may_hold_passes(value: str) -> None:
    assert unprintable(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("a\x00b", "ab", id="a NUL"),
        pytest.param("a\r\nb\rc", "a\nb\nc", id="line ends stay"),
        pytest.param("\x00 a", "a", id="blanks behind it"),
        pytest.param("\ud800", "", id="a lone surrogate"),
    ],
)
def test_printable_takes_out_what_no_register_may_hold(value: str, expected: str) -> None:
    assert printable(value) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Loopia AB", "LOOPIA ab", id="case"),
        pytest.param("Övriga", "öVRIGA", id="Swedish letters"),
        pytest.param("Loopia  \n AB ", "\xa0Loopia\tAB", id="blanks"),
        pytest.param("Straße", "STRASSE", id="sharp s"),
        pytest.param("Åkeri", "A\u030aKERI", id="composition"),
        pytest.param("Exempel AB", "Exem\u200bpel\u2003A\xadB", id="invisible characters"),
    ],
)
def test_two_spellings_have_one_key(one: str, other: str) -> None:
    assert text_key(one) == text_key(other)


def test_other_letters_have_another_key() -> None:
    assert len({text_key(name) for name in ("Loopia AB", "LoopiaAB", "Lööpia AB", "Loopia A B")}) == 4


def test_a_long_key_is_short_enough_for_an_index_and_still_tells_texts_apart() -> None:
    long = "å" * 30_000
    assert unique_key(f"{long}a") == unique_key(f" {long.upper()}A ")
    assert unique_key(f"{long}a") != unique_key(f"{long}b")
    assert len(unique_key(long).encode()) < 2_000
    assert unique_key(" Kort  text ") == "kort text"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("007", 7),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("²", None),
        ("-1", None),
        ("1.5", None),
        ("", None),
    ],
)
def test_a_whole_number_is_plain_digits_that_a_database_can_hold(text: str, expected: int | None) -> None:
    assert whole_number(text) == expected


def test_the_part_of_an_alphabet_for_ascii_sorts_as_the_whole_does():
    whole = alphabet_of("sv")
    part = whole.of_ascii
    for sign in map(chr, range(128)):
        assert (part.single.get(sign), part.expanded.get(sign)) == (whole.single.get(sign), whole.expanded.get(sign))
    assert all(ord(sign) < 128 for sign in [*part.single, *part.expanded])
    assert len(part.single) < len(whole.single)
