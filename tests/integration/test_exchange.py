"""Import and export: as commands and in the admin, nothing lost, nothing half, nothing guessed."""

import io
import json
from collections.abc import Callable
from datetime import date, timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from registry.files.format_registry import FORMATS_BY_CODE
from registry.files.importing.planner import plan_import
from registry.models import (
    Answer,
    Article,
    ChangeSet,
    DocumentText,
    LegalBasis,
    MechanismKind,
    ProcessingActivity,
    Role,
    Status,
    Transfer,
    TransferMechanism,
    Upload,
    Vendor,
    YesNoUnknown,
)
from tests.factories import make_vendor
from tests.integration.beginnings import ORIGINAL
from tests.integration.imports import CONFIRM, IMPORT, client_get, confirm, exported, planned, run, upload
from tests.integration.pages import text_of

pytestmark = pytest.mark.django_db

LIST = reverse("admin:register")
EXPORT = reverse("admin:register_export")
ALL_TABLES = ["xlsx", "csv", "tsv", "ods", "json"]


def history_rows():
    return sum(model.history.count() for model in (Vendor, ProcessingActivity, Transfer, LegalBasis, DocumentText))


class TestOriginal:
    def test_it_comes_in_whole(self, imported):
        assert Vendor.objects.count() == 37
        assert ProcessingActivity.objects.count() == 38
        assert Vendor.objects.get(name="Tucows Domains Inc.").activities.count() == 2
        assert Transfer.objects.filter(mechanism__code="privacy_shield").count() == Transfer.objects.count() == 8
        assert DocumentText.objects.get().dated == date(2020, 6, 18)

    def test_it_leaves_as_the_same_bytes(self, imported, original):
        assert exported("document") == original
        assert len(original) == 6605

    def test_nothing_legal_is_guessed(self, imported):
        assert list(LegalBasis.objects.values_list("label", "article")) == [
            ("Leverans av tjänst enligt avtal", Article.NOT_ASSESSED)
        ]
        assert set(Vendor.objects.values_list("role", "country")) == {(Role.NOT_ASSESSED, "")}
        assert set(ProcessingActivity.objects.values_list("special_categories", flat=True)) == {Answer.NOT_ASSESSED}
        assert set(Transfer.objects.values_list("recipient_qualifies", flat=True)) == {YesNoUnknown.UNKNOWN}

    def test_privacy_shield_is_recognised(self, imported):
        mechanism = TransferMechanism.objects.get()
        assert (mechanism.kind, mechanism.valid_until) == (MechanismKind.ADEQUACY, date(2020, 7, 15))

    def test_an_unknown_wording_becomes_an_unclassified_mechanism(self, imported, original):
        content = original.decode().replace("+ Privacy Shield", "+ Handslag", 1).encode()
        with_handshake = planned("document", content)
        assert [change.after for change in with_handshake.changed[0].changes] == [
            "Leverans av tjänst enligt avtal + Handslag"
        ]
        new = list(with_handshake.writes[TransferMechanism].new)
        assert [(m.label, m.kind) for m in new] == [("Handslag", MechanismKind.UNCLASSIFIED)]


