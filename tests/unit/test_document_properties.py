"""Whatever the register can hold survives the document, and whatever is read is read the same way again."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import assume, event, example, given
from hypothesis import strategies as st

from registry.core.text import LONGEST_LINE, clean_text, printable, text_key, unprintable
from registry.document import (
    HEADINGS,
    Document,
    DocumentProblems,
    Row,
    check_rows,
    column_of,
    frame_problem,
    label_problem,
    legal_ground,
    parse,
    render,
    split_legal_ground,
)
from registry.law.countries import COUNTRIES
from tests.examples import examples

pytestmark = pytest.mark.uncounted("any document: test_document")

slow = examples(50)

HEADING_WORDS = [text for heading in HEADINGS.values() for text in heading.spellings]
#: Pieces that mean something somewhere: to the format, to spreadsheet programs, to terminals.
PIECES = [
    *('"', '""', "\t", "\n", "\n\n", " ", "  ", "+", " + ", "+ ", " +", "=1+1", "@", "-", "'", ",", ";", "(", ")"),
    *("\u200f", "\u202e", "\u200b", "\ufeff", "\u2028", "\u2029", "\u3000", "\U0001f600", "e\u0301", "Å", "ß", "İ"),
    *("(2020-06-18)", " (2020-06-18)", "(2020-02-31)", "Privacy Shield", "SE", "UK", *HEADING_WORDS),
]
CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
raw_texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
    st.text(CHARACTERS, max_size=12),
    st.lists(st.one_of(st.sampled_from(PIECES), CHARACTERS), max_size=8).map("".join),
    st.builds(lambda text, times: text * times, st.sampled_from(PIECES), st.sampled_from([300, 1400])),
)
texts = raw_texts.map(printable)
filled = texts.filter(bool)
lines = texts.map(lambda text: clean_text(text[:LONGEST_LINE]))
labels = lines.filter(lambda label: label_problem(label) is None)


def blocks(text: str) -> str:
    return printable(text.replace("\t", " "))


def single_line(text: str) -> str:
    return printable(printable(text).replace("\t", " ").replace("\n", " "))


rows = st.builds(
    Row,
    vendor=lines.filter(bool),
    purpose=filled,
    personal_data=texts,
    country=st.sampled_from(sorted(COUNTRIES)),
    legal_basis=labels,
    mechanisms=st.lists(labels.filter(bool), max_size=3, unique_by=text_key).map(tuple),
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    title = draw(raw_texts.map(single_line))
    heading = draw(raw_texts.map(single_line)) if title else ""
    introduction = draw(raw_texts.map(blocks)) if heading else ""
    dated = draw(st.none() | st.dates()) if title else None
    closing = draw(raw_texts.map(blocks))
    assume(frame_problem(title, dated, heading, introduction, closing) is None)
    pages = draw(st.lists(st.lists(rows, min_size=1, max_size=4).map(tuple), max_size=3).map(tuple))
    return without_repetitions(Document(title, dated, heading, introduction, closing, pages))


def without_repetitions(document: Document) -> Document:
    """Each vendor in its first spelling, each entry once."""
    names: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    pages = []
    for page in document.pages:
        kept = []
        for row in page:
            entry = text_key(row.vendor), text_key(row.purpose)
            if entry not in seen:
                seen.add(entry)
                kept.append(replace(row, vendor=names.setdefault(entry[0], row.vendor)))
        pages.append(tuple(kept))
    return replace(document, pages=tuple(page for page in pages if page))


@slow
@given(documents())
@example(Document("A (2020-01-01)", date(1, 1, 1), '"', '" "\n  \n\x0a "\n"x', '""\n\n Leverantör'))
@example(Document(closing='"Slut'))
def test_what_the_register_holds_survives_the_document(document: Document) -> None:
    data = render(document)
    assert parse(data) == document
    assert render(parse(data)) == data


@slow
@given(documents(), st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_line_ends_and_encodings_change_nothing(document: Document, line_end: str, encoding: str) -> None:
    text = render(document).decode()
    assert parse(text.replace("\n", line_end).encode(encoding)) == document


@slow
@given(labels, st.lists(labels.filter(bool), max_size=4, unique_by=text_key))
def test_a_legal_ground_splits_into_what_was_joined(basis: str, mechanisms: list[str]) -> None:
    cell = legal_ground(basis, mechanisms)
    assert clean_text(cell) == cell
    assert split_legal_ground(cell) == (basis, tuple(mechanisms))


def assert_settled(data: bytes) -> None:
    """Refused, or read into something that comes back unchanged and holds to all rules."""
    outcome = parsed_or_refused(data)
    event(type(outcome).__name__)
    if isinstance(outcome, Document):
        assert_written_and_read_again(outcome)
    else:
        assert str(outcome).startswith("line ")
        assert [problem.line for problem in outcome.problems] == sorted(problem.line for problem in outcome.problems)


def parsed_or_refused(data: bytes) -> Document | DocumentProblems:
    try:
        return parse(data)
    except DocumentProblems as refused:
        return refused


def assert_written_and_read_again(document: Document) -> None:
    written = render(document)
    assert parse(written) == document
    assert render(parse(written)) == written
    assert all(document.pages)
    assert not check_rows(document.rows)
    assert not any(unprintable(text) for row in document.rows for text in (row.vendor, row.personal_data))


LINES = st.one_of(
    raw_texts,
    st.lists(st.one_of(raw_texts, st.sampled_from(["SE", "sverige", "UK", ""])), max_size=7).map("\t".join),
    st.permutations([heading.sv for heading in HEADINGS.values()]).map("\t".join),
    st.permutations([heading.en for heading in HEADINGS.values()]).map("\t".join),
    st.sampled_from(["", " \t ", "\t\t\t\t", "\x00", "\x85", "\x1f", "\xa0", '"', "Slut."]),
    st.builds("{}\t{}\t{}\tSE\t{}".format, *[st.sampled_from(["A", "B", '"x\ny"', "", "Ö ", "A + B"])] * 4),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    lines = render(draw(documents())).decode().split("\n")
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(lines)))
        lines[place : place + draw(st.integers(0, 2))] = draw(st.lists(LINES, max_size=2))
    text = draw(st.sampled_from(["\n", "\r\n", "\r", "\t\n", " \n"])).join(lines)
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]))
    return text.encode(encoding, "replace")


@slow
@given(mutated())
def test_what_people_and_programs_did_to_a_document_settles(data: bytes) -> None:
    assert_settled(data)


@slow
@given(st.lists(LINES, max_size=8), st.lists(LINES, max_size=8))
@example(["\u200f", '"' * 300], [])  # a line that nobody sees is no title
def test_any_lines_around_headings_settle(above: list[str], below: list[str]) -> None:
    headings = "\t".join(heading.sv for heading in HEADINGS.values())
    assert_settled("\n".join([*above, headings, *below]).encode("utf-8", "replace"))


@slow
@given(
    st.one_of(
        st.binary(),
        st.text(st.characters(), max_size=200).map(lambda text: text.encode("utf-8", "replace")),
        st.tuples(st.sampled_from([b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"Vendor\tPurpose\n"]), st.binary()).map(
            b"".join
        ),
    )
)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert_settled(data)


@given(raw_texts)
def test_a_heading_is_known_by_its_key(text: str) -> None:
    assert (column_of(text) is not None) == (text_key(text) in {text_key(word) for word in HEADING_WORDS})


def test_lone_quotation_marks_are_found_in_one_pass() -> None:
    # Were each looked for up to the end of the file, this would take hours.
    headings = "\t".join(heading.sv for heading in HEADINGS.values())
    for line in ('"a\t', '"""a', '""a', 'a\t"b'):
        data = "\n".join([headings, *[line] * 20_000]).encode()
        refused = parsed_or_refused(data)
        assert isinstance(refused, DocumentProblems)
        assert [problem.code for problem in refused.problems] == ["malformed_quotes"] * 20_000
