"""Facts in one cell: written and read again they are the same, whatever they hold."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from registry.core.text import clean_text, unprintable
from registry.files.cell_types import Unreadable
from registry.files.nested import AGREEMENT_LINES, TRANSFER_LINES

texts = st.text(max_size=40).map(clean_text).filter(lambda text: text and not any(map(unprintable, text)))
days = st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1))
agreement_facts = st.fixed_dictionaries(
    {},
    optional={"reference": texts, "signed_on": days, "valid_until": days, "url": texts, "notes": texts},
)
transfer_facts = st.fixed_dictionaries(
    {},
    optional={
        "mechanism": texts,
        "country": st.sampled_from(["US", "IN", "SE"]),
        "recipient_qualifies": st.sampled_from(["yes", "no"]),
        "signed_on": days,
        "evidence_url": texts,
    },
)
languages = st.sampled_from(["sv", "en"])


@given(st.lists(st.tuples(st.sampled_from(["processing", "standard_clauses", "other"]), agreement_facts)), languages)
def test_agreements_come_back_as_they_were(lines: list, language: str) -> None:
    with translation.override(language):
        cell = AGREEMENT_LINES.write(lines)
    assert AGREEMENT_LINES.read(cell) == lines


@given(st.lists(st.tuples(texts.filter(lambda text: "\n" not in text), transfer_facts)), languages)
def test_evidence_comes_back_as_it_was(lines: list, language: str) -> None:
    with translation.override(language):
        cell = TRANSFER_LINES.write(lines)
    assert TRANSFER_LINES.read(cell) == lines


def test_a_cell_reads_like_a_note() -> None:
    with translation.override("en"):
        cell = TRANSFER_LINES.write([("SCC", {"country": "IN", "signed_on": date(2022, 1, 31), "evidence_url": "a;b"})])
    assert cell == "SCC: country=IN; signed=2022-01-31; evidence=a\\;b"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        pytest.param("SCC: land=Narnia", "is not a country", id="unknown country"),
        pytest.param("SCC: signed=soon", "is not a day", id="no day"),
        pytest.param("SCC: colour=red", "land (country)", id="unknown fact: says which are known"),
        pytest.param("SCC: signed", "is not a fact", id="no value"),
    ],
)
def test_what_is_not_a_fact_is_refused_with_what_would_be(cell: str, said: str) -> None:
    with translation.override("en"), pytest.raises(Unreadable, match=said.replace("(", r"\(").replace(")", r"\)")):
        TRANSFER_LINES.read(cell)