class TestImportCommand:
    def test_it_prints_the_counts_last(self, db, capsys):
        status, out, _ = run(capsys, "import_register", ORIGINAL, reason="first")
        assert status == 0
        assert out.splitlines()[-1] == "38 new, 0 changed, 0 unchanged, 0 missing"
        assert ChangeSet.objects.get().reason == "first"

    def test_twice_changes_nothing_and_writes_no_history(self, imported, capsys):
        before = history_rows(), ChangeSet.objects.count()
        _status, out, _ = run(capsys, "import_register", ORIGINAL, reason="again")
        assert out.splitlines() == ["0 new, 0 changed, 38 unchanged, 0 missing"]
        assert (history_rows(), ChangeSet.objects.count()) == before

    def test_a_dry_run_writes_nothing(self, db, capsys):
        _status, out, _ = run(capsys, "import_register", ORIGINAL, reason="try", dry_run=True)
        assert out.splitlines()[-1] == "38 new, 0 changed, 0 unchanged, 0 missing"
        assert not Vendor.objects.exists()
        assert not ChangeSet.objects.exists()

    def test_all_problems_are_said_by_line_and_nothing_is_written(self, imported, capsys, tmp_path, original):
        lines = original.decode().split("\n")
        lines[9] += "\textra"
        lines[12] = lines[12].replace("Atlassian", "")
        file = tmp_path / "damaged.txt"
        file.write_text("\n".join(lines))
        before = history_rows()
        status, _, err = run(capsys, "import_register", file, reason="x")
        assert status == 1
        assert [line.split(":")[0] for line in err.splitlines()] == ["line 10", "line 13, column Vendor"]
        assert history_rows() == before

    def test_missing_entries_are_kept_unless_they_are_to_end(self, imported, capsys, tmp_path, original):
        file = tmp_path / "shorter.txt"
        file.write_bytes(b"".join(line for line in original.splitlines(keepends=True) if b"Apsis" not in line))
        _status, out, _ = run(capsys, "import_register", file, reason="x")
        assert out.splitlines()[-1] == "0 new, 0 changed, 37 unchanged, 1 missing"
        assert ProcessingActivity.objects.in_register().count() == 38
        run(capsys, "import_register", file, reason="Apsis is gone", end_missing=True)
        assert ProcessingActivity.objects.get(vendor__name="Apsis").status == Status.ENDED
        assert exported("document") == file.read_bytes()

    def test_an_ended_entry_that_is_in_the_file_is_active_again(self, imported, capsys, tmp_path, original, recording):
        with recording():
            apsis = ProcessingActivity.objects.get(vendor__name="Apsis")
            apsis.status = Status.ENDED
            apsis.save()
        _status, out, _ = run(capsys, "import_register", ORIGINAL, reason="back")
        assert out.splitlines()[-1] == "0 new, 1 changed, 37 unchanged, 0 missing"
        assert exported("document") == original

    def test_a_moved_row_moves_and_no_other_is_touched(self, imported, capsys, tmp_path, original):
        lines = original.decode().split("\n")
        lines.insert(20, lines.pop(11))
        file = tmp_path / "moved.txt"
        file.write_text("\n".join(lines))
        _status, out, _ = run(capsys, "import_register", file, reason="x")
        assert out.splitlines()[-1] == "0 new, 1 changed, 37 unchanged, 0 missing"
        assert exported("document") == file.read_bytes()

    def test_a_new_row_between_others_touches_none_of_them(self, imported, capsys, tmp_path, original):
        lines = original.decode().split("\n")
        lines.insert(15, "Ny AB\tNy orsak\tNamn\tNO\tSamtycke + BCR")
        lines[2] = "BITRÄDESAVTAL (2026-11-24)"
        file = tmp_path / "more.txt"
        file.write_text("\n".join(lines))
        _status, out, _ = run(capsys, "import_register", file, reason="x")
        assert out.splitlines()[-1] == "1 new, 0 changed, 38 unchanged, 0 missing"
        assert exported("document") == file.read_bytes()

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"reason": " "}, "--reason must not be empty"),
            ({"reason": "x", "user": "nobody"}, "no active user 'nobody'"),
            ({"reason": "x", "file": "missing.txt"}, "No such file"),
            ({"reason": "x", "file": "register.doc"}, "choose a --format"),
        ],
    )
    def test_wrong_use_is_status_2(self, db, capsys, options, words):
        file = options.pop("file", str(ORIGINAL))
        status, out, _ = run(capsys, "import_register", file, **options)
        assert status == 2
        assert words in out

    @pytest.mark.parametrize("name", [str(ORIGINAL), "-"])
    def test_a_file_that_is_too_large_is_refused_and_read_no_further(self, db, capsys, settings, monkeypatch, name):
        settings.IMPORT_MAX_BYTES_BY_COMMAND = ORIGINAL.stat().st_size - 1
        endless = io.BytesIO(ORIGINAL.read_bytes() + b"x" * 1000)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(endless))
        status, out, _ = run(capsys, "import_register", name, reason="x", format="document")
        assert status == 2
        assert "larger than" in out
        assert "Split it." in out
        assert endless.tell() in (0, settings.IMPORT_MAX_BYTES_BY_COMMAND + 1)
        assert not Vendor.objects.exists()

    def test_a_file_of_just_that_size_comes_in(self, db, capsys, settings):
        settings.IMPORT_MAX_BYTES_BY_COMMAND = ORIGINAL.stat().st_size
        assert run(capsys, "import_register", str(ORIGINAL), reason="x")[0] == 0

    def test_evidence_about_a_transfer_survives_an_import_that_still_names_it(self, imported, capsys, recording):
        with recording():
            transfer = Transfer.objects.first()
            transfer.recipient_qualifies = YesNoUnknown.YES
            transfer.save()
        run(capsys, "import_register", ORIGINAL, reason="again")
        assert Transfer.objects.get(pk=transfer.pk).recipient_qualifies == YesNoUnknown.YES


