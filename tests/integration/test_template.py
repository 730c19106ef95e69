"""The empty workbook to fill in, and what cells of workbooks offer."""

import io

import openpyxl
import pytest
from django.urls import reverse

from registry.files.format_registry import FORMATS_BY_CODE
from registry.models import LegalBasis, User, Vendor
from tests.integration.imports import client_get, exported, run, upload
from tests.integration.pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("formats of files")]

TEMPLATE = reverse("admin:registry_processingactivity_import_template")


def offered(content, heading):
    """Return what the cells below a heading offer, and the cells."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    letter = next(cell.column_letter for cell in sheet[1] if cell.value == heading)
    rule = next(each for each in sheet.data_validations.dataValidation if str(each.sqref).startswith(f"{letter}2:"))
    if rule.formula1.startswith('"'):
        return rule.formula1.strip('"').split(","), str(rule.sqref)
    name, cells = rule.formula1.lstrip("=").replace("$", "").split("!")
    assert book[name.strip("'")].sheet_state == "veryHidden"
    return [row[0].value for row in book[name.strip("'")][cells]], str(rule.sqref)


def test_the_page_hands_out_an_empty_workbook(editor, imported):
    assert TEMPLATE in editor.get(reverse("admin:registry_processingactivity_import")).content.decode()
    response = editor.get(TEMPLATE)
    assert 'filename="register-template.xlsx"' in response["content-disposition"]
    content = b"".join(response.streaming_content)
    countries, cells = offered(content, "Country")
    assert "SE (Sweden)" in countries
    assert cells == "D2:D1001"
    assert set(LegalBasis.objects.values_list("label", flat=True)) < set(offered(content, "Legal basis")[0])
    assert "processor" in offered(content, "Vendor's role")[0]
    assert User.objects.get().username in offered(content, "Owner")[0]


def test_only_who_may_import_gets_it(sign_in):
    assert sign_in("view_processingactivity", "export_processingactivity").get(TEMPLATE).status_code == 403


def test_left_empty_it_changes_and_ends_nothing(editor, imported):
    content = b"".join(editor.get(TEMPLATE).streaming_content)
    page = text_of(client_get(editor, upload(editor, content, "register-template.xlsx")))
    assert "The file holds no rows." in page
    assert "there is nothing to import" in page
    assert "Other sheets were not read" not in page


def test_the_command_writes_it_in_either_language(capsys, tmp_path, db):
    for language, heading in (("sv", "Leverantör"), ("en", "Vendor")):
        file = tmp_path / f"{language}.xlsx"
        assert run(capsys, "export_register", template=True, output=file, language=language)[0] == 0
        assert openpyxl.load_workbook(file).worksheets[0]["A1"].value == heading
        assert run(capsys, "import_register", file, reason="x")[1].startswith("The file holds no rows.")


def test_the_command_needs_a_format_or_the_template(capsys, db):
    assert run(capsys, "export_register")[0] == 2


def filled(content):
    """The template with one row of what it offers."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    row = {"Vendor": "Apsis", "Purpose": "Mail", "Country": "DE (Germany)", "Legal basis": "SCC", "Owner": "eva"}
    for cell in book.worksheets[0][1]:
        book.worksheets[0].cell(2, cell.column).value = row.get(cell.value)
    book.save(target := io.BytesIO())
    return target.getvalue()


def test_what_it_offers_is_what_an_import_reads(editor, reference):
    content = filled(b"".join(editor.get(TEMPLATE).streaming_content))
    (row,) = FORMATS_BY_CODE["xlsx"]().read(content).rows
    assert (row.row.country, row.row.legal_basis) == ("DE", "SCC")


def test_exports_offer_countries_bases_and_owners_of_the_register(imported, recording, make_user):
    make_user(name="nobody")
    with recording("owner"):
        vendor = Vendor.objects.earliest("pk")
        vendor.owner = make_user(name="anna")
        vendor.save()
    content = exported("xlsx")
    assert "US (USA)" in offered(content, "Land")[0]
    assert offered(content, "Land")[1] == "D2:D39"
    assert offered(content, "Ägare")[0] == ["anna"]
    assert len(FORMATS_BY_CODE["xlsx"]().read(content).rows) == 38


def test_the_name_of_an_export_says_which_rows_and_which_day(editor, imported):
    address = reverse("admin:register_export")
    response = editor.post(f"{address}?country=US", {"format": "xlsx"})
    name = response["content-disposition"]
    assert name.startswith('attachment; filename="register-20')
    assert name.endswith('-united-states.xlsx"')
    assert name.isascii()
