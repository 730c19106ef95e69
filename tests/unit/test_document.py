"""The document: what is read, what is refused and where, and what is written."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import registry
from registry.document import (
    HEADINGS,
    MESSAGES,
    Document,
    DocumentProblems,
    GroundProblem,
    Problem,
    Row,
    check_rows,
    column_of,
    decode,
    frame_problem,
    label_problem,
    legal_ground,
    mechanisms_in,
    parse,
    read_row,
    render,
    split_legal_ground,
    unwritable,
)
from registry.document.problems import MOST_PROBLEMS, excerpt

ORIGINAL = (Path(registry.__file__).parent / "reference" / "original_register.txt").read_bytes()
HEADING_ROW = "Leverantör\tOrsak\tUppgifter\tLand\tLaglig grund"
ROW = Row("Apsis", "Nyhetsbrev", "E-post", "SE", "Avtal", ("Privacy Shield",))
LINE = "Apsis\tNyhetsbrev\tE-post\tSE\tAvtal + Privacy Shield"


def table(*lines: str, headings: str = HEADING_ROW) -> bytes:
    """The headings are line 1, so the first of the lines is line 2."""
    return "\n".join([headings, *lines]).encode()


def problems_of(data: bytes) -> list[tuple[int, str]]:
    with pytest.raises(DocumentProblems) as refused:
        parse(data)
    return [(problem.line, problem.message) for problem in refused.value.problems]


def assert_problems(data: bytes, expected: Sequence[tuple[int, str]]) -> None:
    """Exactly these lines, with messages that hold these words."""
    found = problems_of(data)
    assert [line for line, _ in found] == [line for line, _ in expected], found
    for (_, message), (_, words) in zip(found, expected, strict=True):
        assert words in message


def as_excel_writes(text: str) -> bytes:
    """Each line padded to five cells, and cells with commas or quotation marks quoted."""
    lines = [(line.split("\t") + [""] * 4)[:5] for line in text.split("\n")]
    quoted = [[f'"{cell}"' if "," in cell else cell for cell in line] for line in lines]
    return "\r\n".join("\t".join(line) for line in quoted).encode("utf-16")


class TestOriginal:
    def test_it_comes_back_byte_for_byte(self) -> None:
        assert len(ORIGINAL) == 6605
        assert render(parse(ORIGINAL)) == ORIGINAL

    def test_it_says_what_the_document_says(self) -> None:
        document = parse(ORIGINAL)
        assert (document.title, document.dated) == ("BITRÄDESAVTAL", date(2020, 6, 18))
        assert document.heading == "Registerförteckning över våra biträden"
        assert document.introduction.startswith("I egenskap av personuppgiftsansvarig")
        assert document.closing.startswith("Vi kommer inte att lämna ut")
        assert [len(page) for page in document.pages] == [15, 16, 7]
        assert len(document.rows) == 38
        assert len({row.vendor for row in document.rows}) == 37
        assert sum(row.mechanisms == ("Privacy Shield",) for row in document.rows) == 8
        assert {row.legal_basis for row in document.rows} == {"Leverans av tjänst enligt avtal"}

    def test_its_rows_know_their_lines(self) -> None:
        rows = parse(ORIGINAL).rows
        lines = ORIGINAL.decode().split("\n")
        assert all(lines[row.line - 1].startswith(f"{row.vendor}\t") for row in rows)

    @pytest.mark.parametrize(
        "convert",
        [
            pytest.param(lambda text: text.encode("utf-8-sig"), id="UTF-8 with a mark"),
            pytest.param(lambda text: text.encode("utf-16"), id="UTF-16 with a mark"),
            pytest.param(lambda text: b"\xff\xfe" + text.encode("utf-16-le"), id="UTF-16 LE with a mark"),
            pytest.param(lambda text: b"\xfe\xff" + text.encode("utf-16-be"), id="UTF-16 BE with a mark"),
            pytest.param(lambda text: text.encode("utf-16-le"), id="UTF-16 LE"),
            pytest.param(lambda text: text.encode("utf-16-be"), id="UTF-16 BE"),
            pytest.param(lambda text: text.encode("cp1252"), id="Windows-1252"),
            pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="CRLF"),
            pytest.param(lambda text: text.replace("\n", "\r").encode(), id="CR"),
            pytest.param(lambda text: text.replace(" ", "\xa0").encode(), id="no-break spaces"),
            pytest.param(lambda text: text.replace("\n", "\t\t\n").encode(), id="trailing tabs"),
            pytest.param(lambda text: text.replace("\n", "  \n").encode(), id="trailing blanks"),
            pytest.param(lambda text: f"{text}\n\n \t\n".encode(), id="blank lines at the end"),
            pytest.param(lambda text: text.strip("\n").encode(), id="no blank lines above"),
            pytest.param(lambda text: text.replace("\tSE\t", "\tsverige\t").encode(), id="names of countries"),
            pytest.param(as_excel_writes, id="Excel's Unicode text"),
            pytest.param(
                lambda text: text.replace(HEADING_ROW, HEADING_ROW.upper()).encode(), id="headings in capitals"
            ),
        ],
    )
    def test_it_is_read_whatever_an_editor_did_to_its_bytes(self, convert: Any) -> None:
        assert render(parse(convert(ORIGINAL.decode()))) == ORIGINAL


class TestColumns:
    @pytest.mark.parametrize(
        ("headings", "line"),
        [
            pytest.param("Vendor\tPurpose\tPersonal data\tCountry\tLegal basis", LINE, id="English"),
            pytest.param("biträde\tÄNDAMÅL\tPersonuppgifter\tland\tRättslig  grund", LINE, id="Swedish synonyms"),
            pytest.param("Supplier\tpurpose\tData\tCountry\tLegal ground", LINE, id="English synonyms"),
            pytest.param(
                "Land\tLaglig grund\tOrsak\tLeverantör\tUppgifter",
                "SE\tAvtal + Privacy Shield\tNyhetsbrev\tApsis\tE-post",
                id="another order",
            ),
            pytest.param(f"{HEADING_ROW}\t\t", f"{LINE}\t\t\t", id="trailing tabs"),
            pytest.param(HEADING_ROW.replace("Orsak", '"Orsak"'), LINE, id="a quoted heading"),
        ],
    )
    def test_headings_may_be_worded_and_ordered_freely(self, headings: str, line: str) -> None:
        assert parse(table(line, headings=headings)).pages == ((ROW,),)

    def test_a_repeated_heading_row_starts_a_page_and_may_have_another_order(self) -> None:
        other = "Country\tVendor\tPurpose\tLegal basis\tPersonal data"
        document = parse(table(LINE, other, "DK\tAscio\tDomäner\t\tWhois"))
        assert document.pages == ((ROW,), (Row("Ascio", "Domäner", "Whois", "DK"),))

    def test_empty_pages_are_dropped(self) -> None:
        assert parse(table("", HEADING_ROW, LINE, "", HEADING_ROW, HEADING_ROW, "")).pages == ((ROW,),)

    def test_a_table_without_rows_is_a_document(self) -> None:
        assert parse(table()) == Document()
        assert render(Document()) == f"{HEADING_ROW}\n".encode()

    def test_rows_may_stand_apart(self) -> None:
        assert parse(table("", LINE, "\t\t", "Ascio\tDomäner\t\tDK\t")).pages == (
            (ROW, Row("Ascio", "Domäner", "", "DK")),
        )

    def test_a_row_worded_like_the_headings_is_a_row(self) -> None:
        row = Row("Leverantör", "Orsak", "Uppgifter", "SE", "Laglig grund")
        assert parse(render(Document(pages=((row,),)))).rows == (row,)

    @pytest.mark.parametrize(
        ("headings", "line", "expected"),
        [
            pytest.param(
                f"{HEADING_ROW}\tSäte",
                f"{LINE}\tx",
                [(1, 'unknown column "Säte"; the columns are Leverantör (Vendor), Orsak (Purpose)')],
                id="unknown column",
            ),
            pytest.param(
                HEADING_ROW.replace("\tLand", ""),
                LINE.replace("\tSE", ""),
                [(1, "the column Land (Country) is missing")],
                id="missing column",
            ),
            pytest.param(
                HEADING_ROW.replace("Uppgifter", "Vendor"),
                LINE,
                [(1, 'Leverantör (Vendor) occurs twice, the second time as "Vendor"'), (1, "Uppgifter")],
                id="the same column twice",
            ),
            pytest.param(
                HEADING_ROW.replace("Orsak", ""),
                LINE,
                [(1, "column 2 has no heading"), (1, "the column Orsak (Purpose) is missing")],
                id="a column without a heading",
            ),
            pytest.param(
                f"{HEADING_ROW}\tSäte",
                "\tNyhetsbrev\tE-post\tKorea\tAvtal\tx",
                [(1, "unknown column"), (2, "vendor is empty"), (2, 'unknown country "Korea"')],
                id="unknown column, and rows are judged all the same",
            ),
            pytest.param(
                "Leverantör\tOrsak",
                "\tNyhetsbrev",
                [(1, "Uppgifter"), (1, "Land"), (1, "Laglig grund"), (2, "vendor is empty")],
                id="of a column that is missing nothing is said again",
            ),
            pytest.param(f"A\n{HEADING_ROW}\tSäte", f"{LINE}\tx", [(2, "unknown column")], id="further down"),
        ],
    )
    def test_headings_that_are_refused(self, headings: str, line: str, expected: Any) -> None:
        assert_problems(table(line, headings=headings), expected)

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(b"", id="empty"),
            pytest.param(b"\n \t\n", id="blank"),
            pytest.param(b"\xef\xbb\xbf", id="only a mark"),
            pytest.param(ORIGINAL.replace(b"\t", b";"), id="semicolons"),
            pytest.param(f'{LINE}\n\tUK\n"x'.encode(), id="rows without headings"),
            pytest.param("Leverantör\tSäte".encode(), id="one known heading"),
            pytest.param("Leverantör\nOrsak".encode(), id="one heading a line"),
        ],
    )
    def test_without_headings_nothing_else_is_said(self, data: bytes) -> None:
        assert_problems(data, [(1, "no heading row")])

    def test_a_row_of_headings_and_something_else_is_a_row(self) -> None:
        twice = HEADING_ROW.replace("Uppgifter", "Vendor")
        assert_problems(table(LINE, f"{HEADING_ROW}\tx", twice), [(3, "expected 5, found 6"), (4, 'country "Land"')])

    def test_every_heading_names_one_column(self) -> None:
        spellings = [text for heading in HEADINGS.values() for text in heading.spellings]
        assert {column_of(text) for text in spellings} == set(HEADINGS)
        assert len({text.casefold() for text in spellings}) == len(spellings)
        assert column_of("Säte") is None


class TestRows:
    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            pytest.param([LINE.rpartition("\t")[0]], [(2, "cells: expected 5, found 4")], id="too few cells"),
            pytest.param([f"{LINE}\t\tx"], [(2, "cells: expected 5, found 7")], id="too many cells"),
            pytest.param(
                [LINE, "Slut."], [(3, "found 1; if this is the closing sentence")], id="text right below a row"
            ),
            pytest.param(["Slut."], [(2, "expected 5, found 1")], id="text right below the headings"),
            pytest.param(["\tA\tB\tSE\tC"], [(2, "the vendor is empty")], id="empty vendor"),
            pytest.param(["A\t \tB\tSE\tC"], [(2, "the purpose is empty")], id="empty purpose"),
            pytest.param(["A\t\t\t\t"], [(2, "purpose is empty")], id="vendor only"),
            pytest.param(
                ["A\tB\tC\tKorea\tD"], [(2, 'country "Korea"; write a two-letter code such as KP')], id="Korea"
            ),
            pytest.param(["A\tB\tC\tZQ\tD"], [(2, 'country "ZQ"; write a two-letter code such as SE')], id="ZQ"),
            pytest.param(
                [LINE, "", "APSIS\tX\t\tSE\t"], [(4, 'vendor "APSIS" is spelled "Apsis" on line 2')], id="two spellings"
            ),
            pytest.param(
                [LINE, HEADING_ROW, "Apsis\tNYHETSBREV\t\tSE\t"],
                [(4, 'vendor "Apsis" with the purpose "NYHETSBREV" is already on line 2')],
                id="the same entry on two pages",
            ),
            pytest.param([LINE, LINE, LINE], [(3, "already on line 2"), (4, "already on line 2")], id="three times"),
            pytest.param(
                ["A\tB\tC\tSE\tX + "], [(2, 'empty part between plus signs in the legal ground "X +"')], id="X +"
            ),
            pytest.param(["A\tB\tC\tSE\tX +  + Y"], [(2, "empty part")], id="an empty mechanism"),
            pytest.param(["A\tB\tC\tSE\t+"], [(2, "empty part")], id="a plus sign alone"),
            pytest.param(
                ["A\tB\tC\tSE\tX + Y + y"],
                [(2, 'mechanism "y" occurs twice in the legal ground "X + Y + y"')],
                id="twice",
            ),
            pytest.param(["A\x00\tB\tC\tSE\t"], [(2, "U+0000 in the column Leverantör (Vendor)")], id="NUL"),
            pytest.param(["A\tB\x1fx\tC\tSE\t"], [(2, "U+001F in the column Orsak (Purpose)")], id="control character"),
            pytest.param(["A\tB\tC\x85D\tSE\t"], [(2, "U+0085 in the column Uppgifter")], id="next line"),
            pytest.param(["A\tB\tC\tSE\tX + \uffffY"], [(2, "U+FFFF in the column Laglig grund")], id="noncharacter"),
            pytest.param(["A\tB\tC\tS\x00E\t"], [(2, 'unknown country "S\ufffdE"')], id="NUL in the country"),
        ],
    )
    def test_rows_that_are_refused(self, lines: list[str], expected: Any) -> None:
        assert_problems(table(*lines), expected)

    def test_all_problems_are_found_at_once_and_sorted(self) -> None:
        data = table("\tB\tC\tKorea\t", '"x\ty', LINE, "x", "", LINE, "a\tb", "", "Slut", LINE)
        lines = [line for line, _ in problems_of(data)]
        assert lines == [2, 2, 3, 5, 7, 8, 11]

    def test_problems_say_their_lines(self) -> None:
        with pytest.raises(DocumentProblems) as refused:
            parse(table("\tB\tC\tSE\t", "A\t\tC\tSE\t"))
        assert str(refused.value) == "line 2: the vendor is empty\nline 3: the purpose is empty"
        assert [problem.column for problem in refused.value.problems] == ["vendor", "purpose"]

    def test_what_is_not_stated_is_empty(self) -> None:
        assert parse(table("A\tB\t\tse\t", "A\tC\t\tSE\t+ X + Y")).rows == (
            Row("A", "B", "", "SE"),
            Row("A", "C", "", "SE", "", ("X", "Y")),
        )

    def test_the_line_is_no_part_of_what_a_row_says(self) -> None:
        assert replace(ROW, line=7) == ROW

    def test_a_column_that_is_absent_is_not_judged(self) -> None:
        assert read_row(3, {"vendor": "A"}) == (Row("A", "", "", ""), [])

    def test_rows_of_any_origin_are_checked_alike(self) -> None:
        rows = [replace(ROW, line=2), replace(ROW, vendor="", line=3), replace(ROW, country="Sverige", line=4)]
        codes = [(problem.line, problem.code) for problem in check_rows(rows)]
        assert codes == [(3, "missing_vendor"), (4, "unknown_country_suggested"), (4, "repeated_row")]


class TestQuotedCells:
    @pytest.mark.parametrize(
        ("written", "vendor"),
        [
            pytest.param('"A, B"', "A, B", id="with a comma"),
            pytest.param('"A ""x"" B"', 'A "x" B', id="with quotation marks"),
            pytest.param('"""A"""', '"A"', id="with quotation marks around it"),
            pytest.param('"A\tB"', "A\tB", id="with a tab"),
            pytest.param('"A\r\nB\n\n C"', "A\nB\n\n C", id="with line ends"),
            pytest.param('" \xa0A\n"', "A", id="with blanks around it"),
            pytest.param('A "x" B', 'A "x" B', id="not quoted, with quotation marks"),
            pytest.param('A"', 'A"', id="not quoted, with a quotation mark at the end"),
            pytest.param(' "A"', '"A"', id="not quoted, for it begins with a blank"),
            pytest.param("A\u2028B\u2029C", "A\nB\nC", id="with line separators, which end no line of the document"),
        ],
    )
    def test_a_cell_is_read_as_spreadsheet_programs_write_it(self, written: str, vendor: str) -> None:
        data = table(f"{written}\tB\tC\tSE\t", f"B\t{written}\tC\tSE\t")
        rows = parse(data).rows
        assert [rows[0].vendor, rows[1].purpose] == [vendor, vendor]
        assert parse(render(parse(data))).rows == rows

    def test_a_row_knows_the_line_its_first_cell_starts_on(self) -> None:
        rows = parse(table('"A\n\nB"\t"C\nD"\tE\tSE\t', "F\tG\tH\tSE\t")).rows
        assert [row.line for row in rows] == [2, 6]

    @pytest.mark.parametrize(
        ("line", "number"),
        [
            pytest.param('"A" AB\tB\tC\tSE\t', 2, id="text behind the mark"),
            pytest.param('"A\tB\tC\tSE\t', 2, id="never closed"),
            pytest.param('A\t"B\tC\tSE\t', 2, id="second cell"),
            pytest.param('"A\nB"\t"C" x\tE\tSE\t', 3, id="below a cell of two lines"),
            pytest.param('"Slut', 2, id="single cell"),
        ],
    )
    def test_a_cell_that_is_not_well_formed_is_named_and_reading_goes_on(self, line: str, number: int) -> None:
        data = table(line, "\tB\tC\tSE\t")
        assert_problems(data, [(number, "each quotation mark inside it doubled"), (number + 1, "vendor is empty")])

    def test_a_heading_row_that_is_not_well_formed_is_the_only_problem(self) -> None:
        assert_problems(table("\tx", headings=f'"{HEADING_ROW}'), [(1, 'begins with "Leverantör is not well formed')])

    def test_headings_return_below_a_row_that_is_not_well_formed(self) -> None:
        assert_problems(
            table(f'"{HEADING_ROW}', HEADING_ROW, "\tA\t\tSE\t"), [(2, "well formed"), (4, "vendor is empty")]
        )

    def test_text_that_is_not_well_formed_is_named(self) -> None:
        data = f'"A" (1)\n"B\tC\n{HEADING_ROW}\n{LINE}\n\nSlut\n"x\ty'.encode()
        assert [line for line, _ in problems_of(data)] == [1, 2, 7]


class TestEncoding:
    @pytest.mark.parametrize(
        ("data", "line", "words"),
        [
            pytest.param(b"A\r\nB\rC\n\x81", 4, "0x81 is not Windows-1252", id="undefined in Windows-1252"),
            pytest.param(b"\xef\xbb\xbfA\n\xff", 2, "0xFF is not UTF-8", id="UTF-8 with a mark"),
            pytest.param(b"\xff\xfeA\x00\n\x00B", 2, "0x42 is not UTF-16", id="half a character"),
            pytest.param(
                f"{HEADING_ROW}\n".encode("utf-16-le") + b"\x00\xd8A\x00", 2, "is not UTF-16", id="lone surrogate"
            ),
            pytest.param("Å\nÖ\nÄ".encode() + b"\xe5", 3, "0xE5 is not UTF-8", id="UTF-8 with one damaged byte"),
        ],
    )
    def test_what_cannot_be_read_is_named(self, data: bytes, line: int, words: str) -> None:
        assert_problems(data, [(line, words)])
        assert problems_of(data)[0][1].startswith("cannot read the encoding")

    def test_nul_characters_in_both_places_do_not_make_utf_16(self) -> None:
        utf_32 = HEADING_ROW.encode("utf-32-le")
        assert decode(utf_32.replace(b"\xf6", b"o")) == HEADING_ROW.replace("ö", "o").encode("utf-32-le").decode()

    def test_a_few_nul_characters_do_not_make_utf_16(self) -> None:
        assert_problems(table("A\x00\x00\tB\tC\tSE\t"), [(2, "U+0000")])


class TestFrame:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param("A (2020-06-18)", Document("A", date(2020, 6, 18)), id="title with a day"),
            pytest.param("A", Document("A"), id="title without a day"),
            pytest.param("(2020-06-18)", Document("(2020-06-18)"), id="title that is a day"),
            pytest.param("A(2020-06-18)", Document("A(2020-06-18)"), id="no blank before the day"),
            pytest.param("A (2020-6-18)", Document("A (2020-6-18)"), id="not quite a day"),
            pytest.param("A (٢٠٢٠-٠٦-١٨)", Document("A (٢٠٢٠-٠٦-١٨)"), id="other digits"),
            pytest.param("A (2020-02-31) (2020-06-18)", Document("A (2020-02-31)", date(2020, 6, 18)), id="two days"),
            pytest.param("A\nB", Document("A", None, "B"), id="heading right below"),
            pytest.param("A\n\nB\n C\n\n  \n  D \n\n", Document("A", None, "B", "C\n\n  \n  D"), id="introduction"),
            pytest.param("A\t\t\n\t\nB\t\nC\t\n\t\nD\t", Document("A", None, "B", "C\n\nD"), id="padded with tabs"),
            pytest.param("\tA\n\t\tB\nC", Document("A", None, "B", "C"), id="in other columns"),
            pytest.param('"A, ""x"" (2020-06-18)"', Document('A, "x"', date(2020, 6, 18)), id="quoted title"),
            pytest.param('A\nB\n"C\nD"', Document("A", None, "B", "C\nD"), id="quoted introduction of two lines"),
        ],
    )
    def test_texts_above_the_table(self, text: str, expected: Document) -> None:
        document = parse(f"{text}\n{HEADING_ROW}".encode())
        assert document == expected
        assert parse(render(document)) == document

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param("\nA (2020-02-31)", [(2, "the day 2020-02-31 does not exist")], id="impossible day"),
            pytest.param("A (0000-01-01)", [(1, "the day 0000-01-01 does not exist")], id="year zero"),
            pytest.param("A\nB\tC\nD", [(2, "more than one cell above the heading row")], id="two cells"),
            pytest.param('"A\nB"', [(1, "title and the heading must each be on one line")], id="title of two lines"),
            pytest.param('A\n"B\nC"', [(2, "must each be on one line")], id="heading of two lines"),
            pytest.param('A\nB\n"C\tD"', [(3, "must not contain a tab")], id="tab"),
            pytest.param("A\nB\nC\n\x0bD", [(4, "U+000B is not allowed")], id="control character"),
            pytest.param("A\x00", [(1, "U+0000 is not allowed")], id="NUL in the title"),
        ],
    )
    def test_texts_above_the_table_that_are_refused(self, text: str, expected: Any) -> None:
        assert_problems(f"{text}\n{HEADING_ROW}".encode(), expected)

    @pytest.mark.parametrize(
        ("text", "closing"),
        [
            pytest.param("\nSlut.", "Slut.", id="one blank line"),
            pytest.param("\n\t\nSlut.\t\t\n", "Slut.", id="padded with tabs"),
            pytest.param("\nSlut.\n\n  Mer.\n\n", "Slut.\n\n  Mer.", id="several lines"),
            pytest.param('\n"""Slut"", sade han."', '"Slut", sade han.', id="quoted"),
            pytest.param("\nLeverantör", "Leverantör", id="a word like a heading"),
            pytest.param("", "", id="none"),
        ],
    )
    def test_closing_text(self, text: str, closing: str) -> None:
        document = parse(table(LINE, *text.split("\n")))
        assert (document.closing, document.rows) == (closing, (ROW,))
        assert parse(render(document)) == document

    def test_a_closing_text_needs_no_rows(self) -> None:
        assert parse(table("", "Slut.")) == Document(closing="Slut.")
        assert parse(render(Document(closing="Slut."))) == Document(closing="Slut.")

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            pytest.param(LINE, [(6, "a row after the closing sentence (line 4)")], id="row"),
            pytest.param(HEADING_ROW, [(6, "a row after the closing sentence (line 4)")], id="heading row"),
            pytest.param('"a\tb"', [(6, "must not contain a tab")], id="tab"),
            pytest.param("a\x07", [(6, "U+0007")], id="control character"),
        ],
    )
    def test_what_is_refused_after_the_closing_text_begins(self, line: str, expected: Any) -> None:
        assert_problems(table(LINE, "", "Slut.", "", line), expected)