class TestFormats:
    @pytest.fixture
    def full(self, imported, recording):
        """An entry with everything that is hard on a file format."""
        with recording():
            vendor = Vendor.objects.get(name="Apsis")
            vendor.notes = "=1+1"
            vendor.website = "https://example.com/?a=1&b=<2>"
            vendor.started_on = date(2019, 2, 28)
            vendor.review_interval_months = 12
            vendor.role = Role.PROCESSOR
            vendor.save()
            activity = vendor.activities.get()
            activity.personal_data = 'Rad 1\n\tRad 2 "citat"  två blanksteg'
            activity.notes = "'=cmd|' /C calc'!A0"
            activity.retention = "@SUM(A1) + -1"
            activity.data_subjects = "\u200fعملاء 😀 _x0041_"
            activity.special_categories = Answer.NO
            activity.security_measures = "x" * 30_000
            activity.save()
        return activity

    @pytest.mark.parametrize("code", [*ALL_TABLES, "document"])
    @pytest.mark.parametrize("language", ["sv", "en"])
    def test_what_leaves_comes_back_without_a_change(self, full, code, language):
        content = exported(code, language, who="Eva")
        again = planned(code, content)
        assert again.summary == "0 new, 0 changed, 38 unchanged, 0 missing"
        assert not again.changes_anything

    @pytest.mark.parametrize("code", ALL_TABLES)
    def test_one_edited_cell_is_one_change(self, full, code):
        content = exported(code)
        swapped = edited(code, content, "personal_data", 3)
        again = planned(code, swapped)
        assert again.summary == "0 new, 1 changed, 37 unchanged, 0 missing"
        assert [(change.label, change.after) for change in again.changed[0].changes] == [("Personal data", "Ändrad")]

    def test_excel_cells_are_typed_and_text_stays_text(self, full):
        content = exported("xlsx", who="Eva")
        by_openpyxl = openpyxl.load_workbook(io.BytesIO(content))
        sheet = by_openpyxl.worksheets[0]
        by_calamine = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        headings = [cell.value for cell in sheet[1]]
        row = next(row for row in sheet.iter_rows(min_row=2) if row[0].value == "Apsis")
        cell = dict(zip(headings, row, strict=True))
        assert cell["Anlitad från"].value.date() == date(2019, 2, 28)
        assert cell["Granskas var (månader)"].value == 12
        for heading in ("Anteckningar om leverantören", "Lagringstid"):
            assert cell[heading].data_type == "s", heading
        assert cell["Anteckningar om leverantören"].value == "=1+1"
        assert by_calamine[0] == headings
        assert len(by_calamine) == 39
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref.startswith("A1:")
        assert sheet.column_dimensions["C"].width > 40
        assert cell["Uppgifter"].alignment.wrap_text
        about = {row[0].value: row[1].value for row in by_openpyxl["Om"].iter_rows()}
        assert about["Exporterat av"] == "Eva"
        assert about["Antal rader"] == 38

    def test_xlsx_prints_well_and_offers_the_choices(self, full):
        content = exported("xlsx", who="Eva", rows_shown="Land: USA & Kanada")
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$1"
        assert "Land: USA && Kanada" in sheet.oddHeader.left.text
        assert "&P" in sheet.oddFooter.right.text
        assert sheet["A1"].fill.fgColor.rgb == "FFE9F2F0"
        headings = [cell.value for cell in sheet[1]]
        offered = {str(each.sqref): each.formula1 for each in sheet.data_validations.dataValidation}
        letter = sheet.cell(1, headings.index("Känsliga personuppgifter") + 1).column_letter
        assert offered[f"{letter}2:{letter}39"] == '"ej bedömd,ja,nej"'

    def test_csv_guards_formulas_and_takes_the_guard_off_again(self, full):
        content = exported("csv").decode("utf-8-sig")
        assert "'=1+1" in content
        assert "''=cmd" in content
        assert ",=1+1" not in content

    @pytest.mark.parametrize("code", ALL_TABLES)
    def test_damaged_files_are_refused_with_words(self, db, code):
        from registry.document import DocumentProblems

        for content in (b"", b"PK\x03\x04 not really", b"\x00\x01\x02", 'Leverantör\n"'.encode()):
            with pytest.raises(DocumentProblems):
                planned(code, content)

    def test_a_semicolon_file_with_english_headings_in_another_order_is_read(self, imported):
        content = "Country;Legal basis;Purpose;Vendor;Personal data;Role\n"
        from registry.document import DocumentProblems

        with pytest.raises(DocumentProblems, match='unknown column "Role"'):
            planned("csv", content.encode("cp1252"))
        content = "Country;Legal basis;Purpose;Vendor;Personal data\nSverige;Samtycke + SCC;Lön;Åkeri AB;Namn\n"
        again = planned("csv", content.encode("cp1252"))
        assert again.summary == "1 new, 0 changed, 0 unchanged, 38 missing"
        assert again.new[0].activity.country == "SE"

    def test_cells_that_cannot_be_taken_are_named_with_what_can(self, imported):
        from registry.document import DocumentProblems

        entries = json.loads(exported("json"))
        entries[0]["Status"] = "kanske"
        entries[1]["Anlitad från"] = "i går"
        entries[2]["Position"] = "-1"
        entries[3]["Webbplats"] = "inte en adress"
        entries[4]["Leverantörens säte"] = "Korea"
        with pytest.raises(DocumentProblems) as refused:
            planned("json", json.dumps(entries).encode())
        words = str(refused.value)
        for expected in ("kanske", "draft", "2020-06-18", "whole number", "KR"):
            assert expected in words
        assert [problem.line for problem in refused.value.problems] == [1, 2, 3, 5]

    def test_what_two_rows_say_of_one_vendor_must_agree(self, imported):
        from registry.document import DocumentProblems

        entries = json.loads(exported("json"))
        tucows = [entry for entry in entries if entry["Leverantör"].startswith("Tucows")]
        tucows[0]["Leverantörens säte"] = "CA"
        with pytest.raises(DocumentProblems, match="same vendor"):
            planned("json", json.dumps(entries).encode())

    def test_fields_are_validated_like_in_a_form(self, imported):
        from registry.document import DocumentProblems

        entries = json.loads(exported("json"))
        entries[3]["Webbplats"] = "javascript:alert(1)"
        with pytest.raises(DocumentProblems, match="line 4"):
            planned("json", json.dumps(entries).encode())


