"""The law of another day, in lists and forms; open questions in turn."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import expect

from registry.files.format_registry import DocumentFormat
from registry.files.importing.planner import plan_import
from registry.models import Source, Vendor, change_set
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.windows import fits_the_window

pytestmark = pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "phone"])


@pytest.fixture
def register(superuser):
    call_command("sync_reference", verbosity=0)
    with change_set(source=Source.IMPORT, reason="first import"):
        plan_import(DocumentFormat().read(Path("registry/reference/original_register.txt").read_bytes())).apply()


def test_the_law_of_another_day_is_asked_of_the_list(signed_in_page, register):
    page = signed_in_page
    page.goto(reverse("admin:registry_processingactivity_changelist") + "?law=2020-07-15&verdict=needs_check")
    expect(page.locator(".register tbody tr")).to_have_count(10)


def test_the_law_of_another_day_is_chosen_on_the_form(signed_in_page, register):
    page = signed_in_page
    activity = Vendor.objects.get(name="MaxMind INC.").activities.get()
    page.goto(reverse("admin:registry_processingactivity_change", args=[activity.pk]))
    expect(page.locator(".assessment")).to_contain_text("saknar stöd")
    page.get_by_label("Utfall enligt gällande rätt den").fill("2020-07-15")
    page.get_by_role("button", name="Visa", exact=True).click()
    expect(page.locator(".assessment")).to_contain_text("behöver kontrolleras")
    assert fits_the_window(page)


def test_open_questions_are_answered_one_after_the_other(signed_in_page, register):
    page = signed_in_page
    page.goto(reverse("admin:questions") + "?question=role")
    page.locator(".grid tbody a").first.click()
    page.locator("#id_role").select_option("processor")
    page.locator("#id_change_reason").fill("Ändrat i samråd")
    page.get_by_role("button", name="Spara och nästa öppna fråga").click()
    expect(page.locator("#id_role")).to_have_value("not_assessed")
    expect(page.locator(".question")).to_contain_text("36 öppna frågor")
    assert fits_the_window(page)
