"""Lists in a browser: panels lie over the rows, many rows are edited together, tables are filled by keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Page, expect

from registry.files.format_registry import DocumentFormat
from registry.files.importing.planner import plan_import
from registry.models import Answer, ChangeSet, ProcessingActivity, Source, Vendor, change_set
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.windows import fits_the_window

REGISTER, VENDORS = reverse("admin:register"), reverse("admin:vendors")
PASTE = """([field, text]) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def register(superuser: object) -> None:
    call_command("sync_reference", verbosity=0)
    with change_set(source=Source.IMPORT, reason="first import"):
        plan_import(DocumentFormat().read(Path("registry/reference/original_register.txt").read_bytes())).apply()


def top(page: Page, selector: str) -> float:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["y"]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("address", [REGISTER, VENDORS])
def test_panels_lie_over_the_rows_and_nothing_leaves_the_window(
    signed_in_page: Page, register: None, address: str
) -> None:
    page = signed_in_page
    page.goto(address)
    before = top(page, ".register")
    for panel in page.locator("details.panel > summary").all():
        panel.click()
        assert top(page, ".register") == before
        assert fits_the_window(page)
    page.keyboard.press("Escape")
    expect(page.locator("details.panel[open]")).to_have_count(0)


@pytest.mark.parametrize("viewport", [DESKTOP], ids=["wide"])
def test_headings_stay_in_sight(signed_in_page: Page, register: None) -> None:
    page = signed_in_page
    page.goto(REGISTER)
    page.locator(".register tbody tr").last.scroll_into_view_if_needed()
    assert top(page, ".register thead th:nth-child(2)") >= 0
    expect(page.locator(".register thead th").nth(1)).to_be_in_viewport()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "phone"])
def test_all_vendors_are_given_an_interval(signed_in_page: Page, register: None) -> None:
    page = signed_in_page
    page.goto(VENDORS)
    if page.viewport_size == DESKTOP:
        page.locator("[data-select-page]").check()
        expect(page.locator("[data-selected]")).to_have_text("37 rader markerade")
    else:
        for box in page.locator("[name=_selected_action]").all():
            box.check()
    page.locator("#list-action").select_option("edit_selected")
    page.get_by_role("button", name="Utför").click()
    page.get_by_label("granskas var (månader)", exact=False).first.fill("12")
    page.get_by_label("Skäl till ändringen").fill("Årlig granskning")
    page.get_by_role("button", name="Förhandsgranska").click()
    expect(page.locator(".counts")).to_contain_text("37 poster skulle ändras")
    assert fits_the_window(page)
    page.get_by_role("button", name="Ändra 37 poster").click()
    expect(page.locator("#progress [role=status]")).to_contain_text("37 poster")
    assert Vendor.objects.filter(review_interval_months=12).count() == 37
    assert ChangeSet.objects.first().reason == "Årlig granskning"


@pytest.mark.parametrize("viewport", [DESKTOP], ids=["wide"])
def test_shift_selects_the_rows_between(signed_in_page: Page, register: None) -> None:
    page = signed_in_page
    page.goto(VENDORS)
    boxes = page.locator("[name=_selected_action]")
    boxes.nth(2).click()
    boxes.nth(6).click(modifiers=["Shift"])
    expect(page.locator("[data-selected]")).to_have_text("5 rader markerade")


@pytest.mark.parametrize("viewport", [DESKTOP], ids=["wide"])
def test_columns_are_put_in_order(signed_in_page: Page, register: None) -> None:
    page = signed_in_page
    page.goto(REGISTER)
    page.locator("summary", has_text="Kolumner").click()
    page.get_by_role("button", name="Flytta upp: Land").click()
    page.locator("details[open] button[type=submit]").click()
    headings = page.locator(".register thead th")
    for number, heading in enumerate(["leverantör", "orsak", "land", "uppgifter"], start=1):
        expect(headings.nth(number)).to_have_text(re.compile(heading, re.IGNORECASE))


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "phone"])
def test_who_saves_comes_back_to_the_row(signed_in_page: Page, register: None) -> None:
    page = signed_in_page
    page.goto(f"{REGISTER}?country=US")
    activity = ProcessingActivity.objects.get(vendor__name="MaxMind INC.")
    page.locator(f"#entry-{activity.pk} .column-purpose a").click()
    page.get_by_label("Lagringstid").fill("ett år")
    page.get_by_label("Skäl till ändringen").fill("x")
    page.get_by_role("button", name="Spara", exact=True).click()
    page.wait_for_url(f"**{REGISTER}?country=US#entry-{activity.pk}")
    expect(page.locator(f"#entry-{activity.pk}")).to_be_in_viewport()
    expect(page.locator(f"#entry-{activity.pk}:target")).to_have_count(1)