def edited(code, content, column, row):
    """The file with "Ändrad" in one cell of the personal data, written by another program's library."""
    if code == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(content))
        book.worksheets[0].cell(row=row, column=3).value = "Ändrad"
        target = io.BytesIO()
        book.save(target)
        return target.getvalue()
    from registry.files.formats.csv import read_csv, separated_writer
    from registry.files.formats.json import read_json, write_json
    from registry.files.formats.ods import read_ods
    from registry.files.formats.ods_writing import write_ods
    from registry.files.formats.table import Table

    readers: dict[str, Callable[..., Table]] = {"csv": read_csv, "tsv": read_csv, "ods": read_ods, "json": read_json}
    table = readers[code](content)
    rows = [(line, list(cells)) for line, cells in table.rows]
    rows[row - 2][1][2] = "Ändrad"
    writer = {
        "csv": separated_writer(","),
        "tsv": separated_writer("\t"),
        "ods": write_ods,
        "json": write_json,
    }[code]
    return writer(
        Table(table.headings, [(n, cells + [None] * (len(table.headings) - len(cells))) for n, cells in rows])
    )


class TestExportCommand:
    def test_it_writes_the_document_to_a_file(self, imported, capsys, tmp_path, original):
        target = tmp_path / "register.txt"
        assert run(capsys, "export_register", format="document", output=target)[0] == 0
        assert target.read_bytes() == original

    def test_it_writes_to_standard_output(self, imported, capfdbinary, original):
        call_command("export_register", format="document")
        assert capfdbinary.readouterr().out == original

    def test_a_filter_narrows(self, imported, capsys, tmp_path):
        target = tmp_path / "register.json"
        run(capsys, "export_register", format="json", output=target, filter=["country=US"])
        assert {entry["Land"] for entry in json.loads(target.read_text())} == {"US"}

    @pytest.mark.parametrize("wrong", ["colour=red", "country=ZZ", "status=nonsense", "mechanism=unknown"])
    def test_a_filter_that_is_not_understood_is_an_error_and_never_all_rows(self, imported, capsys, tmp_path, wrong):
        target = tmp_path / "register.json"
        status, out, _ = run(capsys, "export_register", format="json", output=target, filter=[wrong])
        assert status == 2
        assert wrong.split("=")[0] in out
        assert not target.exists()

    def test_a_folder_that_is_not_there_is_status_1(self, imported, capsys, tmp_path):
        assert run(capsys, "export_register", format="csv", output=tmp_path / "no" / "x.csv")[0] == 1


