"""An import that takes longer than a moment, as its page shows it."""

import json
import re

from django.urls import reverse
from playwright.sync_api import expect

from registry.models import ChangeSet, ProcessingActivity


def rows(count):
    lines = "".join(f"Vendor {n}\tPurpose\tData\tSE\tGround\n" for n in range(count))
    return f"Leverantör\tOrsak\tUppgifter\tLand\tLaglig grund\n{lines}".encode()


PREVIEW = re.compile(r"/import/[^/]{20,}/")


def choose(page, content, name="register.tsv"):
    page.locator("#id_import_file").set_input_files(
        {"name": name, "mimeType": "text/tab-separated-values", "buffer": content}
    )
    page.locator("#content-main input[type=submit]").click()


def upload(page, count):
    page.goto(reverse("admin:registry_processingactivity_import"))
    choose(page, rows(count))
    page.wait_for_url(PREVIEW)


def test_it_says_how_far_it_is_and_what_came_of_it(signed_in_page, transactional_db):
    page = signed_in_page
    upload(page, 3000)
    page.get_by_label("Skäl till ändringen").fill("a long one")
    page.get_by_role("button", name="Importera").click()
    expect(page.locator("#progress progress")).to_be_visible()
    expect(page.locator("#progress [role=status]")).to_have_text(re.compile("Läser filen|Jämför|Skriver|Förseglar"))
    expect(page.locator("#progress [role=status]")).to_have_text(re.compile("Importerat: 3000 nya"), timeout=30_000)
    assert ProcessingActivity.objects.count() == 3000
    assert ChangeSet.objects.get(source="import").reason == "a long one"
    expect(page.get_by_role("link", name="Ångra")).to_be_visible()
    page.get_by_role("link", name="Fortsätt").click()
    page.wait_for_url(re.compile(r"/register/$"))


def test_it_says_how_far_reading_is_too(signed_in_page, transactional_db):
    page = signed_in_page
    page.goto(reverse("admin:registry_processingactivity_import"))
    page.evaluate(
        """() => {
            const place = document.querySelector("#progress [role=status]"), steps = [place.textContent];
            new MutationObserver(() => steps.push(place.textContent)).observe(place, { childList: true });
            window.addEventListener("pagehide", () => sessionStorage.setItem("steps", JSON.stringify(steps)));
        }"""
    )
    choose(page, rows(3000))
    page.wait_for_url(PREVIEW)
    told = json.loads(page.evaluate("sessionStorage.getItem('steps')"))
    assert told[:3] == ["Skickar filen", "Läser filen", "Jämför med registret"]


def test_an_answer_that_is_a_page_is_shown_as_one(signed_in_page, transactional_db):
    page = signed_in_page
    page.goto(reverse("admin:registry_processingactivity_import"))
    choose(page, rows(1), "register.doc")
    expect(page.locator(".errorlist")).to_contain_text("Formatet framgår inte av filens namn")


def test_a_page_that_is_closed_stops_nothing(signed_in_page, transactional_db):
    page = signed_in_page
    upload(page, 3000)
    page.get_by_label("Skäl till ändringen").fill("a long one")
    page.get_by_role("button", name="Importera").click()
    expect(page.locator("#progress progress")).to_be_visible()
    page.goto("about:blank")
    for _ in range(150):
        if ProcessingActivity.objects.exists():
            break
        page.wait_for_timeout(200)
    assert ProcessingActivity.objects.count() == 3000