class TestLegalGround:
    @pytest.mark.parametrize(
        ("cell", "basis", "mechanisms"),
        [
            pytest.param("", "", (), id="not stated"),
            pytest.param("A", "A", (), id="basis"),
            pytest.param("A + B + C", "A", ("B", "C"), id="basis and mechanisms"),
            pytest.param("+ B", "", ("B",), id="mechanism without a basis"),
            pytest.param("A+B", "A+B", (), id="plus sign without blanks"),
            pytest.param("C++ + A+", "C++", ("A+",), id="plus signs in labels"),
            pytest.param("A\n+ B", "A\n+ B", (), id="line end before the plus sign"),
            pytest.param("A\n+ + +\nB", "A\n+", ("+\nB",), id="line ends around plus signs"),
        ],
    )
    def test_joining_and_splitting_undo_each_other(self, cell: str, basis: str, mechanisms: tuple[str, ...]) -> None:
        assert split_legal_ground(cell) == (basis, mechanisms)
        assert legal_ground(basis, mechanisms) == cell

    def test_blanks_around_the_parts_do_not_count(self) -> None:
        assert split_legal_ground(" A  +\xa0 B ") == ("A", ("B",))

    @pytest.mark.parametrize("cell", ["+", "+ ", "A +", "A +  + B", "A + + B", "+ + B", "+ +"])
    def test_an_empty_part_is_refused(self, cell: str) -> None:
        with pytest.raises(GroundProblem, match="empty part between plus signs") as refused:
            split_legal_ground(cell)
        assert refused.value.on(7) == Problem(7, "empty_ground", {"ground": " ".join(cell.split())}, "legal_ground")

    @pytest.mark.parametrize("label", ["A + B", "+ A", "A +", "+", " + ", "A\xa0+\xa0B"])
    def test_a_label_that_would_be_read_as_two_is_refused(self, label: str) -> None:
        assert label_problem(label) == "plus_in_label"

    @pytest.mark.parametrize("label", ["", "A", "A+B", "+A", "A+", "++", "A\n+\nB", "A\t+\tB"])
    def test_other_labels_are_fine(self, label: str) -> None:
        assert label_problem(label) is None


