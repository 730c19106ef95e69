"""A file that left the register comes back as what was edited in it; what others did meanwhile is not undone by it."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from registry.models import ChangeSet, ProcessingActivity, Source, Status, Transfer, User, Vendor, change_set
from tests.integration.imports import confirm, run, upload
from tests.integration.pages import text_of

pytestmark = pytest.mark.django_db

EXPORT = reverse("admin:register_export")
COLUMNS = "&".join(
    f"column={key}" for key in ("vendor", "purpose", "personal_data", "country", "legal_ground", "status")
)


class Sheet:
    """A CSV file of the register as somebody edits it."""

    def __init__(self, client: Client, query: str = COLUMNS) -> None:
        response = client.post(f"{EXPORT}?{query}", {"format": "csv"})
        assert response.status_code == 200
        self.rows = list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))

    def column(self, heading: str) -> int:
        return self.rows[0].index(heading)

    def row(self, vendor: str) -> list[str]:
        return next(row for row in self.rows if row[0] == vendor)

    def edit(self, vendor: str, heading: str, text: str) -> None:
        self.row(vendor)[self.column(heading)] = text

    @property
    def content(self) -> bytes:
        target = io.StringIO()
        csv.writer(target).writerows(self.rows)
        return target.getvalue().encode()


@pytest.fixture
def sheet(admin: Client, reference: None, imported: None) -> Sheet:
    return Sheet(admin)


def by(name: str) -> User:
    return User.objects.get_or_create(username=name, defaults={"first_name": name.title(), "last_name": "B"})[0]


def activity_of(vendor: str) -> ProcessingActivity:
    return ProcessingActivity.objects.get(vendor__name=vendor)


def change(vendor: str, **values: Any) -> None:
    """A colleague changes the activity of a vendor."""
    with change_set(user=by("eva"), source=Source.ADMIN, reason="meanwhile"):
        activity = activity_of(vendor)
        for name, value in values.items():
            setattr(activity, name, value)
        activity.save()


def preview(client: Client, sheet: Sheet) -> Any:
    answer = upload(client, sheet.content, "register.csv")
    return client.get(answer["location"], follow=True)


def import_it(client: Client, sheet: Sheet) -> Any:
    page = preview(client, sheet)
    assert "plan_digest" in page.context["form"].fields, text_of(page)
    return client.get(confirm(client, page)["location"])


class TestOnlyWhatWasEdited:
    def test_an_old_file_changes_nothing_that_others_changed(self, admin: Client, sheet: Sheet) -> None:
        change("MaxMind INC.", personal_data="Rättat sedan dess")
        page = preview(admin, sheet)
        assert "contains nothing new" in text_of(page)
        assert "1 cell was changed by others since the file left" in text_of(page)
        assert "Eva B (eva)" in text_of(page)

    def test_a_mechanism_that_was_removed_stays_removed(self, admin: Client, sheet: Sheet) -> None:
        with change_set(user=by("eva"), source=Source.ADMIN, reason="Privacy Shield has ended"):
            Transfer.objects.get(activity=activity_of("MaxMind INC.")).delete()
        sheet.edit("MaxMind INC.", "Personal data", "Ip-adress")
        import_it(admin, sheet)
        activity = activity_of("MaxMind INC.")
        assert activity.personal_data == "Ip-adress"
        assert not activity.transfers.exists()

    def test_two_edit_different_cells_of_one_row(self, admin: Client, sheet: Sheet) -> None:
        change("MaxMind INC.", country="CA")
        sheet.edit("MaxMind INC.", "Personal data", "Ip-adress")
        import_it(admin, sheet)
        activity = activity_of("MaxMind INC.")
        assert (activity.country, activity.personal_data) == ("CA", "Ip-adress")

    def test_who_ended_an_entry_is_not_overruled(self, admin: Client, reference: None, imported: None) -> None:
        sheet = Sheet(admin, "column=vendor&column=purpose&column=personal_data&column=country&column=legal_ground")
        change("MaxMind INC.", status=Status.ENDED)
        sheet.edit("MaxMind INC.", "Personal data", "Ip-adress")
        import_it(admin, sheet)
        assert activity_of("MaxMind INC.").status == Status.ENDED

    def test_a_file_without_its_state_is_compared_with_today_and_says_so(
        self, admin: Client, imported: None, original: bytes
    ) -> None:
        answer = upload(admin, original)
        assert "does not say which state" in text_of(admin.get(answer["location"], follow=True))

    @pytest.mark.both_databases
    def test_the_past_is_read_inside_an_import(self, admin: Client, sheet: Sheet) -> None:
        change("MaxMind INC.", notes="x")
        sheet.edit("UC AB", "Personal data", "Namn")
        import_it(admin, sheet)
        newest = ChangeSet.objects.first()
        assert newest.source == Source.IMPORT
        assert newest.historicalprocessingactivity_rows.count() == 1


class TestConflicts:
    @pytest.fixture
    def conflict(self, sheet: Sheet) -> Sheet:
        change("MaxMind INC.", personal_data="Evas ord")
        sheet.edit("MaxMind INC.", "Personal data", "Filens ord")
        return sheet

    @pytest.mark.parametrize(("choice", "holds"), [("keep", "Evas ord"), ("take", "Filens ord")])
    def test_are_shown_with_all_three_values_and_asked(
        self, admin: Client, conflict: Sheet, choice: str, holds: str
    ) -> None:
        page = preview(admin, conflict)
        (shown,) = page.context["conflicts"]
        assert (shown.now, shown.in_file) == ("Evas ord", "Filens ord")
        assert shown.before.startswith("Whois") or shown.before
        assert "Eva B (eva)" in shown.who
        address = page.request["PATH_INFO"]
        again = admin.post(address, {})
        assert "Choose for each cell" in text_of(again)
        chosen = admin.post(address, {shown.key: choice}, follow=True)
        confirm(admin, chosen)
        assert activity_of("MaxMind INC.").personal_data == holds

    def test_all_at_once(self, admin: Client, conflict: Sheet) -> None:
        change("UC AB", personal_data="Evas ord")
        conflict.edit("UC AB", "Personal data", "Filens ord")
        page = preview(admin, conflict)
        assert len(page.context["conflicts"]) == 2
        confirm(admin, admin.post(page.request["PATH_INFO"], {"_all": "take"}, follow=True))
        assert ProcessingActivity.objects.filter(personal_data="Filens ord").count() == 2

    def test_nothing_is_taken_by_a_confirmation_alone(self, admin: Client, conflict: Sheet) -> None:
        page = preview(admin, conflict)
        token = page.context["upload"].token
        admin.post(reverse("admin:registry_processingactivity_process_import"), {"token": token, "plan_digest": "x"})
        assert activity_of("MaxMind INC.").personal_data == "Evas ord"

    def test_the_command_refuses_and_takes_a_choice(self, conflict: Sheet, tmp_path: Path, capsys: Any) -> None:
        file = tmp_path / "register.csv"
        file.write_bytes(conflict.content)
        status, _out, err = run(capsys, "import_register", file, reason="x")
        assert status == 1
        assert 'is "Evas ord" (Eva B (eva),' in err
        assert 'in the file "Filens ord"' in err
        assert run(capsys, "import_register", file, reason="x", on_conflict="keep")[0] == 0
        assert activity_of("MaxMind INC.").personal_data == "Evas ord"
        assert run(capsys, "import_register", file, reason="x", on_conflict="take")[0] == 0
        assert activity_of("MaxMind INC.").personal_data == "Filens ord"

    def test_the_same_edit_by_both_is_none(self, admin: Client, sheet: Sheet) -> None:
        change("MaxMind INC.", personal_data="Samma")
        sheet.edit("MaxMind INC.", "Personal data", "Samma")
        assert "contains nothing new" in text_of(preview(admin, sheet))


class TestNames:
    def test_a_renamed_purpose_is_no_second_activity(self, admin: Client, sheet: Sheet) -> None:
        key = activity_of("MaxMind INC.").pk
        sheet.edit("MaxMind INC.", "Purpose", "Geografisk spärr")
        import_it(admin, sheet)
        assert activity_of("MaxMind INC.").pk == key
        assert activity_of("MaxMind INC.").purpose == "Geografisk spärr"
        assert ProcessingActivity.objects.count() == 38

    def test_a_renamed_vendor_is_no_second_one(self, admin: Client, sheet: Sheet) -> None:
        for row in sheet.rows:
            row[0] = row[0].replace("Tucows Domains Inc.", "Tucows International")
        import_it(admin, sheet)
        assert Vendor.objects.count() == 37
        assert Vendor.objects.get(name="Tucows International").activities.count() == 2

    def test_a_vendor_with_a_new_name_on_some_of_its_rows_is_refused(self, admin: Client, sheet: Sheet) -> None:
        sheet.edit("Tucows Domains Inc.", "Vendor", "Tucows International")
        page = preview(admin, sheet)
        assert "the new name on all its rows" in text_of(page)

    def test_the_name_of_another_vendor_moves_the_activity(self, admin: Client, sheet: Sheet) -> None:
        key = activity_of("MaxMind INC.").pk
        sheet.edit("MaxMind INC.", "Vendor", "UC AB")
        import_it(admin, sheet)
        assert ProcessingActivity.objects.get(pk=key).vendor.name == "UC AB"
        assert Vendor.objects.filter(name="MaxMind INC.").exists()

    def test_what_another_activity_is_called_already_is_refused(self, admin: Client, sheet: Sheet) -> None:
        first, second = (row for row in sheet.rows if row[0] == "Tucows Domains Inc.")
        kept = [row for row in sheet.rows if row is not first]
        second[sheet.column("Purpose")] = first[sheet.column("Purpose")]
        sheet.rows = kept
        assert "this vendor has this purpose already" in text_of(preview(admin, sheet))

    def test_a_copied_row_is_a_new_one(self, admin: Client, sheet: Sheet) -> None:
        copy = list(sheet.row("MaxMind INC."))
        copy[sheet.column("Purpose")] = "Ett ändamål till"
        sheet.rows.append(copy)
        import_it(admin, sheet)
        assert Vendor.objects.get(name="MaxMind INC.").activities.count() == 2


class TestWhatIsGone:
    def test_an_entry_that_was_deleted_stays_deleted(self, admin: Client, sheet: Sheet) -> None:
        with change_set(user=by("eva"), source=Source.ADMIN, reason="twice"):
            activity_of("MaxMind INC.").delete()
        page = preview(admin, sheet)
        assert "contains nothing new" in text_of(page)
        assert "deleted" in text_of(page)

    def test_unless_the_file_edited_it_and_somebody_chooses(self, admin: Client, sheet: Sheet) -> None:
        with change_set(user=by("eva"), source=Source.ADMIN, reason="twice"):
            activity_of("MaxMind INC.").delete()
        sheet.edit("MaxMind INC.", "Personal data", "Ip-adress")
        page = preview(admin, sheet)
        confirm(admin, admin.post(page.request["PATH_INFO"], {"_all": "take"}, follow=True))
        assert activity_of("MaxMind INC.").personal_data == "Ip-adress"

    def test_a_row_that_was_taken_out_is_ended_only_by_its_number(
        self, admin: Client, sheet: Sheet, tmp_path: Path, capsys: Any
    ) -> None:
        sheet.rows.remove(sheet.row("MaxMind INC."))
        with change_set(source=Source.ADMIN, reason="added since"):
            vendor = Vendor.objects.create(name="Ny AB")
            ProcessingActivity.objects.create(vendor=vendor, purpose="Drift", country="SE")
        page = preview(admin, sheet)
        assert "End the 1 entry that is not in the file" in text_of(page)
        file = tmp_path / "register.csv"
        file.write_bytes(sheet.content)
        status, out, _err = run(capsys, "import_register", file, reason="x", end_missing=2)
        assert status == 2
        assert "1 entries are not in the file" in out
        assert run(capsys, "import_register", file, reason="x", end_missing=1)[0] == 0
        assert activity_of("MaxMind INC.").status == Status.ENDED
        assert activity_of("Ny AB").status == Status.ACTIVE

    def test_a_file_that_left_with_a_filter_ends_nothing(
        self, admin: Client, reference: None, imported: None, tmp_path: Path, capsys: Any
    ) -> None:
        sheet = Sheet(admin, f"country=US&{COLUMNS}")
        sheet.edit("MaxMind INC.", "Personal data", "Ip-adress")
        page = preview(admin, sheet)
        assert "It held these rows only: Status: active; Country: United States" in text_of(page)
        assert "end_missing" not in page.context["form"].fields
        confirm(admin, page, end_missing="on")
        assert not ProcessingActivity.objects.exclude(status=Status.ACTIVE).exists()
        file = tmp_path / "register.csv"
        file.write_bytes(sheet.content)
        status, out, _err = run(capsys, "import_register", file, reason="x", end_missing=27)
        assert status == 2
        assert "did not hold the whole register" in out


@pytest.mark.parametrize("code", ["xlsx", "ods", "csv", "tsv", "json"])
def test_each_format_carries_the_keys(admin: Client, reference: None, imported: None, code: str) -> None:
    content = admin.post(f"{EXPORT}?{COLUMNS}", {"format": code}).getvalue()
    change("MaxMind INC.", personal_data="Rättat sedan dess")
    page = admin.get(upload(admin, content, f"register.{code}")["location"], follow=True)
    assert "contains nothing new" in text_of(page)
    assert page.context["preview"].knows_its_state


def test_the_key_is_hidden_in_a_workbook(admin: Client, imported: None) -> None:
    content = admin.post(f"{EXPORT}?{COLUMNS}", {"format": "xlsx"}).getvalue()
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    place = next(cell.column_letter for cell in sheet[1] if cell.value == "Key")
    assert sheet.column_dimensions[place].hidden


def test_a_key_of_another_register_counts_for_nothing(admin: Client, sheet: Sheet) -> None:
    for row in sheet.rows[1:]:
        row[-1] = row[-1].split(".")[0] + ".0123456789ab"
    sheet.edit("MaxMind INC.", "Personal data", "Ip-adress")
    page = preview(admin, sheet)
    assert "does not say which state" in text_of(page)
    assert len(page.context["preview"].changed) == 1
