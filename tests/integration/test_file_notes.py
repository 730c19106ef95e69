"""Files of other programs: read as what they are, with a word about what is hidden, struck out, passed over."""

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.utils import translation
from odf import table as odf
from odf.office import Annotation
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TextProperties
from odf.text import P
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font

from registry.document import DocumentProblems
from registry.files.importing.problems import problem_texts
from tests.files import HEADINGS, ROW, csv, json_file, ods, reading, xlsx
from tests.integration.imports import client_get, run, upload
from tests.integration.pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("formats of files")]

CASES = Path(__file__).parents[1] / "cases/files"
SECOND = ["Tucows", "Domäner", "Namn", "CA", "Avtal"]
THIRD = ["Zendesk", "Support", "Namn", "US", "Avtal"]


@pytest.fixture
def dry_run(capsys, tmp_path):
    """Return what the command prints about a file, on standard output and on standard error."""

    def run_it(content, name="register.xlsx"):
        file = tmp_path / name
        file.write_bytes(content)
        _status, out, err = run(capsys, "import_register", file, reason="x", dry_run=True)
        return out + err

    return run_it


def case(name):
    return (CASES / name).read_bytes()


def separated(*rows):
    return "".join(";".join(row) + "\r\n" for row in rows).encode()


NOTES = {
    "b1_title_above.xlsx": "passed over: 1 “Registerförteckning över våra biträden 2026”.",
    "b11d_heading_variants.xlsx": "without their additions: “Leverantör*”, “Orsak:”, “Personuppgifter (kategorier)”,",
    "b3b_filtered_row.xlsx": "Line 3 is hidden in the file, for example by a filter; it is taken like the others.",
    "csv_named.xlsx": "The content of the file is not what its name says. It was read as CSV.",
    "merged_vendor.xlsx": "The value of merged cells counts for each line that they cover: A2:A3.",
    "old.xls": "The file is of the old Excel format (.xls), of which only the values are read",
    "strike_comment.xlsx": "Line 2 is struck out in the file: it comes in like the others; change its status",
}


@pytest.mark.parametrize("name", NOTES)
def test_what_is_unusual_about_a_file_is_said(name, editor, dry_run):
    said = dry_run(case(name), name)
    assert NOTES[name] in said
    assert "0 changed, 0 unchanged, 0 missing" in said
    assert NOTES[name] in text_of(client_get(editor, upload(editor, case(name), name)))


def test_comments_are_named(dry_run):
    assert "Comments are not taken: A2." in dry_run(case("strike_comment.xlsx"))


@pytest.mark.parametrize(
    "name", ["module_empty_rid.xlsx", "e10_bad_counts.xlsx", "sxssf_empty_sst.xlsx", "b7d_pipe.csv"]
)
def test_what_needs_no_word_is_read_without_one(name, dry_run):
    assert dry_run(case(name), name).startswith("1 new,") or "new legal basis" in dry_run(case(name), name)


@pytest.mark.parametrize("name", ["r_unicode_text.txt", "i1_original.xlsx"])
def test_the_original_comes_back_unchanged_by_way_of_other_programs(name, dry_run, imported):
    assert "0 new, 0 changed, 38 unchanged, 0 missing" in dry_run(case(name), name)


@pytest.mark.parametrize(("name", "write"), [("r.xlsx", xlsx), ("r.ods", ods), ("r.csv", separated)])
def test_lines_above_and_below_the_table_and_headings_again_are_named(name, write, dry_run):
    rows = [["Våra biträden"], [], HEADINGS, ROW, [], HEADINGS, SECOND, [], ["Senast ändrad 2026"], ["av oss"]]
    said = dry_run(write(*rows), name)
    assert "2 new" in said
    headings = " ".join(HEADINGS)
    assert f"passed over: 1 “Våra biträden”, 6 “{headings}”, 9 “Senast ändrad 2026”, 10 “av oss”." in said


def test_a_line_of_one_cell_within_the_table_is_a_row_with_problems(dry_run):
    assert "line 3, column Purpose: the purpose is empty" in dry_run(xlsx(HEADINGS, ROW, ["Tucows"]))
    assert "line 4, column Purpose: the purpose is empty" in dry_run(xlsx(HEADINGS, ROW, [], ["Tucows"], SECOND))


def test_with_a_heading_missing_the_line_with_most_of_them_is_named():
    with pytest.raises(DocumentProblems) as refused:
        reading("xlsx", xlsx(["Våra biträden"], HEADINGS[:4], ROW[:4]))
    assert [(problem.line, problem.code) for problem in refused.value.problems] == [(2, "missing_column")]


def test_a_heading_with_a_remark_is_another_one_where_the_file_has_the_one_without(dry_run):
    said = dry_run(xlsx([*HEADINGS, "Land (säte)"], [*ROW, "DE"]))
    assert 'unknown column "Land (säte)"' in said


