"""The change log in a browser: found with a filter, unfolded, followed to its own page, taken along. No script."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from registry.models import ProcessingActivity, Source, Transfer, TransferMechanism, Vendor, change_set
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.windows import fits_the_window

pytestmark = pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "phone"])

LOG = reverse("admin:registry_changeset_changelist")
WORDS = " ".join(f"ord{number}" for number in range(200))


@pytest.fixture
def removal(superuser):
    with change_set(user=superuser, source=Source.ADMIN, reason="first entry"):
        vendor = Vendor.objects.create(name="MaxMind INC.")
        shield = TransferMechanism.objects.create(code="privacy_shield", label="Privacy Shield")
        activity = ProcessingActivity.objects.create(vendor=vendor, purpose="Geo", country="US", notes=WORDS)
        transfer = Transfer.objects.create(activity=activity, mechanism=shield)
    with change_set(user=superuser, source=Source.ADMIN, reason="Schrems II"):
        transfer.delete()
        activity.notes = WORDS.replace("ord100 ", "annat ")
        activity.save()


def test_a_removal_is_found_unfolded_and_followed(signed_in_page, removal):
    page = signed_in_page
    page.goto(LOG)
    act = page.locator("article.act").filter(has_text="Schrems II")
    expect(act).to_be_visible()
    expect(act.locator("table").first).to_be_hidden()
    act.locator("summary").press("Enter")
    expect(act.locator("table").first).to_be_visible()
    expect(act.locator("ins", has_text="annat")).to_be_visible()
    expect(act.locator("del", has_text="ord100")).to_be_visible()
    assert fits_the_window(page)

    if (button := page.locator(".toggle:not(.menu-toggle) > summary")).is_visible():  # on a phone
        button.click()
    page.locator("#id_vendor").fill("maxmind")
    page.locator("#id_text").fill("privacy shield")
    page.locator("#id_text").press("Enter")
    expect(page.locator("article.act").first).to_contain_text("Schrems II")
    expect(page.locator("article.act").first.locator("table").first).to_be_visible()
    assert fits_the_window(page)

    page.locator("article.act").first.locator("h2 a").click()
    expect(page.locator("article.act")).to_have_count(1)
    expect(page.locator(".digest")).to_have_text(re.compile(r"^\s*[0-9a-f]{64}\s*$"))
    assert fits_the_window(page)
    page.locator("a[rel=prev]").click()
    expect(page.locator("article.act")).to_contain_text("first entry")


def test_a_wrong_filter_is_said_at_its_field_and_cleared(signed_in_page, removal, complaints):
    page = signed_in_page
    page.goto(f"{LOG}?vendor=nobody")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#id_vendor")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("article.act")).to_have_count(0)
    assert fits_the_window(page)
    assert all("400" in complaint for complaint in complaints)
    complaints.clear()
    page.get_by_role("search").get_by_role("link").first.click()
    expect(page).to_have_url(LOG)
    expect(page.locator("article.act").first).to_be_visible()


def test_what_is_listed_is_taken_along(signed_in_page, removal, tmp_path):
    page = signed_in_page
    page.goto(f"{LOG}?vendor=maxmind&text=privacy+shield")
    page.get_by_label("Format").select_option("csv")
    with page.expect_download() as download:
        page.locator(".log-export button").click()
    target = tmp_path / "log.csv"
    download.value.save_as(target)
    rows = target.read_text(encoding="utf-8-sig").splitlines()
    assert any("Schrems II" in row and "Privacy Shield" in row for row in rows)
    assert not any("annat" in row for row in rows)
