"""The search box: reached by a key, answered without a script too."""

import pytest
from playwright.sync_api import expect

from registry.models import Source, Vendor, change_set
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.windows import fits_the_window


@pytest.fixture
def register(superuser):
    with change_set(user=superuser, source=Source.ADMIN, reason="first entry"):
        vendor = Vendor.objects.create(name="Malmö Molntjänst AB")
    with change_set(user=superuser, source=Source.ADMIN, reason="new name"):
        vendor.name = "Skånemoln AB"
        vendor.save()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "phone"])
def test_a_slash_leads_to_the_box_and_enter_to_the_answer(signed_in_page, register):
    page = signed_in_page
    page.wait_for_load_state()
    box = page.locator("#search-words")  # on a phone it is in the menu
    page.keyboard.press("/")
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    page.keyboard.type("malmo molntjenst")
    page.keyboard.press("Enter")
    expect(page.locator(".hits li")).to_contain_text("Malmö Molntjänst AB")
    expect(page.locator(".hits li")).to_contain_text("Hette så till")
    expect(box).to_have_value("malmo molntjenst")
    assert fits_the_window(page)
    page.wait_for_load_state()
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.type("skane/moln")
    expect(box).to_have_value("skane/moln")


def test_a_slash_in_a_field_is_a_letter(signed_in_page, register):
    page = signed_in_page
    page.goto("/admin/registry/vendor/add/")
    page.locator("#id_name").press("/")
    expect(page.locator("#id_name")).to_have_value("/")


def test_it_answers_without_a_script(browser, signed_in_page, register, base_url):
    context = browser.new_context(
        base_url=base_url, java_script_enabled=False, storage_state=signed_in_page.context.storage_state()
    )
    page = context.new_page()
    page.goto("/admin/")
    page.locator("#search-words").fill("skane")
    page.locator("#search-box button").click()
    expect(page.locator(".hits")).to_contain_text("Skånemoln AB")
    context.close()