def struck(book):
    sheet = book.active
    for cell in sheet[2]:
        cell.font = Font(strike=True)
    sheet["B3"].font = Font(strike=True)
    sheet["C3"] = CellRichText(TextBlock(InlineFont(strike=True), "Namn"), TextBlock(InlineFont(), " och mer"))
    sheet["A4"] = CellRichText(TextBlock(InlineFont(strike=True), "Zen"), TextBlock(InlineFont(strike=True), "desk"))
    sheet["D4"].comment = Comment("varför?", "x")


def test_struck_out_lines_and_cells_are_told_apart(dry_run):
    said = dry_run(xlsx(HEADINGS, ROW, SECOND, THIRD, change=struck))
    assert "Lines 2, 4 are struck out in the file" in said
    assert "Text that is struck out in the file is taken as it is: B3." in said
    assert "Comments are not taken: D4." in said


def test_hidden_columns_and_lines_are_named_except_ours(dry_run):
    def hide(book):
        book.active.column_dimensions["C"].hidden = True
        book.active.column_dimensions["F"].hidden = True
        for line in (2, 4):
            book.active.row_dimensions[line].hidden = True

    said = dry_run(xlsx([*HEADINGS, "Nyckel"], ROW, SECOND, THIRD, change=hide))
    assert "Lines 2, 4 are hidden in the file" in said
    assert "Columns that are hidden in the file are taken like the others: C." in said


def test_merged_cells_repeat_the_value_downwards_only(dry_run):
    def merge(book):
        book.active.merge_cells("A2:A4")
        book.active.merge_cells("D2:E3")

    rows = [HEADINGS, ROW, ["", "Support", "Namn", "", ""], ["", "Drift", "Namn", "DE", ""]]
    said = dry_run(xlsx(*rows, change=merge))
    assert "3 new" in said
    assert "they cover: A2:A4, D2:E3." in said


NAMED_WRONGLY = [
    pytest.param("register.csv", xlsx(), "Excel (xlsx)", id="a workbook named csv"),
    pytest.param("register.txt", xlsx(), "Excel (xlsx)", id="a workbook named txt"),
    pytest.param("register.ods", xlsx(), "Excel (xlsx)", id="a workbook of Excel named ods"),
    pytest.param("register.xls", csv(separator=";"), "CSV", id="text named xls"),
    pytest.param("register.json", csv(separator=";"), "CSV", id="text named json"),
    pytest.param("register.txt", csv(separator=";"), "CSV", id="separated values named txt"),
    pytest.param("register.txt", json_file(), "JSON", id="JSON named txt"),
    pytest.param("register.xlsx", json_file(), "JSON", id="JSON named xlsx"),
]


@pytest.mark.parametrize(("name", "content", "format_"), NAMED_WRONGLY)
def test_a_file_is_read_as_what_it_is_whatever_its_name_says(name, content, format_, dry_run):
    said = dry_run(content, name)
    assert f"It was read as {format_}." in said
    assert "1 new" in said


OTHERS = {
    "HTML": b"<html><body><table><tr><td>Vendor</td></tr></table></body></html>",
    "XML": b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>',
    "PDF": b"%PDF-1.7\n",
    "RTF": b"{\\rtf1 x}",
}


@pytest.mark.parametrize("kind", OTHERS)
@pytest.mark.parametrize("name", ["register.xls", "register.csv"])
def test_kinds_of_files_that_are_not_read_are_named(kind, name, dry_run):
    assert f"this is a file of the kind {kind}, which is not read; save the table as" in dry_run(OTHERS[kind], name)


def test_packages_of_other_programs_are_named(dry_run):
    with zipfile.ZipFile(target := io.BytesIO(), "w") as package:
        package.writestr("word/document.xml", "<document/>")
    assert "this is a file of the kind Word, which is not read" in dry_run(target.getvalue(), "register.xlsx")


