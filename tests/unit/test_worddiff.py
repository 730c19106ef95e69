import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.history import diff
from registry.history.diff import word_diff


def told(before, after):
    marks = {"same": "{}", "removed": "[-{}-]", "added": "[+{}+]"}
    return "".join(marks[kind].format(text) for kind, text in word_diff(before, after))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("", "", "", id="nothing"),
        pytest.param("Namn", "Namn", "Namn", id="the same"),
        pytest.param("", "Namn", "[+Namn+]", id="all new"),
        pytest.param("Namn", "", "[-Namn-]", id="all gone"),
        pytest.param("Namn och adress", "Namn och telefon", "Namn och [-adress-][+telefon+]", id="a word"),
        pytest.param("Namn, adress", "Namn, telefon, adress", "Namn, [+telefon, +]adress", id="a word more"),
        pytest.param("Namn, adress", "Namn", "Namn[-, adress-]", id="a word less"),
        pytest.param("a b", "c d", "[-a b-][+c d+]", id="blanks between two changes belong to both"),
        pytest.param("ett tva tre", "ett två tre", "ett [-tva-][+två+] tre", id="letters"),
        pytest.param("ar a\u030a", "ar a", "ar [-a\u030a-][+a+]", id="a mark belongs to its letter"),
        pytest.param("IP-adress", "IP-nummer", "[-IP-adress-][+IP-nummer+]", id="a word with a hyphen is one"),
        pytest.param("rad\nrad", "rad\n\nrad", "rad[-\n-][+\n\n+]rad", id="line ends"),
    ],
)
def test_what_went_and_what_came(before, after, expected):
    assert told(before, after) == expected


texts = st.text(alphabet="ab å,\n") | st.text()


@given(before=texts, after=texts)
def test_without_the_added_it_is_the_old_text_and_without_the_removed_the_new_one(before, after):
    pieces = word_diff(before, after)
    assert "".join(text for kind, text in pieces if kind != "added") == before
    assert "".join(text for kind, text in pieces if kind != "removed") == after
    assert all(text for _kind, text in pieces)
    assert all(one.kind != other.kind for one, other in itertools.pairwise(pieces))


@given(text=texts)
def test_the_same_text_has_no_change(text):
    assert word_diff(text, text) == ([("same", text)] if text else [])


def test_one_word_in_a_long_text_is_found():
    before = " ".join(f"ord{number}" for number in range(4000))
    after = before.replace("ord2000 ", "annat ")
    assert [(kind, text) for kind, text in word_diff(before, after) if kind != "same"] == [
        ("removed", "ord2000"),
        ("added", "annat"),
    ]


@pytest.mark.parametrize("after", ["b a " * 7500, " ".join(f"{n}" for n in range(6000)), "a" * 30_000])
def test_long_texts_with_little_in_common_are_one_replacement(after):
    before = "a b c " * 5000
    pieces = word_diff(before, after)
    assert "".join(text for kind, text in pieces if kind != "added") == before
    assert "".join(text for kind, text in pieces if kind != "removed") == after


def steps_of(before, after, monkeypatch):
    """How many steps a comparison takes."""
    steps = []

    def counted(*state):
        steps.append(state[1])
        return step(*state)

    step = diff.step
    with monkeypatch.context() as patch:
        patch.setattr(diff, "step", counted)
        word_diff(before, after)
    return len(steps)


def test_the_work_does_not_grow_with_texts_that_have_nothing_in_common(monkeypatch):
    def steps(words):
        return steps_of("a b c " * words, " ".join(map(str, range(words))), monkeypatch)

    monkeypatch.setattr(diff, "MOST_WORK", 10_000)
    assert steps(10) < steps(60)
    assert steps(120) == steps(60) < 1.1 * diff.MOST_WORK


def test_the_work_grows_with_what_differs_and_not_with_what_is_the_same(monkeypatch):
    def steps(words):
        before = " ".join(f"word{number}" for number in range(words))
        return steps_of(before, before.replace("word7 ", "other "), monkeypatch)

    assert steps(2000) == steps(20)