class TestWriting:
    def test_the_parts_that_are_absent_leave_no_blank_lines(self) -> None:
        row = f"{HEADING_ROW}\n{LINE}\n"
        whole = Document("T", date(2020, 6, 18), "H", "I", "C", ((ROW,), (replace(ROW, purpose="X"),)))
        second = row.replace("Nyhetsbrev", "X")
        assert render(whole).decode() == f"\n\nT (2020-06-18)\n\nH\n\nI\n\n{row}\n{second}\n\n\nC"
        assert render(replace(whole, introduction="")).decode().startswith(f"\n\nT (2020-06-18)\n\nH\n\n{row}")
        assert render(Document("T", pages=((ROW,),))).decode() == f"\n\nT\n\n{row}"
        assert render(Document(pages=((ROW,),))).decode() == row

    def test_cells_are_quoted_only_where_they_must_be(self) -> None:
        row = Row('"A', 'B "b"', "C\tc", "SE", "D, d\nd")
        assert render(Document(pages=((row,),))).decode().split("\n", 1)[1] == '"""A"\tB "b"\t"C\tc"\tSE\t"D, d\nd"\n'

    @pytest.mark.parametrize(
        ("document", "words"),
        [
            pytest.param(Document("A\tB"), "must not contain a tab", id="tab in the title"),
            pytest.param(Document(closing="A\tB"), "must not contain a tab", id="tab in the closing text"),
            pytest.param(Document("A\nB"), "one line", id="title of two lines"),
            pytest.param(Document("A", heading="B\nC"), "one line", id="heading of two lines"),
            pytest.param(Document(dated=date(2020, 1, 1)), "a day needs a title", id="day without a title"),
            pytest.param(Document("A (2020-01-01)"), "ends with a day", id="title that ends with a day"),
            pytest.param(Document("A (2020-02-31)"), "ends with a day", id="title that ends with an impossible day"),
            pytest.param(Document(heading="A"), "a heading needs a title", id="heading without a title"),
            pytest.param(Document("A", introduction="B"), "an introduction needs", id="introduction without a heading"),
            pytest.param(Document("A "), "not clean", id="title that is not clean"),
            pytest.param(Document(closing="A\x00"), "not clean", id="control character in the closing text"),
            pytest.param(Document(pages=((ROW,), ())), "a page has no rows", id="empty page"),
            pytest.param(Document(pages=((replace(ROW, vendor=" A"),),)), "read as another", id="vendor not clean"),
            pytest.param(
                Document(pages=((replace(ROW, purpose="A\x00"),),)), "read as another", id="control character"
            ),
            pytest.param(Document(pages=((replace(ROW, legal_basis="A + B"),),)), "read as another", id="plus sign"),
            pytest.param(Document(pages=((replace(ROW, mechanisms=("",)),),)), "read as another", id="empty mechanism"),
            pytest.param(
                Document(pages=((replace(ROW, mechanisms=("A", "a")),),)), "read as another", id="mechanism twice"
            ),
            pytest.param(
                Document(pages=((replace(ROW, country="se"),),)), 'unknown country "se"', id="country in lower case"
            ),
            pytest.param(Document(pages=((replace(ROW, vendor=""),),)), "the vendor is empty", id="no vendor"),
            pytest.param(Document(pages=((ROW,), (ROW,))), "already on line", id="the same row twice"),
        ],
    )
    def test_what_no_file_can_hold_is_not_written(self, document: Document, words: str) -> None:
        with pytest.raises(ValueError, match=words.replace("(", r"\(")):
            render(document)
        assert words in str(unwritable(document))

    def test_texts_that_can_stand_around_the_table_have_no_problem(self) -> None:
        assert frame_problem("A", date(2020, 1, 1), "B", "C\n\nD", "E\nF") is None
        assert frame_problem("A (2020-01-01)", date(2020, 1, 1), "", "", "") is None
        assert frame_problem("", None, "", "", "E") is None


