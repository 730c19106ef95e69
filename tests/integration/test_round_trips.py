"""Out and in again, in each format: nothing changes; one edited cell changes exactly that cell, whatever the texts."""

from __future__ import annotations

import csv
import io
import json
import re

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from odf import table as odf
from odf import teletype
from odf.opendocument import load
from odf.text import P

from registry.core.text import clean_text, text_key, unprintable
from registry.files.export import Selection
from registry.files.format_registry import FORMATS_BY_CODE
from registry.files.formats.csv import guarded
from registry.files.importing.planner import plan_import
from registry.models import ProcessingActivity, Source, Vendor, change_set
from tests.examples import examples

CODES = ("xlsx", "csv", "tsv", "ods", "json", "document")
TABLES = ("xlsx", "csv", "tsv", "ods", "json")
HOSTILE = [
    "=1+1",
    "+46 8 123",
    "-5",
    "@SUM(A1)",
    "'=1",
    "''=1",
    "'",
    "\t=1",
    "a\tb",
    "a\nb",
    "a\n\nb",
    'a "quoted" word',
    '"',
    "semi;colon, comma",
    "two  blanks",
    "a \n b",
    "\u200fעברית\u200e",
    "a;=1+1",
    "a;'=1+1; @b;;-1",
    "\uff1d1+1",
    "a\t+46 8",
    " ; =1",
    "🔐👩‍💻",
    "00123",
    "1e5",
    "2020-01-02",
    "TRUE",
    "NULL",
    "_x0041_",
    "<b>&amp;</b>",
    "{{ x }}",
    "åäö" * 10_000,
    "x" * 30_000,
]


def kept(text: str) -> bool:
    """What the register can hold."""
    clean = clean_text(text)
    return bool(clean) and unprintable(clean) is None


ANY = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60),
    st.text(alphabet=" \t\n=+-@'\";,aå<&_x0", min_size=1, max_size=12),
).filter(kept)


def fill(texts):
    with change_set(source=Source.COMMAND, reason="round trip"):
        for number, (purpose, data, notes) in enumerate(texts):
            vendor = Vendor(name=f"Vendor {number}", notes=notes)
            vendor.save()
            ProcessingActivity(vendor=vendor, purpose=purpose, personal_data=data, country="SE", notes=data).save()


def out(code):
    return FORMATS_BY_CODE[code]().write(Selection(ProcessingActivity.objects.order_by("position")))


def planned(code, content):
    return plan_import(FORMATS_BY_CODE[code]().read(content))


class TestAnyText(TestCase):
    @settings(examples(10), suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(ANY, ANY, ANY), min_size=1, max_size=4))
    def test_out_and_in_again_changes_nothing(self, texts):
        fill(texts)
        for code in CODES:
            again = planned(code, out(code))
            assert not again.changes_anything, (code, [entry.changes for entry in again.entries])
            assert again.unchanged == len(texts)

    @settings(examples(6), suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(ANY, ANY, ANY), min_size=2, max_size=3), ANY)
    def test_one_edited_cell_changes_exactly_that_cell(self, texts, edit):
        fill(texts)
        edit = clean_text(edit)
        if edit == clean_text(texts[1][1]) or text_key(edit) == "":
            return
        for code in TABLES:
            again = planned(code, EDITED[code](out(code), edit))
            (entry,) = again.changed
            (change,) = entry.changes
            assert (code, entry.activity.vendor.name, change.after) == (code, "Vendor 1", edit)
            assert again.new == []


#: The second row's cell "Uppgifter", as other programs write it. Row and column count from 0.
ROW, COLUMN = 2, 2


def edit_xlsx(content, text):
    book = openpyxl.load_workbook(io.BytesIO(content))
    cell = book.worksheets[0].cell(row=ROW + 1, column=COLUMN + 1)
    # As spreadsheet programs do and openpyxl does not: _x0041_ would be read as A.
    cell.value = re.sub("_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
    cell.data_type = "s"
    return saved(book.save)


def edit_ods(content, text):
    document = load(io.BytesIO(content))
    row = document.spreadsheet.getElementsByType(odf.TableRow)[ROW]
    cell = row.getElementsByType(odf.TableCell)[COLUMN]
    for paragraph in list(cell.childNodes):
        cell.removeChild(paragraph)
    for line in text.split("\n"):
        paragraph = P()
        teletype.addTextToElement(paragraph, line)
        cell.addElement(paragraph)
    return saved(document.save)


def edit_separated(separator):
    def edit(content, text):
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=separator))
        # A text that a program would run is written in our files with an apostrophe, also within a cell; without it
        # "a;'=1" would be what "a;=1" is in a file of ours.
        rows[ROW][COLUMN] = guarded(text)
        target = io.StringIO(newline="")
        csv.writer(target, delimiter=separator).writerows(rows)
        return target.getvalue().encode()

    return edit


def edit_json(content, text):
    entries = json.loads(content)
    entry = entries[ROW - 1]
    entry[list(entry)[COLUMN]] = text
    return json.dumps(entries, indent=2).encode()


def saved(save):
    target = io.BytesIO()
    save(target)
    return target.getvalue()


EDITED = {
    "xlsx": edit_xlsx,
    "ods": edit_ods,
    "csv": edit_separated(","),
    "tsv": edit_separated("\t"),
    "json": edit_json,
}


@pytest.mark.django_db
@pytest.mark.parametrize("code", CODES)
def test_every_hostile_text_survives(code):
    fill([(f"p {number}", text, text) for number, text in enumerate(HOSTILE)])
    again = planned(code, out(code))
    assert not again.changes_anything, [entry.changes for entry in again.entries]