class TestImportInTheAdmin:
    def test_preview_writes_nothing_and_confirm_writes_all_of_it(self, editor, db, original):
        preview = client_get(editor, upload(editor, original))
        assert not Vendor.objects.exists()
        assert not ChangeSet.objects.filter(source="import").exists()
        assert "38 new" in text_of(preview)
        response = editor.get(confirm(editor, preview, change_reason="The first one")["location"])
        assert "Imported: 38 new, 0 changed, 0 unchanged." in text_of(response)
        change = ChangeSet.objects.get(source="import")
        assert (change.reason, change.user_name) == ("The first one", "eva")
        assert change.details["file"] == "register.txt"
        assert change.details["counts"] == "38 new, 0 changed, 0 unchanged, 0 missing"
        assert len(change.details["sha256"]) == 64
        assert exported("document") == original
        assert not Upload.objects.exists()

    def test_problems_are_shown_all_at_once_and_nothing_is_imported(self, editor, imported, original):
        content = original.replace(b"\tIE\t", b"\tXX\t").replace(b"\tPL\t", b"\tYY\t")
        before = history_rows()
        refused = upload(editor, content)
        for _time in range(2):
            page = text_of(client_get(editor, refused))
            assert "The file has 2 problems. Nothing was imported." in page
            assert "line 10, column Country: unknown country" in page
        token = Upload.objects.get().token
        confirmed = editor.post(CONFIRM, {"token": token, "plan_digest": ""})
        assert "The file has 2 problems." in text_of(editor.get(confirmed["location"]))
        assert history_rows() == before

    def test_a_second_click_imports_nothing_and_says_so(self, editor, db, original):
        preview = client_get(editor, upload(editor, original))
        editor.get(confirm(editor, preview)["location"])
        before = history_rows()
        again = editor.get(confirm(editor, preview)["location"])
        assert "not waiting any more" in text_of(again)
        assert "Imported" not in text_of(again)
        assert history_rows() == before

    def test_another_persons_preview_is_not_mine(self, editor, sign_in, db, original):
        preview = client_get(editor, upload(editor, original))
        mallory = sign_in(name="mallory", superuser=True)
        assert mallory.get(preview.request["PATH_INFO"]).status_code == 302
        assert "not waiting any more" in text_of(mallory.get(confirm(mallory, preview)["location"]))
        assert not Vendor.objects.exists()

    def test_an_expired_preview_is_not_imported_and_is_cleared_away(self, editor, db, original):
        preview = client_get(editor, upload(editor, original))
        Upload.objects.update(created_at=timezone.now() - timedelta(hours=3))
        assert "has expired" in text_of(editor.get(confirm(editor, preview)["location"]))
        assert not Vendor.objects.exists()
        upload(editor, original)
        assert Upload.objects.count() == 1

    def test_what_was_previewed_is_what_is_imported(self, editor, imported, original, recording):
        content = original.replace(b"\tDK\t", b"\tNO\t")
        preview = client_get(editor, upload(editor, content))
        with recording("meanwhile"):
            apsis = ProcessingActivity.objects.get(vendor__name="Apsis")
            apsis.personal_data = "Something else"
            apsis.save()
        again = editor.get(confirm(editor, preview)["location"])
        assert "The register has changed since the preview" in text_of(again)
        assert "Something else" in text_of(again)
        assert ProcessingActivity.objects.get(vendor__name="Trustpilot").country == "DK"
        confirm(editor, again)
        assert ProcessingActivity.objects.get(vendor__name="Trustpilot").country == "NO"

    def test_a_failure_while_writing_leaves_nothing_and_does_not_claim_success(self, editor, db, original, monkeypatch):
        from django.db import DatabaseError

        def fail(self, **kwargs):
            make_vendor(name="half")
            raise DatabaseError("disk full")

        preview = client_get(editor, upload(editor, original))
        monkeypatch.setattr("registry.files.importing.plan.ImportPlan.apply", fail)
        page = text_of(editor.get(confirm(editor, preview)["location"]))
        assert "Nothing was imported" in page
        assert "Imported:" not in page
        assert not Vendor.objects.exists()
        assert not ChangeSet.objects.filter(source="import").exists()

    def test_the_stock_file_name_of_a_temporary_file_is_of_no_use(self, editor, db, tmp_path):
        (tmp_path / "secret.csv").write_text("Vendor\n")
        response = editor.post(
            CONFIRM, {"import_file_name": str(tmp_path / "secret.csv"), "original_file_name": "x", "format": "0"}
        )
        assert "not waiting any more" in text_of(editor.get(response["location"]))
        assert (tmp_path / "secret.csv").exists()

    def test_missing_entries_end_only_when_asked_for(self, editor, imported, original):
        content = b"".join(line for line in original.splitlines(keepends=True) if b"Apsis" not in line)
        preview = client_get(editor, upload(editor, content))
        assert "Apsis" in text_of(preview)
        confirm(editor, preview, end_missing="on")
        assert ProcessingActivity.objects.get(vendor__name="Apsis").status == Status.ENDED

    def test_a_file_that_says_nothing_new_has_nothing_to_confirm(self, editor, imported, original):
        preview = client_get(editor, upload(editor, original))
        assert "there is nothing to import" in text_of(preview)

    def test_a_file_that_is_too_large_is_refused(self, editor, db, settings):
        settings.IMPORT_MAX_BYTES = 10
        assert "larger than" in text_of(upload(editor, b"x" * 11))

    def test_a_name_that_does_not_tell_its_format_asks_for_it(self, editor, db, original):
        assert "Choose one" in text_of(upload(editor, original, name="register.doc"))
        assert upload(editor, original, name="register.doc", format="document").status_code == 302

    @pytest.mark.parametrize(
        "missing", ["import_processingactivity", "add_processingactivity", "change_processingactivity"]
    )
    def test_import_asks_for_each_right(self, sign_in, db, original, missing):
        rights = {"import_processingactivity", "add_processingactivity", "change_processingactivity"}
        client = sign_in(*(rights | {"view_processingactivity"}) - {missing})
        assert client.get(IMPORT).status_code == 403
        assert upload(client, original).status_code == 403
        assert client.post(CONFIRM, {"token": "x"}).status_code == 403
        assert client.get(reverse("admin:registry_processingactivity_import_preview", args=["x"])).status_code == 403
        assert "import_link" not in client.get(LIST).content.decode()

    @pytest.mark.parametrize("given", [(), ("view_processingactivity",), ("export_processingactivity",)])
    def test_export_asks_for_each_right(self, sign_in, db, given):
        client = sign_in(*given)
        assert client.post(EXPORT, {"format": "csv"}).status_code == 403


