"""Papers as PDF and Word: text as data, tags, languages, pages, and what no font has."""

from __future__ import annotations

import io
import re
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from pypdf import PdfReader

from registry.papers.content import (
    Block,
    Paper,
    PaperFacts,
    PaperHeading,
    Paragraph,
    TableBlock,
    TableColumn,
    block_values,
    in_parts,
    paper_of,
    paper_values,
)
from registry.papers.joining import join
from registry.papers.pdf import LONG_IN_CELL, text_change, write_page_numbers, write_pdf
from registry.papers.word import write_word

MARKUP = "# #let $x$ *a* _b_ @c <d> \\e `f` // g /* h */ [i] {j} = k - l + m ~ \" '"


def picture() -> bytes:
    """Return a PNG of 30 x 10 dots."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", 30, 10, 8, 2, 0, 0, 0)
    dots = zlib.compress((b"\0" + b"\xc8\x1e\x1e" * 30) * 10)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", dots) + chunk(b"IEND", b"")


def paper(*texts: str, rows: int = 2, **given: Any) -> Paper:
    """Return a paper with these texts as a paragraph each, and a table."""
    table = TableBlock(
        "Aktiviteter",
        [TableColumn("Biträde", 2), TableColumn("Utfall")],
        [[f"Biträde {number}", "förbjuden: inget skydd"] for number in range(rows)],
    )
    blocks = [PaperHeading("Delen"), *map(Paragraph, texts), PaperFacts([("Ändamål", "Löner")]), table]
    return Paper(**{"title": "Registret", "language": "sv", "blocks": blocks, "page_words": "sida {x} av {y}"} | given)


def pdf_of(paper: Paper) -> PdfReader:
    return PdfReader(io.BytesIO(write_pdf(paper_values(paper))))


def text_of(reader: PdfReader) -> str:
    """Return the text of all pages without ends of lines, hyphens at them and places for breaks."""
    text = "\n".join(page.extract_text() for page in reader.pages)
    return re.sub(r"\s+", " ", text.replace("\xad\n", "").replace("\u200b\n", "").replace("\u200b", ""))


def word_of(paper: Paper) -> docx.document.Document:
    return docx.Document(io.BytesIO(write_word(paper_of(paper_values(paper)))))


def word_text(document: docx.document.Document) -> str:
    """Return the texts of all paragraphs, also of those in tables."""
    paragraphs = document.element.body.iter(qn("w:p"))
    return "\n".join("".join(text.text for text in paragraph.iter(qn("w:t"))) for paragraph in paragraphs)


def tags_of(reader: PdfReader) -> list[str]:
    """Return the kinds of the structure elements in their order."""
    kinds: list[str] = []

    def walk(element: object) -> None:
        element = getattr(element, "get_object", lambda: element)()
        if isinstance(element, list):
            for each in element:
                walk(each)
        elif isinstance(element, dict):
            kinds.extend([element["/S"]] if "/S" in element else [])
            walk(element.get("/K"))

    root: Any = reader.trailer["/Root"]
    walk(root["/StructTreeRoot"]["/K"])
    return kinds


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(MARKUP, id="markup"),
        pytest.param("å ä ö é ł ş ğ ő č ž ß þ", id="Latin"),
        pytest.param("Ελληνικά Кириллица Українська", id="Greek and Cyrillic"),
        pytest.param("%d {x} {y} {example} \\u0041 &amp; </w:t>", id="words that stand for others"),
    ],
)
def test_text_is_data_in_both_formats(text):
    assert text in text_of(pdf_of(paper(text)))
    assert text in word_text(word_of(paper(text)))


def test_markup_in_every_place_is_text():
    everywhere = Paper(
        MARKUP,
        "en",
        [PaperHeading(MARKUP), PaperFacts([(MARKUP, MARKUP)]), TableBlock(MARKUP, [TableColumn(MARKUP)], [[MARKUP]])],
        about=[(MARKUP, MARKUP)],
        organisation=MARKUP,
        foot=MARKUP,
        subject=MARKUP,
    )
    signs = MARKUP.replace(" ", "")
    assert text_of(pdf_of(everywhere)).replace(" ", "").count(signs) == 11
    document = word_of(everywhere)
    assert word_text(document).count(MARKUP) == 10
    assert MARKUP in document.sections[0].footer.paragraphs[0].text


@pytest.mark.parametrize("sign", ["å", "/", "aB3"])
def test_thirty_thousand_characters_without_a_blank_stay_on_the_paper(sign):
    text = (sign * 30_000)[:30_000]
    wide = paper(text, rows=0)
    narrow = Paper("T", "sv", [TableBlock("", [TableColumn(str(n)) for n in range(8)], [[text[:3000], *"bcdefgh"]])])
    for reader, count in ((pdf_of(wide), 30_000), (pdf_of(narrow), 3000)):
        pages = [read_page(page) for page in reader.pages]
        assert sum(letters_of(text, sign) for text, _beyond in pages) == count
        assert not any(beyond for _text, beyond in pages)
    assert text in word_text(word_of(wide))


def letters_of(page: str, sign: str) -> int:
    """Return how many characters of lines of nothing but a sign a page has."""
    lines = (line.strip("\u200b\xad ") for line in page.replace("\u200b", "").splitlines())
    return sum(len(line) for line in lines if len(line) > 2 and not set(line) - set(sign))


def read_page(page) -> tuple[str, list[str]]:
    """Return the text of a page, and the texts that begin beyond its right margin."""
    found: list[str] = []
    right = float(page.mediabox.width) - 40

    def visit(text, _matrix, place, *_font) -> None:
        if text.strip() and place[4] > right:
            found.append(text)

    return page.extract_text(visitor_text=visit), found


def test_long_words_are_left_to_hyphenation_and_others_may_break_anywhere():
    change = text_change(set(), LONG_IN_CELL)
    assert change("personuppgiftsbiträdesavtalet, (registerförteckningsskyldighet)").count("\u200b") == 0
    assert change("x" * 61).count("\u200b") == 7
    assert change("https://example.org/a/1234567890123456789").count("\u200b") > 4
    assert change("short 1234567890") == "short 1234567890"


def test_line_ends_make_lines_and_control_characters_vanish():
    reader = pdf_of(paper("ett\r\ntvå\rtre\nfyra\tfem\x00\x07\ud800"))
    assert "ett\ntvå\ntre\nfyra fem" in "\n".join(page.extract_text() for page in reader.pages)
    assert "ett\ntvå\ntre\nfyra\tfem" in "\n".join(
        each.text for each in word_of(paper("ett\r\ntvå\rtre\nfyra\tfem\x00\x07\ud800")).paragraphs
    )


def test_what_no_font_has_is_written_by_its_number():
    text = text_of(pdf_of(paper("före \uf8d0 efter", lacking_words="Tecken som {example} saknas")))
    assert "före [U+F8D0] efter" in text
    assert "Tecken som [U+F8D0] saknas" in text
    assert "\uf8d0" in word_text(word_of(paper("\uf8d0")))


def test_pdf_is_tagged_and_says_title_language_and_subject():
    reader = pdf_of(paper("text", organisation="Förvaltningen", subject="Alla rader", logo=picture()))
    root: Any = reader.trailer["/Root"]
    assert (root["/MarkInfo"]["/Marked"], root["/Lang"], root["/ViewerPreferences"]["/DisplayDocTitle"]) == (
        True,
        "sv",
        True,
    )
    assert reader.metadata.title == "Registret"
    assert (reader.metadata.author, reader.metadata.subject) == ("Förvaltningen", "Alla rader")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in reader.xmp_metadata.stream.get_data()
    tags = tags_of(reader)
    assert (tags.count("/H1"), tags.count("/Table"), tags.count("/TH"), tags.count("/TR"), tags.count("/TD")) == (
        1,
        1,
        2,
        3,
        4,
    )
    assert tags.index("/Figure") < tags.index("/Title") < tags.index("/H1") < tags.index("/Table")


def test_headings_and_numbers_stand_on_each_page():
    reader = pdf_of(paper(rows=120, foot="Utskriven av anna", landscape=True))
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) > 2
    for number, text in enumerate(pages, start=1):
        assert "Biträde" in text
        assert "Utfall" in text
        assert f"sida {number} av {len(pages)}" in text
        assert "Utskriven av anna" in text
    assert [text.count("Registret") for text in pages] == [1] * len(pages)


def test_rows_are_in_their_order_and_none_is_missing():
    text = text_of(pdf_of(paper(rows=200)))
    numbers = [int(number) for number in re.findall(r"Biträde (\d+)", text)]
    assert numbers == list(range(200))
    table = word_of(paper(rows=200)).tables[0]
    assert [row.cells[0].text for row in table.rows] == ["Biträde", *(f"Biträde {number}" for number in range(200))]


def test_swedish_words_are_hyphenated():
    narrow = Paper(
        "T", "sv", [TableBlock("", [TableColumn(str(n)) for n in range(9)], [["personuppgiftsbiträde"] * 9])]
    )
    assert "personupp\xad\ngifts" in pdf_of(narrow).pages[0].extract_text()


def test_broken_logo_is_left_out():
    broken = picture()[:60]
    assert "Registret" in text_of(pdf_of(paper(logo=broken)))
    assert not word_of(paper(logo=broken)).inline_shapes


def test_word_has_headings_language_and_a_repeated_heading_row():
    document = word_of(paper("text", organisation="Förvaltningen", logo=picture(), landscape=True))
    assert [(each.style.name, each.text) for each in document.paragraphs if each.style.name != "Normal"] == [
        ("Title", "Registret"),
        ("Heading 1", "Delen"),
    ]
    assert document.core_properties.title == "Registret"
    assert document.core_properties.language == "sv-SE"
    defaults = document.styles.element.find(qn("w:docDefaults"))
    assert [each.get(qn("w:val")) for each in defaults.iter(qn("w:lang"))] == ["sv-SE"]
    assert document.settings.element.find(qn("w:autoHyphenation")) is not None
    (table,) = document.tables
    assert [len(list(row._tr.iter(qn("w:tblHeader")))) for row in table.rows] == [1, 0, 0]
    assert [each.get(qn("w:val")) for each in table._tbl.iter(qn("w:tblCaption"))] == ["Aktiviteter"]
    assert document.inline_shapes[0]._inline.docPr.get("descr") == "Förvaltningen"
    section = document.sections[0]
    assert (section.page_width or 0) > (section.page_height or 0)


def test_word_numbers_its_pages():
    document = word_of(paper(foot="Utskriven"))
    for footer in (document.sections[0].footer, document.sections[0].first_page_footer):
        fields = [each.get(qn("w:instr")) for each in footer._element.iter(qn("w:fldSimple"))]
        assert fields == ["PAGE", "NUMPAGES"]
        assert footer.paragraphs[0].text.startswith("Utskriven\tsida ")


def test_headings_skip_no_level():
    levels = Paper(
        "T",
        "en",
        [PaperHeading("a", 3), PaperHeading("b", 3), PaperHeading("c", 1), PaperHeading("d", 3), PaperHeading("e", 3)],
    )
    assert [block["level"] for block in paper_values(levels)["blocks"]] == [1, 2, 1, 2, 3]
    assert len(pdf_of(levels).pages) == 1


def test_a_paper_of_a_day_does_not_say_when_it_was_written():
    dated = paper(day=date(2020, 6, 18))
    first = write_pdf(paper_values(dated))
    assert write_pdf(paper_values(dated)) == first
    assert str(pdf_of(dated).metadata.creation_date)[:10] == "2020-06-18"
    assert str(pdf_of(paper()).metadata.creation_date)[:10] != "2020-06-18"
    word = write_word(paper_of(paper_values(dated)))
    assert {each.date_time for each in zipfile.ZipFile(io.BytesIO(word)).infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = docx.Document(io.BytesIO(word)).core_properties
    assert {str(properties.created)[:10], str(properties.modified)[:10]} == {"2020-06-18"}


class TestParts:
    """A long PDF is typeset in parts, which are joined."""

    @pytest.fixture
    def joined(self) -> PdfReader:
        whole = paper("Början", rows=900, landscape=True, logo=picture(), organisation="Förvaltningen")
        values = paper_values(whole)
        parts = [
            write_pdf({**values, "part": number, "blocks": [block_values(block) for block in blocks]})
            for number, blocks in enumerate(in_parts(whole.blocks, 700), start=1)
        ]
        assert len(parts) == 3
        return PdfReader(io.BytesIO(join(parts, lambda pages: write_page_numbers(values, pages))))

    def test_the_same_parts_give_the_same_bytes(self) -> None:
        values = paper_values(paper(rows=3, day=date(2020, 6, 18)))
        parts = [write_pdf({**values, "part": number}) for number in (1, 2)]
        numbers = write_page_numbers(values, len(PdfReader(io.BytesIO(parts[0])).pages) * 2)
        first = join(parts, lambda _pages: numbers, same_each_time=True)
        time.sleep(1.1)  # other files are named by the second
        assert join(parts, lambda _pages: numbers, same_each_time=True) == first

    def test_no_row_is_missing_and_pages_are_numbered_through(self, joined: PdfReader) -> None:
        pages = [page.extract_text() for page in joined.pages]
        numbers = [int(number) for text in pages for number in re.findall(r"Biträde (\d+)", text)]
        assert numbers == list(range(900))
        for number, text in enumerate(pages, start=1):
            assert f"sida {number} av {len(pages)}" in text
            assert "Utfall" in text
            assert text.count("Registret") == 1
        assert "Förvaltningen" in pages[-1]

    def test_it_is_tagged_as_one(self, joined: PdfReader) -> None:
        tags = tags_of(joined)
        assert (tags.count("/Document"), tags.count("/Title"), tags.count("/Table"), tags.count("/TD")) == (
            1,
            1,
            3,
            1800,
        )
        tree: Any = joined.trailer["/Root"]["/StructTreeRoot"]  # type: ignore[index]
        elements_of = dict(zip(tree["/ParentTree"]["/Nums"][::2], tree["/ParentTree"]["/Nums"][1::2], strict=True))
        keys: list[Any] = [page["/StructParents"] for page in joined.pages]
        assert keys == sorted(set(keys)) == list(elements_of)
        for page in joined.pages:
            cells = [each.get_object() for each in elements_of[page["/StructParents"]].get_object()]
            places = {cell.raw_get("/Pg").idnum for cell in cells if "/Pg" in cell}
            assert places == {page.indirect_reference.idnum}

    def test_cells_name_the_headings_of_their_own_table(self, joined: PdfReader) -> None:
        tree: Any = joined.trailer["/Root"]["/StructTreeRoot"]  # type: ignore[index]
        names = [str(name) for name in tree["/IDTree"]["/Names"][::2]]
        assert names == sorted(set(names))
        assert len(names) == 6
        tables = [each.get_object() for each in structure_elements(tree) if each.get_object()["/S"] == "/Table"]
        for table in tables:
            cells = [each.get_object() for each in structure_elements(table)]
            own = {str(cell["/ID"]) for cell in cells if cell["/S"] == "/TH"}
            named = {str(name) for cell in cells if cell["/S"] == "/TD" for name in headers_of(cell)}
            assert named == own

    def test_page_numbers_are_passed_over_by_readers(self, joined: PdfReader) -> None:
        for page in joined.pages:
            content = page.get_contents()
            assert content is not None
            assert b"/Artifact<</Type/Pagination/Subtype/Footer>>BDC" in content.get_data()[-120:]


def structure_elements(element: Any) -> Iterator[Any]:
    kids = element.get("/K", [])
    for kid in (each.get_object() for each in (kids if isinstance(kids, list) else [kids])):
        if isinstance(kid, dict) and "/S" in kid:
            yield kid
            yield from structure_elements(kid)


def headers_of(cell: Any) -> list[Any]:
    return [name for each in cell.get("/A", []) for name in each.get_object().get("/Headers", [])]


def test_parts_hold_all_blocks_in_their_order_and_a_heading_stays_with_its_table():
    table = TableBlock("c", [TableColumn("a"), TableColumn("b")], [[str(number), ""] for number in range(25)])
    blocks: list[Block] = [
        Paragraph("p"),
        PaperHeading("h"),
        table,
        PaperHeading("i"),
        PaperFacts([("t", "u")] * 10),
        Paragraph("q"),
    ]
    parts = list(in_parts(blocks, 20))
    assert [type(part[0]) for part in parts] == [Paragraph, TableBlock, TableBlock, PaperHeading, Paragraph]
    tables = [block for part in parts for block in part if isinstance(block, TableBlock)]
    assert [row for each in tables for row in each.rows] == table.rows
    assert [each.caption for each in tables] == ["c", "", ""]
    assert [block for part in parts for block in part if not isinstance(block, TableBlock)] == [
        block for block in blocks if block is not table
    ]
