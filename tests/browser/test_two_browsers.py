"""Two people, two browsers, one entry: neither overwrites the other."""

from django.urls import reverse
from playwright.sync_api import expect

from registry.models import ProcessingActivity, Source, Vendor, change_set


def test_the_second_to_save_sees_what_the_first_one_saved(signed_in_page, browser, base_url, superuser, password):
    with change_set(source=Source.COMMAND, reason="set-up"):
        vendor = Vendor.objects.create(name="Exempel AB")
        activity = ProcessingActivity.objects.create(vendor=vendor, purpose="Fakturering", country="SE")
    address = reverse("admin:registry_processingactivity_change", args=[activity.pk])
    mine = signed_in_page
    mine.goto(address)
    context = browser.new_context(base_url=base_url, locale="sv-SE")
    theirs = context.new_page()
    theirs.goto("/admin/")
    theirs.locator("#id_username").fill(superuser.get_username())
    theirs.locator("#id_password").fill(password)
    theirs.locator("input[type=submit]").click()
    theirs.goto(address)
    theirs.locator("#id_personal_data").fill("Det de skrev")
    theirs.locator("#id_change_reason").fill("Ändrat i samråd")
    theirs.locator("input[name=_save]").click()
    theirs.wait_for_url("**/register/#entry-*")
    mine.locator("#id_personal_data").fill("Det jag skrev")
    mine.locator("#id_retention").fill("Tre år")
    mine.locator("#id_change_reason").fill("Ändrat i samråd")
    mine.locator("input[name=_save]").click()
    expect(mine.locator(".field-personal_data .errorlist")).to_contain_text("Det de skrev")
    expect(mine.locator("#id_personal_data")).to_have_value("Det jag skrev")
    assert ProcessingActivity.objects.get().personal_data == "Det de skrev"
    mine.locator("input[name=_save]").click()
    mine.wait_for_url("**/register/#entry-*")
    saved = ProcessingActivity.objects.get()
    assert (saved.personal_data, saved.retention) == ("Det jag skrev", "Tre år")
    context.close()