class TestExportInTheAdmin:
    @pytest.mark.parametrize("code", sorted(FORMATS_BY_CODE))
    def test_each_format_leaves_as_a_file(self, editor, imported, code, original):
        response = editor.post(EXPORT + "?status=all", {"format": code, "all_columns": "1"})
        assert response.status_code == 200
        assert f".{FORMATS_BY_CODE[code].extension}" in response["content-disposition"]
        content = response.getvalue()
        if code == "document":
            assert content == original
        assert planned(code, content).changes_anything is False

    def test_it_is_what_the_list_shows(self, editor, imported):
        response = editor.post(EXPORT + "?country=CA", {"format": "json"})
        assert [entry["Vendor"] for entry in json.loads(response.getvalue())] == ["Tucows Domains Inc."] * 2

    @pytest.mark.parametrize("query", ["?nonsense=1", "?transfers__evidence_url__contains=x"])
    def test_a_filter_that_is_not_known_exports_nothing(self, editor, imported, query):
        response = editor.post(EXPORT + query, {"format": "json"})
        assert response.status_code == 400
        assert b"Tucows" not in response.content

    def test_an_unknown_format_is_refused(self, editor, imported):
        assert "Choose a format." in text_of(editor.post(EXPORT, {"format": "exe"}))


class TestPreview:
    """Each part of it page by page, and all of it as Excel."""

    def waiting(self, client, count):
        rows = "".join(f"Vendor {n}\tPurpose\tData\tSE\tGround\n" for n in range(count))
        file = f"Leverantör\tOrsak\tUppgifter\tLand\tLaglig grund\n{rows}".encode()
        return upload(client, file, "many.tsv")["location"]

    def test_a_long_one_is_paged_and_small(self, editor, imported):
        address = self.waiting(editor, 250)
        first = editor.get(address)
        assert len(first.content) < 300_000
        assert [entry.name for entry in first.context["page"]][:1] == ["Vendor 0: Purpose"]
        last = editor.get(f"{address}?show=new&p=3")
        assert len(last.context["page"].object_list) == 50
        missing = editor.get(f"{address}?show=missing")
        assert len(missing.context["page"].object_list) == 38
        assert editor.get(f"{address}?show=nonsense").status_code == 404

    def test_all_of_it_leaves_as_excel_on_record(self, sign_in, imported):
        client = sign_in(name="boss", superuser=True)
        address = self.waiting(client, 250)
        response = client.post(f"{address}download/")
        sheet = openpyxl.load_workbook(io.BytesIO(response.getvalue())).worksheets[0]
        assert sheet.max_row == 1 + 250 + 38
        assert sheet.cell(2, 6).value == "Personal data: Data\nCountry: SE\nLegal basis: Ground"
        assert ChangeSet.objects.first().details["of"] == "import preview"
        assert not Vendor.objects.filter(name="Vendor 0").exists()

    def test_it_needs_the_right_to_export_too(self, sign_in, imported):
        rights = [f"{act}_processingactivity" for act in ("add", "change", "view", "import")]
        client = sign_in(*rights, name="importer")
        assert client.post(f"{self.waiting(client, 2)}download/").status_code == 403

    def test_of_somebody_else_it_is_gone(self, editor, sign_in, imported):
        address = self.waiting(editor, 2)
        response = sign_in(name="boss", superuser=True).post(f"{address}download/", follow=True)
        assert "is not waiting any more" in text_of(response)


