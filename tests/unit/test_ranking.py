import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.search.ranking import IndexEntry, Query, Rank, fold, join_names


def found(typed, *names, text=""):
    """The rank of each name that matches, in the order of the results."""
    findables = [IndexEntry("vendor", number, join_names([name]), fold(text)) for number, name in enumerate(names)]
    return [(names[match.entry.key], match.rank) for match in Query(typed).matches(findables)]


@pytest.mark.parametrize(
    ("typed", "name", "rank"),
    [
        pytest.param("Privacy Shield", "Privacy Shield", Rank.EXACT, id="the name"),
        pytest.param("  privacy   SHIELD ", "Privacy Shield", Rank.EXACT, id="in another case and with blanks"),
        pytest.param("privacy_shield", "Privacy Shield", Rank.EXACT, id="with other signs"),
        pytest.param("Malmo Bolag", "Malmö bolag", Rank.EXACT, id="o for ö"),
        pytest.param("Ångström", "Angstrom", Rank.EXACT, id="å and ö for a and o"),
        pytest.param("Strasse", "Straße", Rank.EXACT, id="ss for ß"),
        pytest.param("Tromso", "Tromsø", Rank.EXACT, id="o for ø"),
        pytest.param("priv", "Privacy Shield", Rank.BEGINNING, id="its beginning"),
        pytest.param("shield", "Privacy Shield", Rank.WORD, id="another word"),
        pytest.param("shield priv", "Privacy Shield", Rank.WORD, id="words in another order"),
        pytest.param("hield", "Privacy Shield", Rank.CONTAINED, id="in the middle of a word"),
        pytest.param("mail chimp", "Mailchimp Inc.", Rank.CONTAINED, id="two words for one"),
        pytest.param("e-post", "Epost AB", Rank.CONTAINED, id="a sign for none"),
        pytest.param("Privcy Shield", "Privacy Shield", Rank.SIMILAR, id="a letter missing"),
        pytest.param("Pirvacy Shield", "Privacy Shield", Rank.SIMILAR, id="two letters swapped"),
        pytest.param("Standrdavtalsklausler", "Standardavtalsklausuler", Rank.SIMILAR, id="two slips in a long word"),
        pytest.param("Svalbrad", "Svalbárd", Rank.SIMILAR, id="a slip beside an accent"),
    ],
)
def test_what_is_typed_finds_the_name(typed, name, rank):
    assert found(typed, name) == [(name, rank)]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        pytest.param("", "Privacy Shield", id="nothing"),
        pytest.param(" ?! ", "Privacy Shield", id="signs only"),
        pytest.param("|", "Privacy Shield", id="the sign between names"),
        pytest.param("abc", "abd", id="short words are not guessed"),
        pytest.param("Pricavy Shleid", "Enom LLC", id="something else"),
        pytest.param("privacy sword", "Privacy Shield", id="one word of two"),
    ],
)
def test_what_is_something_else_does_not(typed, name):
    assert found(typed, name) == []


def test_better_matches_come_first():
    names = ("Bienomics", "Enom LLC", "Old Enom", "Enom")
    assert [name for name, _rank in found("enom", *names)] == ["Enom", "Enom LLC", "Old Enom", "Bienomics"]


def test_a_word_that_is_there_is_no_typing_error():
    assert found("Exampel", "Exampel AB", "Exempel AB") == [("Exampel AB", Rank.BEGINNING)]
    assert found("Exampel", "Exempel AB") == [("Exempel AB", Rank.SIMILAR)]


def test_other_text_counts_less_than_the_name():
    assert found("e-post", "Enom", text="Namn, adress, e-post") == [("Enom", Rank.TEXT)]


def test_names_of_today_come_before_names_of_the_past():
    past = IndexEntry("vendor", 1, join_names(["Enom"]), former="enom")
    now = IndexEntry("vendor", 2, join_names(["Enom"]))
    assert [match.entry for match in Query("enom").matches([past, now])] == [now, past]


def test_a_name_is_not_found_across_two_names():
    entry = IndexEntry("vendor", 1, join_names(["Alpha Beta", "Gamma"]))
    assert Query("Beta Gamma").matches([entry])[0].rank is Rank.WORD


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=300), st.lists(st.text(max_size=50), max_size=5))
def test_whatever_is_typed_is_answered(typed, names):
    Query(typed).matches([IndexEntry("vendor", 1, join_names(names), fold(" ".join(names)))])


@given(st.text(max_size=100).filter(fold))
def test_each_name_finds_itself(name):
    assert found(name, name) == [(name, Rank.EXACT)] or len(fold(name)) > 100
