"""A copy of a refused file with its problems marked."""

import io
import json

import openpyxl
import pytest
from django.urls import reverse

from registry.models import ChangeSet
from tests.files import HEADINGS, ROW, csv, xlsx
from tests.integration.imports import client_get, run, upload
from tests.integration.pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("formats of files")]

BAD = ["Tucows", "", "Namn", "SE", "a + + b"]


@pytest.fixture
def marked(capsys, tmp_path):
    """Return the workbook that the command writes about a file."""

    def write(content, name):
        (tmp_path / name).write_bytes(content)
        target = tmp_path / "marked.xlsx"
        status, _out, _err = run(capsys, "import_register", tmp_path / name, reason="x", marked=target)
        assert status == 1
        return openpyxl.load_workbook(target)

    return write


def comments(sheet):
    return {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment}


FILES = [
    pytest.param("r.xlsx", xlsx(sheets={"Omslag": [["x"]], "Nu": [["Titel"], [], HEADINGS, ROW, BAD]}), 5, id="xlsx"),
    pytest.param("r.csv", csv(["Titel"], [], HEADINGS, ROW, BAD, separator=";"), 5, id="csv"),
    pytest.param(
        "r.json", json.dumps([dict(zip(HEADINGS, row, strict=True)) for row in (ROW, BAD)]).encode(), 3, id="json"
    ),
]


@pytest.mark.parametrize(("name", "content", "line"), FILES)
def test_the_cells_with_problems_are_coloured_and_say_what_is_wrong(name, content, line, marked):
    book = marked(content, name)
    sheet = book.worksheets[-1]
    assert [cell.value for cell in sheet[line]][:2] == ["Tucows", None]
    found = comments(sheet)
    assert set(found) == {f"B{line}", f"E{line}"}
    assert found[f"B{line}"].endswith("column Purpose: the purpose is empty")
    assert sheet[f"B{line}"].fill.fgColor.rgb == sheet[f"E{line}"].fill.fgColor.rgb == "FFFFC7CE"
    assert sheet[f"A{line}"].fill.fill_type is None
    listed = book.worksheets[0]
    assert listed.title == "Problems"
    assert [cell.value for cell in listed[2]][1:2] == ["Purpose"]
    assert f"!B{line}" in listed["A2"].hyperlink.location


def test_unknown_headings_are_marked(marked):
    book = marked(xlsx([*HEADINGS, "Pris*"], [*ROW, "5"], [*BAD, "6"]), "r.xlsx")
    assert 'unknown column "Pris*"' in comments(book.worksheets[-1])["F1"]


def test_all_sheets_and_long_names_are_in_it(marked):
    sheets = {"Problems": [["x"]], "Nu": [HEADINGS, BAD], "x" * 31: [[5, True]]}
    book = marked(xlsx(sheets=sheets), "r.xlsx")
    assert book.sheetnames == ["Problems", "Problems 2", "Nu", "x" * 31]
    assert [cell.value for cell in book.worksheets[-1][1]] == [5, True]


def test_nothing_in_it_runs(marked):
    book = marked(csv(HEADINGS, ["=1+1", "", "https://example.com", "SE", "a + + b"]), "r.csv")
    row = book.worksheets[-1][2]
    assert (row[0].value, row[0].data_type, row[0].hyperlink) == ("=1+1", "s", None)
    assert row[2].hyperlink is None


def test_the_page_of_problems_hands_it_out_and_it_is_on_record(editor):
    page = client_get(editor, upload(editor, xlsx(HEADINGS, BAD), "register.xlsx"))
    assert "Download the file with its problems marked" in text_of(page)
    address = reverse("admin:registry_processingactivity_import_marked", args=[page.context["upload"].token])
    response = editor.post(address)
    book = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    assert "B2" in comments(book.worksheets[-1])
    assert ChangeSet.objects.latest("pk").details["of"] == "problems"


def test_a_file_without_cells_has_no_copy(editor, capsys, tmp_path):
    page = client_get(editor, upload(editor, b"PK\x03\x04 not really", "register.xlsx"))
    address = reverse("admin:registry_processingactivity_import_marked", args=[page.context["upload"].token])
    assert editor.post(address).status_code == 302
    (tmp_path / "r.xlsx").write_bytes(b"PK\x03\x04 not really")
    target = tmp_path / "marked.xlsx"
    assert "not written" in run(capsys, "import_register", tmp_path / "r.xlsx", reason="x", marked=target)[2]
    assert not target.exists()


HERE = [*HEADINGS, "Ägare", "Anlitas av"]


def test_problems_with_the_register_come_in_the_same_round_as_those_of_cells(marked):
    rows = [[*ROW, "nobody", "Tucows"], [*BAD, "", ""], ["Zendesk", "Support", "x", "SE", "", "", "No such AB"]]
    book = marked(xlsx(HERE, *rows), "r.xlsx")
    found = comments(book.worksheets[-1])
    assert set(found) == {"F2", "B3", "E3", "G4"}
    assert 'there is no user "nobody"' in found["F2"]
    assert '"No such AB" is not a vendor of the register or of the file' in found["G4"]


def test_the_page_lists_them_together(editor):
    page = client_get(editor, upload(editor, xlsx(HERE, [*ROW, "nobody", ""], [*BAD, "", ""]), "register.xlsx"))
    assert "The file has 3 problems." in text_of(page)
