"""Grids: every sheet and text that people have, as raw cells."""

import json
from datetime import date
from pathlib import Path

import pytest

from registry.document import DocumentProblems
from registry.files import sandbox
from registry.files.formats import table
from registry.files.formats.content import format_of_content
from registry.files.formats.grid_reading import grids_of_format
from registry.files.formats.grids import Mark, is_ditto
from tests.files import HEADINGS, REAL, ROW, csv, ods, xlsx

CASES = Path(__file__).parents[1] / "cases"


def grids_of(name, code):
    data = (CASES / name).read_bytes()
    return grids_of_format(format_of_content(data, code), data)


def text_grid(text, code="document"):
    (grid,) = grids_of_format(code, text.encode())
    return grid


@pytest.mark.parametrize("write", [xlsx, ods])
def test_every_sheet_is_a_grid_with_the_lines_of_the_file(write):
    sheets = {"Nu": [["Titel"], [], HEADINGS, ["", "x", ""]], "Tomt": [], "Sen": [[1, True]] if write is xlsx else []}
    first, empty, last = grids_of_format("xlsx" if write is xlsx else "ods", write(sheets=sheets))
    assert first.name == "Nu"
    assert first.rows == [(1, ["Titel"]), (3, HEADINGS), (4, [None, "x"])]
    assert (empty.name, empty.rows) == ("Tomt", [])
    assert last.rows == ([(1, [1, True])] if write is xlsx else [])


def test_a_column_left_of_the_table_keeps_its_place():
    def change(book):
        book.active["C4"] = date(2020, 6, 18)

    (grid,) = grids_of_format("xlsx", xlsx([], change=change))
    assert grid.rows == [(4, [None, None, date(2020, 6, 18)])]


