"""Files in, where the page and the command ask which sheet, and say what is wrong."""

import sys

import pytest

from registry.files import sandbox
from registry.models import ChangeSet, ProcessingActivity, Upload, Vendor
from tests.files import HEADINGS, ROW, csv, ods, xlsx
from tests.integration.imports import CONFIRM, client_get, confirm, run, upload
from tests.integration.pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("formats of files")]

BEFORE = ["Tucows", "Domäner", "Namn", "CA", "Avtal"]
SHEETS = {"Nu": [HEADINGS, ROW], "Förr, & sen": [HEADINGS, BEFORE], "About": [HEADINGS, ROW]}


@pytest.fixture(params=["xlsx", "ods"])
def book(request):
    """Its name, and the content: two sheets that could hold the register."""
    return f"register.{request.param}", {"xlsx": xlsx, "ods": ods}[request.param](sheets=SHEETS)


class TestWhichSheetInTheAdmin:
    def choose(self, client, page, sheet):
        return client.post(page.request["PATH_INFO"], {"sheet": sheet})

    def test_the_page_comes_again_and_asks(self, editor, book):
        name, content = book
        page = client_get(editor, upload(editor, content, name))
        assert "Several sheets of register" in text_of(page)
        assert [value for value, _label in page.context["form"].fields["sheet"].choices] == ["Nu", "Förr, & sen"]
        assert not Vendor.objects.exists()

    def test_what_is_chosen_is_previewed_and_imported(self, editor, book):
        name, content = book
        page = client_get(editor, upload(editor, content, name))
        preview = client_get(editor, self.choose(editor, page, "Förr, & sen"))
        assert "Tucows" in text_of(preview)
        assert "Apsis" not in text_of(preview)
        editor.get(confirm(editor, preview, change_reason="x")["location"])
        assert ProcessingActivity.objects.get().vendor.name == "Tucows"
        assert ChangeSet.objects.get(source="import").details["sheet"] == "Förr, & sen"

    @pytest.mark.parametrize("sheet", ["", "About", "Annat"])
    def test_what_is_not_on_offer_cannot_be_chosen(self, editor, book, sheet):
        name, content = book
        page = client_get(editor, upload(editor, content, name))
        assert self.choose(editor, page, sheet).context["form"].errors
        assert Upload.objects.get().sheet == ""

    def test_nothing_can_be_confirmed_before(self, editor, book):
        name, content = book
        page = client_get(editor, upload(editor, content, name))
        editor.post(CONFIRM, {"token": page.context["upload"].token, "plan_digest": "x"})
        assert not Vendor.objects.exists()

    def test_the_problems_of_the_chosen_sheet_are_said(self, editor):
        content = xlsx(sheets={"Nu": [HEADINGS, ROW], "Förr": [HEADINGS, ["A", "", "", "XX", ""]]})
        page = client_get(editor, upload(editor, content, "register.xlsx"))
        page = client_get(editor, self.choose(editor, page, "Förr"))
        assert "line 2, column Country: unknown country" in text_of(page)

    def test_another_person_cannot_choose(self, editor, sign_in, book):
        name, content = book
        page = client_get(editor, upload(editor, content, name))
        other = sign_in(
            "import_processingactivity", "add_processingactivity", "change_processingactivity", name="other"
        )
        self.choose(other, page, "Nu")
        assert Upload.objects.get().sheet == ""

    def test_one_that_could_hold_it_is_taken_without_asking(self, editor):
        content = xlsx(sheets={"Omslag": [["Vårt register"]], "Data": [HEADINGS, ROW], "About": [HEADINGS, ROW]})
        assert "Apsis" in text_of(client_get(editor, upload(editor, content, "register.xlsx")))


class TestWhichSheetInTheCommand:
    def test_without_a_name_it_lists_them(self, db, capsys, tmp_path, book):
        file = tmp_path / book[0]
        file.write_bytes(book[1])
        status, out, _err = run(capsys, "import_register", file, reason="x")
        assert status == 2
        assert "'Nu', 'Förr, & sen'. Choose one with --sheet." in out
        assert not Vendor.objects.exists()

    def test_the_named_one_is_imported(self, db, capsys, tmp_path, book):
        file = tmp_path / book[0]
        file.write_bytes(book[1])
        assert run(capsys, "import_register", file, reason="x", sheet="Nu")[0] == 0
        assert Vendor.objects.get().name == "Apsis"
        assert ChangeSet.objects.get().details["sheet"] == "Nu"

    def test_a_name_that_is_not_there_is_said(self, db, capsys, tmp_path, book):
        file = tmp_path / book[0]
        file.write_bytes(book[1])
        status, _out, err = run(capsys, "import_register", file, reason="x", sheet="Sen")
        assert status == 1
        assert err.startswith("there is no sheet Sen")

    def test_a_text_file_has_no_sheets(self, db, capsys, tmp_path):
        file = tmp_path / "register.csv"
        file.write_bytes(csv())
        assert run(capsys, "import_register", file, reason="x", sheet="Nu")[0] == 2


def test_the_page_stays_readable_however_many_problems_there_are(editor):
    rows = [[f"V{number}", "" if number == 0 else "p", "", "XX", ""] for number in range(1001)]
    page = client_get(editor, upload(editor, csv(HEADINGS, *rows), "register.csv"))
    assert "The file has 1002 problems." in text_of(page)
    assert "And 2 more." in text_of(page)
    assert text_of(page).count("unknown country") == 999


@pytest.fixture
def the_reader_aborts(monkeypatch):
    monkeypatch.setattr(sandbox, "PROGRAM", [sys.executable, "-c", "import os; os.abort()"])


@pytest.mark.reading_process
class TestAReaderThatEndsBadly:
    def test_the_page_refuses_this_one_file_in_words(self, editor, the_reader_aborts, monkeypatch):
        page = client_get(editor, upload(editor, xlsx(), "register.xlsx"))
        assert page.status_code == 200
        assert "the file could not be read" in text_of(page)
        monkeypatch.undo()
        assert "Apsis" in text_of(client_get(editor, upload(editor, xlsx(), "register.xlsx")))

    def test_the_command_refuses_it_too(self, db, capsys, tmp_path, the_reader_aborts):
        file = tmp_path / "register.xlsx"
        file.write_bytes(xlsx())
        status, _out, err = run(capsys, "import_register", file, reason="x")
        assert status == 1
        assert err.startswith("the file could not be read")
        assert not ChangeSet.objects.exists()

    def test_that_others_are_read_just_now_is_not_kept_as_what_is_wrong_with_the_file(self, editor, monkeypatch):
        monkeypatch.setattr(sandbox, "PATIENCE", 0)
        with sandbox.read_in_sandbox("csv", csv()), sandbox.read_in_sandbox("csv", csv()):
            address = upload(editor, xlsx(), "register.xlsx")["location"]
            assert "the server is busy reading other files" in text_of(editor.get(address))
        assert "Apsis" in text_of(editor.get(address))
