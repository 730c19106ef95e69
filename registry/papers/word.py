"""Writing a paper for Word (docx): real headings, repeated heading rows, language, page numbers. Pure: no Django."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from typing import Any

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Cm, Length, Pt, RGBColor
from docx.text.paragraph import Paragraph as WordParagraph

from registry.papers.content import Paper, PaperFacts, PaperHeading, Paragraph, TableBlock

#: As Word names the languages of texts.
LANGUAGES = {"sv": "sv-SE", "en": "en-GB"}
FONT = "Calibri"
LONG_SIDE, SHORT_SIDE, MARGIN = Cm(29.7), Cm(21), Cm(1.6)
TERM_WIDTH = Cm(5.2)
#: Rows with less text stay on one page.
SHORT_ROW = 1500
NUMBER = re.compile(r"({x}|{y})")
FIELDS = {"{x}": "PAGE", "{y}": "NUMPAGES"}
TABLE_STYLE = "Table Grid"
#: In twentieths of a point.
TWIP = 635


def write_word(paper: Paper) -> bytes:
    """Return the paper as a docx file."""
    document = docx.Document()
    set_styles(document, LANGUAGES.get(paper.language, paper.language))
    set_properties(document, paper)
    width = set_page(document, paper)
    write_top(document, paper)
    for block in paper.blocks:
        if isinstance(block, PaperHeading):
            document.add_heading(block.text, block.level)
        elif isinstance(block, Paragraph):
            document.add_paragraph(block.text)
        elif isinstance(block, PaperFacts):
            write_facts(document, block.facts)
        else:
            write_table(document, block, width)
    target = io.BytesIO()
    document.save(target)
    return without_times(target.getvalue()) if paper.day else target.getvalue()


def without_times(package: bytes) -> bytes:
    """Return a package whose entries do not say when they were written."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as source, zipfile.ZipFile(target, "w") as made:
        for name in source.namelist():
            made.writestr(zipfile.ZipInfo(name), source.read(name), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def set_styles(document: Document, language: str) -> None:
    """Set fonts, the language of all texts, and hyphenation."""
    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for kept in defaults.findall(qn("w:lang")):
        defaults.remove(kept)
    defaults.append(element("w:lang", val=language, eastAsia="ja-JP", bidi="ar-SA"))
    settings = document.settings.element
    settings.insert_element_before(element("w:autoHyphenation", val="true"), *AFTER_HYPHENATION)
    for kept in settings.findall(qn("w:themeFontLang")):
        kept.set(qn("w:val"), language)
    styles: Any = document.styles
    for name, size in (("Normal", 10), ("Title", 18), ("Heading 1", 13), ("Heading 2", 11), ("Heading 3", 10)):
        font = styles[name].font
        font.name, font.size, font.color.rgb = FONT, Pt(size), RGBColor(0, 0, 0)
        fonts = styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in [each for each in fonts.attrib if each.endswith("Theme")]:
            del fonts.attrib[attribute]
    styles["Normal"].paragraph_format.space_after = Pt(4)


#: The elements of the settings that stand behind that of hyphenation.
AFTER_HYPHENATION = (
    "w:consecutiveHyphenLimit",
    "w:hyphenationZone",
    "w:doNotHyphenateCaps",
    "w:defaultTableStyle",
    "w:evenAndOddHeaders",
    "w:characterSpacingControl",
    "w:footnotePr",
    "w:endnotePr",
    "w:compat",
    "w:rsids",
    "m:mathPr",
    "w:themeFontLang",
    "w:clrSchemeMapping",
    "w:shapeDefaults",
    "w:decimalSymbol",
    "w:listSeparator",
)


def set_properties(document: Document, paper: Paper) -> None:
    properties = document.core_properties
    properties.title, properties.author, properties.subject = (
        paper.title[:255],
        paper.organisation[:255],
        paper.subject[:255],
    )
    properties.language = LANGUAGES.get(paper.language, paper.language)
    properties.comments = properties.last_modified_by = ""
    written = datetime.combine(paper.day, time.min) if paper.day else datetime.now(UTC).replace(tzinfo=None)
    properties.created = properties.modified = written


def set_page(document: Document, paper: Paper) -> Length:
    """Set size, margins, head and foot; return the width of the text."""
    section = document.sections[0]
    width, height = (LONG_SIDE, SHORT_SIDE) if paper.landscape else (SHORT_SIDE, LONG_SIDE)
    section.orientation = WD_ORIENT.LANDSCAPE if paper.landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = width, height
    section.left_margin = section.right_margin = MARGIN
    section.top_margin = section.bottom_margin = Cm(1.8)
    section.different_first_page_header_footer = True
    text_width = Length(width - 2 * MARGIN)
    write_line(section.header.paragraphs[0], paper.title, [paper.organisation], text_width)
    for footer in (section.footer, section.first_page_footer):
        write_line(footer.paragraphs[0], paper.foot, NUMBER.split(paper.page_words), text_width)
    return text_width


def write_line(paragraph: WordParagraph, left: str, right: Iterable[str], width: Length) -> None:
    """Write a line of the head or foot; ``{x}`` and ``{y}`` on the right are the numbers of pages."""
    stops = paragraph.paragraph_format.tab_stops
    stops.add_tab_stop(width, WD_TAB_ALIGNMENT.RIGHT)
    paragraph.style.font.size = Pt(8)  # type: ignore[union-attr]
    paragraph.add_run(f"{left}\t")
    for text in right:
        if text in FIELDS:
            field = element("w:fldSimple", instr=FIELDS[text])
            run = element("w:r")
            run.append(text_element("1"))
            field.append(run)
            paragraph._p.append(field)
        elif text:
            paragraph.add_run(text)


def write_top(document: Document, paper: Paper) -> None:
    if paper.logo:
        write_logo(document, paper.logo, paper.organisation or paper.title)
    if paper.organisation:
        document.add_paragraph(paper.organisation)
    document.add_heading(paper.title, 0)
    write_facts(document, paper.about)


def write_logo(document: Document, logo: bytes, words: str) -> None:
    """Write the picture with a text for those who do not see it; a broken picture is left out."""
    try:
        shape = document.add_picture(io.BytesIO(logo), height=Cm(1.4))
    except (InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError, ZeroDivisionError):
        return
    shape._inline.docPr.set("descr", words)


def write_facts(document: Document, facts: Sequence[tuple[str, str]]) -> None:
    """Write each term in bold, and beside it what is stated."""
    for term, text in facts:
        paragraph = document.add_paragraph()
        layout = paragraph.paragraph_format
        layout.left_indent, layout.first_line_indent = TERM_WIDTH, -TERM_WIDTH
        layout.tab_stops.add_tab_stop(TERM_WIDTH)
        paragraph.add_run(term).bold = True
        paragraph.add_run(f"\t{text}")


def write_table(document: Document, block: TableBlock, width: Length) -> None:
    """Write a table with its caption above. Cells are made as XML: python-docx takes minutes for ten thousand rows."""
    if block.caption:
        caption = document.add_paragraph()
        caption.add_run(block.caption).bold = True
        caption.paragraph_format.keep_with_next = True
    shares = sum(column.share for column in block.columns)
    widths = [int(width * column.share / shares / TWIP) for column in block.columns]
    table = element("w:tbl")
    properties = element("w:tblPr")
    properties.append(element("w:tblStyle", val=document.styles[TABLE_STYLE].style_id))
    properties.append(element("w:tblW", w=str(sum(widths)), type="dxa"))
    properties.append(element("w:tblLayout", type="fixed"))
    properties.append(element("w:tblLook", val="0020", firstRow="1", lastRow="0", firstColumn="0", lastColumn="0"))
    properties.append(element("w:tblCaption", val=block.caption))
    table.append(properties)
    grid = element("w:tblGrid")
    grid.extend(element("w:gridCol", w=str(each)) for each in widths)
    table.append(grid)
    table.append(table_row([column.heading for column in block.columns], widths, heading=True))
    table.extend(table_row(row, widths) for row in block.rows)
    document.element.body._insert_tbl(table)
    document.add_paragraph()


def table_row(cells: Sequence[str], widths: Sequence[int], *, heading: bool = False) -> BaseOxmlElement:
    row, properties = element("w:tr"), element("w:trPr")
    if heading or sum(map(len, cells)) < SHORT_ROW:
        properties.append(element("w:cantSplit"))
    if heading:
        properties.append(element("w:tblHeader"))
    row.append(properties)
    row.extend(table_cell(cell, width, heading=heading) for cell, width in zip(cells, widths, strict=True))
    return row


def table_cell(text: str, width: int, *, heading: bool) -> BaseOxmlElement:
    cell, properties = element("w:tc"), element("w:tcPr")
    properties.append(element("w:tcW", w=str(width), type="dxa"))
    if heading:
        properties.append(element("w:shd", val="clear", color="auto", fill="E4E4E4"))
    cell.append(properties)
    paragraph, layout = element("w:p"), element("w:pPr")
    layout.append(element("w:spacing", after="0"))
    paragraph.append(layout)
    paragraph.append(cell_run(text, bold=heading))
    cell.append(paragraph)
    return cell


def cell_run(text: str, *, bold: bool) -> BaseOxmlElement:
    run, properties = element("w:r"), element("w:rPr")
    if bold:
        properties.append(element("w:b"))
    properties.append(element("w:sz", val="17"))
    run.append(properties)
    for number, line in enumerate(text.replace("\t", " ").split("\n")):
        if number:
            run.append(element("w:br"))
        run.append(text_element(line))
    return run


def text_element(text: str) -> BaseOxmlElement:
    holder = element("w:t")
    holder.text = text
    holder.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return holder


def element(name: str, **attributes: str) -> BaseOxmlElement:
    """Return an element of the WordprocessingML namespace with attributes of it."""
    made = OxmlElement(name)
    for attribute, value in attributes.items():
        made.set(qn(f"w:{attribute}"), value)
    return made