def test_opendocument_tells_the_same(dry_run):
    document = OpenDocumentSpreadsheet()
    struck_style = Style(name="struck", family="table-cell")
    struck_style.addElement(TextProperties(textlinethroughstyle="solid"))
    document.automaticstyles.addElement(struck_style)
    sheet = odf.Table(name="Register")
    sheet.addElement(odf.TableColumn(numbercolumnsrepeated=2))
    sheet.addElement(odf.TableColumn(visibility="collapse"))
    sheet.addElement(odf.TableColumn(visibility="collapse", numbercolumnsrepeated=1000))
    for line in (HEADINGS, ROW, SECOND, ["", *THIRD[1:]]):
        sheet.addElement(row := odf.TableRow(visibility="filter" if line is ROW else "visible"))
        for text in line:
            spans = {"numberrowsspanned": 2} if text == "Tucows" else {}
            style = {"stylename": struck_style} if text in ("Tucows", "Support") else {}
            row.addElement(cell := odf.TableCell(valuetype="string", **style, **spans))
            if text == "CA":
                cell.addElement(annotation := Annotation())
                annotation.addElement(P(text="varför?"))
            cell.addElement(P(text=text))
    document.spreadsheet.addElement(sheet)
    document.save(target := io.BytesIO())
    said = dry_run(target.getvalue(), "register.ods")
    assert "Line 2 is hidden in the file" in said
    assert "Columns that are hidden in the file are taken like the others: C." in said
    assert "Line 3 is struck out in the file" in said
    assert "Text that is struck out in the file is taken as it is: B4." in said
    assert "they cover: A3:A4." in said
    assert "Comments are not taken: D3." in said
    assert "3 new" in said


def problems_of(code, content):
    with pytest.raises(DocumentProblems) as refused:
        reading(code, content)
    return [(problem.line, problem.code) for problem in refused.value.problems]


def test_a_heading_that_was_misread_is_named_with_the_cause(dry_run):
    assert (1, "misread_column") in problems_of("csv", case("utf8_in_cp1252.csv"))
    assert (1, "misread_column") in problems_of("document", csv(["LeverantÃ¶r", *HEADINGS[1:]], ROW, separator="\t"))


def test_a_name_that_looks_misread_is_taken_as_it_stands_with_a_word(dry_run):
    said = dry_run(csv(HEADINGS, ["FÃ¶retaget", *ROW[1:]]), "register.csv")
    assert "is taken as it stands: 2 “FÃ¶retaget”." in said


def test_a_country_that_yaml_made_false_asks_for_norway():
    assert problems_of("json", case("i22_norway.json")) == [(1, "false_country")]
    assert problems_of("csv", csv(HEADINGS, [*ROW[:3], "False", "x"])) == [(2, "false_country")]


def test_ditto_marks_are_refused_except_in_our_own_files():
    assert problems_of("xlsx", case("b12b_ditto.xlsx")) == [(3, "ditto_mark"), (4, "ditto_mark")]
    content = xlsx([*HEADINGS, "Nyckel"], [*ROW, ""], ['"', *SECOND[1:], ""])
    assert [row.row.vendor for row in reading("xlsx", content).rows] == ["Apsis", '"']


def test_a_list_within_an_object_of_json_is_read(dry_run):
    entries = [dict(zip(HEADINGS, ROW, strict=True))]
    said = dry_run(json.dumps({"at": "2026", "data": {"processors": entries}}).encode(), "register.json")
    assert "The list “processors” was read; what stands beside it in the file was not." in said
    assert "1 new" in said
    assert problems_of("json", json.dumps({"a": entries, "b": entries}).encode()) == [(1, "not_a_list_of_entries")]


@pytest.mark.parametrize("write", [xlsx, ods])
def test_other_sheets_that_hold_something_are_named(write, dry_run):
    sheets = {"Nu": [HEADINGS, ROW], "Anteckningar": [["x"]], "Tomt": [], "Om": [["y"]], "Choices": [["y"]]}
    said = dry_run(write(sheets=sheets), "register.xlsx" if write is xlsx else "register.ods")
    assert "Other sheets were not read: “Anteckningar”." in said


def test_what_is_accepted_is_named_once_and_the_nearest_heading_beside_each():
    with translation.override("en"), pytest.raises(DocumentProblems) as refused:
        reading("csv", csv([*HEADINGS, "Budget", "Anteckning", "Kostnadsställe"], [*ROW, "x", "y", "z"]))
    first, near, other = problem_texts(refused.value.problems)
    assert first.startswith('line 1: unknown column "Budget"; the columns are Leverantör (Vendor)')
    assert near == 'line 1: unknown column "Anteckning"; is "Notes" meant?'
    assert other == 'line 1: unknown column "Kostnadsställe"'


def test_an_apostrophe_is_a_guard_in_our_files_only():
    def vendor_and_notes(content):
        row = reading("csv", content).rows[-1]
        return row.row.vendor, [value for column, value in row.details.items() if column.key == "notes"]

    headings, row = [*HEADINGS, "Anteckningar"], ["'@handle AB", *ROW[1:], "'+46 8 123"]
    assert vendor_and_notes(case("i5_apostrophe.csv")) == ("'@handle AB", ["'+46 8 123"])
    assert vendor_and_notes(csv(headings, row, encoding="utf-8-sig")) == ("@handle AB", ["+46 8 123"])
    keyed = csv([*headings, "Nyckel"], [*row, "17.0123456789ab"], separator=";", encoding="cp1252")
    assert vendor_and_notes(keyed) == ("@handle AB", ["+46 8 123"])
