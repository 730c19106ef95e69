"""The register goes out as the document and comes in as a file, from the list of activities."""

import hashlib

import docx
import pytest
from django.urls import reverse
from playwright.sync_api import expect

from registry.files.format_registry import DocumentFormat
from registry.files.importing.planner import plan_import
from registry.models import ChangeSet, ProcessingActivity, Source, change_set
from tests.browser.conftest import DESKTOP, PHONE
from tests.integration.beginnings import ORIGINAL

pytestmark = pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "phone"])


@pytest.fixture
def original():
    return ORIGINAL.read_bytes()


@pytest.fixture
def enom(transactional_db, original):
    with change_set(source=Source.IMPORT, reason="first import"):
        plan_import(DocumentFormat().read(original)).apply()
    return ProcessingActivity.objects.get(vendor__name="Enom LLC")


def test_the_register_leaves_as_the_document(signed_in_page, enom, original, tmp_path):
    page = signed_in_page
    page.goto(reverse("admin:register"))
    page.locator("summary", has_text="Exportera").click()
    page.get_by_label("Format", exact=True).select_option("document")
    with page.expect_download() as download:
        page.get_by_role("button", name="Exportera").click()
    target = tmp_path / "register.txt"
    download.value.save_as(target)
    assert target.read_bytes() == original


def test_the_register_leaves_as_a_pdf_with_progress(signed_in_page, enom, tmp_path):
    page = signed_in_page
    page.goto(reverse("admin:register"))
    page.locator("summary", has_text="Exportera").click()
    page.get_by_label("Format", exact=True).select_option("pdf")
    with page.expect_download() as download:
        page.get_by_role("button", name="Exportera").click()
    target = tmp_path / "register.pdf"
    download.value.save_as(target)
    assert target.read_bytes().startswith(b"%PDF-")
    expect(page.locator("#progress [role=status]")).to_contain_text("Filen är klar: register-")
    expect(page.get_by_label("Format", exact=True)).to_be_visible()
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    assert ChangeSet.objects.filter(source=Source.EXPORT, details__sha256=digest).count() == 1


def test_a_vendor_leaves_as_a_paper(signed_in_page, enom, tmp_path):
    page = signed_in_page
    page.goto(reverse("admin:registry_vendor_change", args=[enom.vendor_id]))
    page.locator("summary", has_text="Som papper").click()
    page.get_by_label("Med historik").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Ladda ned som Word").click()
    target = tmp_path / "vendor.docx"
    download.value.save_as(target)
    text = "\n".join(paragraph.text for paragraph in docx.Document(str(target)).paragraphs)
    assert "Enom LLC" in text
    assert "first import" in text


def test_a_file_is_previewed_and_then_imported(signed_in_page, enom, original, tmp_path):
    page = signed_in_page
    file = tmp_path / "register.txt"
    file.write_bytes(original.replace(b"Mailfiltrering", b"Filtrering"))
    page.goto(reverse("admin:register"))
    page.locator("summary", has_text="Mer").click()
    page.get_by_role("link", name="Importera").click()
    page.get_by_label("Fil").set_input_files(file)
    page.get_by_role("button", name="Förhandsgranska").click()
    expect(page.locator(".counts")).to_contain_text("1 nya")
    page.get_by_label("Skäl till ändringen").fill("Better words")
    page.get_by_role("button", name="Importera").click()
    expect(page.locator("#progress [role=status]")).to_contain_text("Importerat: 1 nya")