class TestMessages:
    @pytest.mark.parametrize("code", MESSAGES)
    def test_every_template_is_filled_in_by_name(self, code: str) -> None:
        class Anything(dict[str, object]):
            def __missing__(self, name: str) -> str:
                return name

        problem = Problem(1, code, Anything())
        assert problem.template == MESSAGES[code]
        assert problem.message
        assert "%" not in problem.message

    def test_quoted_text_is_one_bearable_printable_line(self) -> None:
        assert excerpt("A\n\t B\x00") == "A B\ufffd"
        assert excerpt("x" * 80) == "x" * 80
        assert excerpt("x" * 81) == "x" * 80 + "…"
        assert excerpt("x" + " " * 1000 + "y") == "x…"

    def test_a_long_cell_makes_no_long_message(self) -> None:
        ((_, message),) = problems_of(table(f"A\tB\tC\t{'Sverige ' * 10_000}\t"))
        assert len(message) < 200


class TestBounds:
    """What reads a file is linear in it, and tells what a person can take in."""

    def test_a_cell_that_is_too_long_is_told_and_looked_at_no_further(self) -> None:
        ground = "b" + "".join(f" + x{number}" for number in range(20_000))
        data = table(f"{'v' * 501}\t{'p' * 32_001}\t{'d' * 32_001}\tSE\t{ground}")
        assert [(each.code, each.column) for each in told_of(data)] == [
            ("too_long", "vendor"),
            ("too_long", "purpose"),
            ("too_long", "personal_data"),
            ("too_long", "legal_ground"),
        ]

    def test_a_legal_ground_names_a_bearable_number_of_mechanisms(self) -> None:
        names = [f"x{number}" for number in range(101)]
        assert parse(table("A\tB\tC\tSE\tb + " + " + ".join(names[:100]))).rows[0].mechanisms == tuple(names[:100])
        (problem,) = told_of(table("A\tB\tC\tSE\tb + " + " + ".join(names)))
        assert (problem.code, problem.params["limit"]) == ("too_many_mechanisms", 100)

    @pytest.mark.parametrize("row", ["\tB\tC\tXX\t", "A\tB\tC\tSE\t"], ids=["each wrong", "each the same"])
    def test_of_very_many_problems_the_first_are_told_and_that_there_are_more(self, row: str) -> None:
        told = told_of(table(*[row] * 6_000))
        assert len(told) == MOST_PROBLEMS + 1
        assert told[0].code == "more_problems"
        assert "5000" in told[0].message


def told_of(data: bytes) -> tuple[Problem, ...]:
    with pytest.raises(DocumentProblems) as raised:
        parse(data)
    return raised.value.problems


@pytest.mark.parametrize(
    ("text", "mechanisms"),
    [
        ("SCC", ("SCC",)),
        ("SCC, DPF", ("SCC", "DPF")),
        ("SCC/DPF", ("SCC", "DPF")),
        ("SCC och DPF", ("SCC", "DPF")),
        ("SCC & DPF;", ("SCC", "DPF")),
        ("SCC, avtal", ()),
        ("avtal", ()),
        (",", ()),
    ],
)
def test_mechanisms_in_the_place_of_the_legal_basis(text: str, mechanisms: tuple[str, ...]) -> None:
    assert mechanisms_in(text, {"SCC", "DPF"}.__contains__) == mechanisms


def test_a_document_in_which_two_rows_are_the_same_is_written_where_that_is_meant() -> None:
    document = Document(pages=((ROW, ROW),))
    with pytest.raises(ValueError, match="already on line"):
        render(document)
    assert render(document, repeated_rows=True).decode().count(ROW.vendor) == 2
