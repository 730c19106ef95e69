"""An import that takes longer than a moment, as its page shows it."""

import re

from django.urls import reverse
from playwright.sync_api import expect

from registry.models import ChangeSet, ProcessingActivity


def rows(count):
    lines = "".join(f"Vendor {n}\tPurpose\tData\tSE\tGround\n" for n in range(count))
    return f"Leverantör\tOrsak\tUppgifter\tLand\tLaglig grund\n{lines}".encode()


def upload(page, count):
    page.goto(reverse("admin:registry_processingactivity_import"))
    page.locator("#id_import_file").set_input_files(
        {"name": "register.tsv", "mimeType": "text/tab-separated-values", "buffer": rows(count)}
    )
    page.locator("#content-main input[type=submit]").click()
    page.wait_for_url(re.compile(r"/import/[^/]{20,}/"))


def test_it_says_how_far_it_is_and_what_came_of_it(signed_in_page, transactional_db):
    page = signed_in_page
    upload(page, 3000)
    page.get_by_label("Orsak till ändringen").fill("a long one")
    page.get_by_role("button", name="Importera").click()
    expect(page.locator("#progress progress")).to_be_visible()
    expect(page.locator("#progress [role=status]")).to_have_text(re.compile("Läser filen|Jämför|Skriver|Förseglar"))
    expect(page.locator("#progress [role=status]")).to_have_text(re.compile("Importerat: 3000 nya"), timeout=30_000)
    assert ProcessingActivity.objects.count() == 3000
    assert ChangeSet.objects.get(source="import").reason == "a long one"
    page.get_by_role("link", name="Fortsätt").click()
    page.wait_for_url(re.compile(r"/processingactivity/$"))


def test_a_page_that_is_closed_stops_nothing(signed_in_page, transactional_db):
    page = signed_in_page
    upload(page, 3000)
    page.get_by_role("button", name="Importera").click()
    expect(page.locator("#progress progress")).to_be_visible()
    page.goto("about:blank")
    for _ in range(150):
        if ProcessingActivity.objects.exists():
            break
        page.wait_for_timeout(200)
    assert ProcessingActivity.objects.count() == 3000