@pytest.mark.parametrize("code", ["csv", "tsv", "document"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_separator_and_encoding_of_any_text_are_found_out(code, separator, encoding):
    rows = [["Namn", "Tjänst"], ["Åkeri", "Frakt"], ["Öl", "Dryck"]]
    (grid,) = grids_of_format(code, csv(*rows, separator=separator, encoding=encoding))
    assert grid.rows == [(1, rows[0]), (2, rows[1]), (3, rows[2])]


def test_the_separator_is_the_one_by_which_rows_are_alike():
    grid = text_grid("a;b\nx, y;z\nx, y, z;w\n", "csv")
    assert [cells for _line, cells in grid.rows] == [["a", "b"], ["x, y", "z"], ["x, y, z", "w"]]


def test_a_separator_that_the_file_states_is_taken():
    assert text_grid("sep=|\r\na,b|c,d\r\ne,f|g,h\r\n", "csv").rows == [(2, ["a,b", "c,d"]), (3, ["e,f", "g,h"])]


def test_mere_lines_are_rows_of_one_cell():
    grid = text_grid("Våra biträden, i ordning:\n\n  Apsis, för utskick\nTucows\n")
    assert grid.rows == [(1, ["Våra biträden, i ordning:"]), (3, ["Apsis, för utskick"]), (4, ["Tucows"])]


def test_a_quotation_mark_too_many_is_refused_by_line():
    with pytest.raises(DocumentProblems) as refused:
        grids_of_format("csv", b'a,b\r\nc,d\r\n"x" y,z\r\n')
    assert [(problem.line, problem.code) for problem in refused.value.problems] == [(3, "unreadable_row")]


def test_a_table_of_markdown_is_read_with_its_pipes():
    (grid,) = grids_of("lists/l14_markdown_underbitraden.txt", "document")
    assert grid.rows[:2] == [(1, ["# Våra underbiträden"]), (3, ["Underbiträde", "Typ", "Behandling sker i (land)"])]
    assert grid.rows[-2] == (9, ["Exempel Inc. 5", "Fel|loggar", "USA ([villkor](https://example.com/5))"])
    assert grid.rows[-1] == (11, ["Listan gäller från 2026-01-01."])


def test_a_table_of_markdown_may_lack_the_outer_pipes():
    assert text_grid("A | B\n--|:-:\n1 | \n2 | 3\n").rows == [(1, ["A", "B"]), (3, ["1"]), (4, ["2", "3"])]


def test_lists_of_objects_are_found_in_json():
    processors = [{"name": "A", "land": ["SE", "DE"]}, {"name": None, "of": {"x": 1}}]
    content: dict[str, object] = {"at": "2026", "processors": processors}
    content |= {"more": {"others": [{"who": 1.5}], "none": []}, "numbers": [1, 2]}
    first, second = grids_of_format("json", json.dumps(content).encode())
    assert (first.name, second.name) == ("processors", "others")
    assert first.rows == [(0, ["name", "land", "of"]), (1, ["A", "SE, DE"]), (2, [None, None, '{"x": 1}'])]
    assert first.marks == [Mark("nested_value", 1, 1), Mark("nested_value", 2, 2)]
    assert second.rows == [(0, ["who"]), (1, [1.5])]


@pytest.mark.parametrize(
    ("content", "code"),
    [("{}", "not_a_list_of_entries"), ("[1]", "not_a_list_of_entries"), ("[{", "unreadable_file")],
)
def test_json_without_a_list_of_objects_is_refused(content, code):
    with pytest.raises(DocumentProblems) as refused:
        grids_of_format("json", content.encode())
    assert [problem.code for problem in refused.value.problems] == [code]


def test_what_leaves_a_cell_without_a_value_is_marked():
    (grid,) = grids_of_format("xlsx", xlsx(["a", "=1+1"]))
    assert grid.rows == [(1, ["a"])]
    assert grid.marks == [Mark("formula_without_value", 1, 1, "=1+1")]


def test_ditto_marks_are_marked():
    (grid,) = grids_of("files/b12b_ditto.xlsx", "xlsx")
    assert grid.marks == [Mark("ditto", 3, 0, '"'), Mark("ditto", 4, 0, '-"-')]


@pytest.mark.parametrize("text", ['"', '-"-', '—"—', "''", "”", "– ” –", "〃", "Dito", "do.", "samma som ovan"])
def test_what_stands_for_the_cell_above(text):
    assert is_ditto(text)


@pytest.mark.parametrize("text", ["", "-", "–", "...", "Do", "Dito AB", 'Apsis "', "samma", "do", "id", "x"])
def test_what_does_not(text):
    assert not is_ditto(text)


def test_all_sheets_together_are_limited(monkeypatch):
    monkeypatch.setattr(table, "MOST_ROWS", 3)
    sheets = {name: [["a"], ["b"]] for name in "ABC"}
    assert len(grids_of_format("xlsx", xlsx(sheets={"A": [["a"]] * 3}))) == 1
    with pytest.raises(DocumentProblems) as refused:
        grids_of_format("xlsx", xlsx(sheets=sheets))
    assert [problem.code for problem in refused.value.problems] == ["too_many_rows"]


@pytest.mark.parametrize(
    ("name", "code", "rows"),
    [
        ("files/old.xls", "xlsx", 2),
        ("files/csv_named.xlsx", "xlsx", 2),
        ("files/b7d_pipe.csv", "csv", 2),
        ("files/r_unicode_text.txt", "document", 39),
        ("lists/l06_section_per_region.csv", "csv", 10),
        ("lists/l16_fr_encadrement.csv", "csv", 7),
        ("lists/l21_two_columns_no_country.tsv", "tsv", 8),
    ],
)
def test_files_of_others_are_read_as_what_they_are(name, code, rows):
    (grid,) = grids_of(name, code)
    assert len(grid.rows) == rows
    assert len(grid.rows[1][1]) > 1


@pytest.mark.reading_process
@pytest.mark.parametrize("code", sorted(REAL))
def test_grids_come_out_of_the_reading_process(code):
    (grid,) = sandbox.read_grids("xlsx", REAL[code])
    assert [cells for _line, cells in grid.rows] == [HEADINGS, ROW]


def test_a_workbook_of_the_old_format_is_read():
    (grid,) = grids_of("files/old.xls", "xls")
    assert grid.name == "Blad1"
    assert grid.rows[1] == (2, ["Nya Bolaget AB", "Support", "Namn", "SE", "Leverans av tjänst enligt avtal"])


def test_a_password_on_a_workbook_of_the_old_format_is_named():
    data = REAL["xls"]
    first = data.index(b"\x09\x08\x10\x00")
    second = first + 4 + int.from_bytes(data[first + 2 : first + 4], "little")
    locked = data[:second] + b"\x2f\x00" + data[second + 2 :]
    with pytest.raises(DocumentProblems) as refused:
        grids_of_format("xls", locked)
    assert [problem.code for problem in refused.value.problems] == ["password_protected"]


def test_a_workbook_of_the_old_format_with_macros_is_named():
    with pytest.raises(DocumentProblems) as refused:
        grids_of_format("xls", REAL["xls"] + "_VBA_PROJECT_CUR".encode("utf-16-le"))
    assert [problem.code for problem in refused.value.problems] == ["macros"]


def test_text_that_was_misread_is_put_right_and_marked():
    grid = text_grid("LeverantÃ¶r;Land\r\nÅhlÃ©ns;SE\r\n", "csv")
    assert grid.rows == [(1, ["Leverantör", "Land"]), (2, ["Åhléns", "SE"])]
    assert grid.marks == [Mark("misread_text", 1, 0, "LeverantÃ¶r"), Mark("misread_text", 2, 0, "ÅhlÃ©ns")]
