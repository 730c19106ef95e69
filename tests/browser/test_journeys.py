"""What people come for, from its beginning to its end, in a wide window and on a phone.

More of them: test_first_edit.py (edit with a reason, see the history), test_work_lists.py (a mechanism ends).
"""

from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from registry.models import ProcessingActivity, Source, Vendor, change_set
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_changelog import fits_the_window

pytestmark = pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "phone"])

ORIGINAL = Path("registry/reference/original_register.txt")


def upload(page, file):
    page.get_by_label("Fil").set_input_files(file)
    page.get_by_role("button", name="Förhandsgranska").click()


def test_from_an_empty_register_to_the_first_export(signed_in_page, tmp_path):
    page = signed_in_page
    page.goto(reverse("admin:registry_processingactivity_changelist"))
    page.get_by_role("link", name="Importera").click()
    upload(page, ORIGINAL)
    expect(page.locator(".counts")).to_contain_text("38 nya")
    assert fits_the_window(page)
    page.get_by_label("Orsak till ändringen").fill("Registret flyttar hit")
    page.get_by_role("button", name="Importera").click()
    expect(page.locator(".messagelist, [role=status]").first).to_contain_text("Importerat: 38 nya")
    page.goto(reverse("admin:register"))
    assert fits_the_window(page)
    page.get_by_label("Format").select_option("xlsx")
    with page.expect_download() as download:
        page.get_by_role("button", name="Exportera just detta").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    target = tmp_path / "register.txt"
    page.get_by_label("Format").select_option("document")
    with page.expect_download() as download:
        page.get_by_role("button", name="Exportera just detta").click()
    download.value.save_as(target)
    assert target.read_bytes() == ORIGINAL.read_bytes()


def test_an_import_with_problems_is_mended_and_done(signed_in_page, tmp_path):
    page = signed_in_page
    file = tmp_path / "register.tsv"
    heading = "Leverantör\tOrsak\tUppgifter\tLand\tLaglig grund\n"
    file.write_text(f"{heading}Nya AB\tDrift\tNamn\tSverge\tAvtal\nAndra AB\t\tNamn\tSE\tAvtal\n", encoding="utf-8")
    page.goto(reverse("admin:registry_processingactivity_import"))
    upload(page, file)
    problems = page.locator(".problems")
    expect(problems).to_contain_text("2")
    expect(problems).to_contain_text("Sverge")
    expect(problems).to_contain_text("3")
    assert fits_the_window(page)
    assert not Vendor.objects.exists()
    file.write_text(f"{heading}Nya AB\tDrift\tNamn\tSE\tAvtal\nAndra AB\tStöd\tNamn\tSE\tAvtal\n", encoding="utf-8")
    page.goto(reverse("admin:registry_processingactivity_import"))
    upload(page, file)
    page.get_by_label("Orsak till ändringen").fill("Rättad fil")
    page.get_by_role("button", name="Importera").click()
    expect(page.locator(".messagelist, [role=status]").first).to_contain_text("Importerat: 2 nya")
    assert ProcessingActivity.objects.count() == 2


@pytest.fixture
def renamed(superuser):
    superuser.first_name, superuser.last_name = "Anna", "Ek"
    superuser.save()
    with change_set(user=superuser, source=Source.ADMIN, reason="first entry"):
        vendor = Vendor.objects.create(name="Molnet AB")
        ProcessingActivity.objects.create(vendor=vendor, purpose="Drift", country="SE")
    with change_set(user=superuser, source=Source.ADMIN, reason="Bolaget har bytt namn"):
        vendor.name = "Skyn AB"
        vendor.save()
    return vendor


def test_who_changed_what_and_why(signed_in_page, renamed):
    page = signed_in_page
    page.goto(reverse("admin:register"))
    page.keyboard.press("/")
    page.keyboard.type("molnet")
    page.keyboard.press("Enter")
    expect(page.locator(".hits")).to_contain_text("Hette så till")
    page.get_by_role("link", name="Visa ändringen").click()
    act = page.locator("article.act")
    expect(act).to_contain_text("Anna Ek")
    expect(act).to_contain_text("Bolaget har bytt namn")
    expect(act.locator("del")).to_contain_text("Molnet")
    expect(act.locator("ins")).to_contain_text("Skyn")
    assert fits_the_window(page)


def test_a_deleted_vendor_comes_back_with_what_belonged_to_it(signed_in_page, renamed):
    page = signed_in_page
    page.goto(reverse("admin:registry_vendor_change", args=[renamed.pk]))
    page.locator("a.deletelink").click()
    page.locator("#content input[type=submit]").click()
    expect(page.locator(".messagelist")).to_be_visible()
    assert not Vendor.objects.exists()
    page.goto(reverse("admin:registry_changeset_deleted"))
    assert fits_the_window(page)
    row = page.get_by_role("row").filter(has_text="Leverantör: Skyn AB")
    row.get_by_role("link", name="Återställ").click()
    assert fits_the_window(page)
    page.locator("textarea[name=change_reason]").fill("Togs bort av misstag")
    page.locator("#content-main [type=submit]").click()
    expect(page.locator(".messagelist")).to_be_visible()
    assert ProcessingActivity.objects.get().vendor.name == "Skyn AB"