@pytest.mark.parametrize("viewport", [DESKTOP], ids=["wide"])
def test_a_table_is_filled_by_keyboard(signed_in_page: Page, register: None) -> None:
    page = signed_in_page
    page.goto(f"{reverse('admin:vendors_edit')}?column=vendor&column=vendor_role&column=vendor_registration")
    cells = page.locator("[name$=-registration_number]")
    cells.nth(0).focus()
    page.keyboard.type("556000-0001")
    page.keyboard.press("Enter")
    page.keyboard.type("556000-0002")
    page.keyboard.press("ArrowDown")
    expect(cells.nth(2)).to_be_focused()
    roles = page.locator("[name$=-role]")
    page.evaluate(
        PASTE, [roles.nth(3).element_handle(), "personuppgiftsbiträde\t556000-0004\nunderbiträde\t556000-0005"]
    )
    expect(roles.nth(3)).to_have_value("processor")
    expect(roles.nth(4)).to_have_value("sub_processor")
    expect(cells.nth(4)).to_have_value("556000-0005")
    expect(page.locator("td.changed")).to_have_count(6)
    page.get_by_label("Skäl till ändringen").fill("Ur avtalspärmen")
    page.keyboard.press("Control+s")
    expect(page.locator(".messagelist")).to_contain_text("4 poster")
    numbers = Vendor.objects.exclude(registration_number="").values_list("registration_number", flat=True)
    assert sorted(numbers) == [f"556000-000{number}" for number in (1, 2, 4, 5)]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "phone"])
def test_a_question_is_answered_for_all(signed_in_page: Page, register: None) -> None:
    page = signed_in_page
    page.goto(reverse("admin:questions") + "?question=special_categories")
    if page.viewport_size == DESKTOP:
        page.locator("[data-select-page]").check()
    else:
        for box in page.locator("[name=_selected_action]").all():
            box.check()
    page.get_by_label("Svar för de ikryssade raderna").select_option("no")
    page.get_by_role("button", name="Besvara").click()
    expect(page.locator("td.changed")).to_have_count(38)
    assert fits_the_window(page)
    page.get_by_label("Skäl till ändringen").fill("Gått igenom med IT")
    page.get_by_role("button", name="Spara", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("38 svar sparades")
    assert ProcessingActivity.objects.filter(special_categories=Answer.NO).count() == 38


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "phone"])
def test_a_text_of_30000_characters_breaks_no_page(signed_in_page: Page, register: None) -> None:
    page = signed_in_page
    activity = ProcessingActivity.objects.get(vendor__name="MaxMind INC.")
    with change_set(source=Source.ADMIN, reason="x" * 3000):
        activity.personal_data = "uppgift" * 4000 + " uppgift" * 250
        activity.notes = "anteckning" * 3000
        activity.purpose = "ändamål" * 4000
        activity.save()
    name = "registry_processingactivity"
    addresses = [
        *(
            reverse(f"admin:{each}")
            for each in ("index", "register", "vendors", "questions", "search", "register_edit")
        ),
        *(reverse(f"admin:{name}_{each}", args=[activity.pk]) for each in ("change", "history", "delete")),
        reverse("admin:registry_vendor_change", args=[activity.vendor_id]),
        reverse("admin:registry_changeset_changelist"),
        reverse("admin:findings") + "?rule=transfer_not_covered",
        reverse("admin:register_document"),
        reverse("admin:search") + "?q=maxmind",
        f"{REGISTER}?column=vendor&column=purpose&column=notes&column=personal_data&column=why&column=retention",
    ]
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        assert fits_the_window(page), address


@pytest.mark.parametrize("viewport", [PHONE], ids=["phone"])
def test_the_header_takes_little_of_a_phone_and_the_menu_comes_after_a_button(
    signed_in_page: Page, register: None
) -> None:
    page = signed_in_page
    for name in ("index", "register", "findings", "registry_changeset_changelist", "registry_agreement_changelist"):
        page.goto(reverse(f"admin:{name}"))
        header = page.locator("#header").bounding_box()
        assert header is not None
        assert header["height"] <= 100, name
    expect(page.get_by_role("link", name="Leverantörer", exact=True)).to_be_hidden()
    page.locator("summary", has_text="Meny").click()
    page.get_by_role("link", name="Leverantörer", exact=True).click()
    page.wait_for_url(f"**{VENDORS}")