class TestPreviewThatIsKept:
    """Worked out once, for as long as the register stays as it was."""

    FILE = "Leverantör\tOrsak\tUppgifter\tLand\tLaglig grund\tWebbplats\nApsis\tNytt\tData\tSE\tGround\thttps://apsis.example\n"

    def planned(self, monkeypatch):
        """How often the file was compared with the register."""
        times = []

        def counted(*args, **options):
            times.append(args)
            return plan_import(*args, **options)

        monkeypatch.setattr("registry.files.importing.preview.plan_import", counted)
        return times

    def test_pages_of_it_do_not_compare_again(self, editor, imported, monkeypatch):
        times = self.planned(monkeypatch)
        address = upload(editor, self.FILE.encode(), "register.tsv")["location"]
        first = editor.get(address)
        assert text_of(first) == text_of(editor.get(address))
        editor.get(f"{address}?show=missing")
        assert len(times) == 1
        entry = next(iter(first.context["preview"].new))
        assert list(map(tuple, entry.values)) == [
            ("Personal data", "Data"),
            ("Country", "SE"),
            ("Legal basis", "Ground"),
        ]
        assert [(each.label, each.before, each.after) for each in entry.changes] == [
            ("Website", "", "https://apsis.example")
        ]

    def test_any_act_since_makes_it_compare_again(self, editor, imported, monkeypatch, recording):
        times = self.planned(monkeypatch)
        address = upload(editor, self.FILE.encode(), "register.tsv")["location"]
        assert "1 new" in text_of(editor.get(address))
        with recording("meanwhile"):
            apsis = Vendor.objects.get(name="Apsis")
            apsis.website = "https://old.example"
            apsis.save()
        assert "https://old.example" in text_of(editor.get(f"{address}?show=new")) + text_of(editor.get(address))
        assert len(times) == 2

    def test_another_language_has_its_own_words(self, editor, imported):
        address = upload(editor, self.FILE.encode(), "register.tsv")["location"]
        assert "Legal basis" in text_of(editor.get(address))
        editor.cookies["django_language"] = "sv"
        assert "Laglig grund" in text_of(editor.get(address))

    def test_where_the_page_follows_it_is_ready_when_the_page_is_shown(self, editor, transactional_db, monkeypatch):
        times = self.planned(monkeypatch)
        file = SimpleUploadedFile("register.tsv", self.FILE.encode())
        answer = editor.post(IMPORT, {"import_file": file}, headers={"Accept": "application/x-ndjson"})
        *steps, last = [json.loads(line) for line in answer.streaming_content]
        assert [step["step"] for step in steps][:1] == ["Reading the file"]
        assert "Comparing with the register" in {step["step"] for step in steps}
        assert last["outcome"]["done"] is True
        assert "1 new" in text_of(editor.get(last["outcome"]["address"]))
        assert len(times) == 1
        assert not Vendor.objects.exists()
        assert not ChangeSet.objects.filter(source="import").exists()
