"""What people come for, from its beginning to its end: with the mouse and by keyboard alone, in a wide window and on a
phone. No step knows an address: each page is reached from the one before.
"""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import expect

from registry.files.format_registry import DocumentFormat
from registry.files.importing.planner import plan_import
from registry.models import ProcessingActivity, Source, Transfer, Vendor, change_set
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.hands import Keyboard, Mouse
from tests.browser.windows import fits_the_window

pytestmark = [
    pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["wide", "phone"]),
    pytest.mark.parametrize("way", [Mouse, Keyboard], ids=["mouse", "keyboard"]),
]

ORIGINAL = Path("registry/reference/original_register.txt")
REASON = "Skäl till ändringen"
HEADING = "Leverantör\tOrsak\tUppgifter\tLand\tLaglig grund\n"


@pytest.fixture
def hands(way, page, superuser, password):
    """At the overview, signed in."""
    hands = way(page)
    page.goto(reverse("admin:index"))
    hands.write_in(page.locator("#id_username"), superuser.get_username())
    hands.write_in(page.locator("#id_password"), password)
    hands.push("Logga in")
    return hands


@pytest.fixture
def register(superuser):
    call_command("sync_reference", verbosity=0)
    with change_set(source=Source.IMPORT, reason="first import"):
        plan_import(DocumentFormat().read(ORIGINAL.read_bytes())).apply()


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


def test_from_the_first_start_to_the_first_export(hands, page, tmp_path):
    hands.follow("Importera dokumentet eller en Excelfil")
    hands.attach("Fil", ORIGINAL)
    hands.push("Förhandsgranska")
    expect(page.locator(".counts")).to_contain_text("38 nya")
    assert fits_the_window(page)
    hands.write(REASON, "Registret flyttar hit")
    hands.push_and_stay("Importera")
    expect(page.get_by_role("status")).to_contain_text("Importerat: 38 nya")
    hands.follow("Fortsätt")
    hands.follow("Register")
    assert fits_the_window(page)
    hands.choose("Format", "Excel (xlsx)")
    hands.download("Exportera just detta", tmp_path / "register.xlsx")
    hands.choose("Format", "dokumentet (text)")
    hands.download("Exportera just detta", tmp_path / "register.txt")
    assert (tmp_path / "register.txt").read_bytes() == ORIGINAL.read_bytes()


def test_an_entry_is_changed_with_a_reason_and_the_history_shows_it(hands, page, register):
    hands.search("enom")
    hands.follow(re.compile("Enom LLC: Domänregistrering"), within=page.locator(".hits"))
    hands.tick(page.locator("#id_transfers-0-DELETE"))
    hands.write(REASON, "Privacy Shield gäller inte sedan 2020-07-16")
    hands.push("Spara och fortsätt redigera")
    assert not Transfer.objects.filter(activity__vendor__name="Enom LLC").exists()
    hands.follow("Historik")
    newest = page.locator("article.act").first
    expect(newest).to_contain_text("Privacy Shield gäller inte sedan 2020-07-16")
    expect(newest).to_contain_text("borttagen")
    assert fits_the_window(page)


def test_an_import_with_problems_is_mended_and_done(hands, page, tmp_path):
    file = tmp_path / "register.tsv"
    file.write_text(f"{HEADING}Nya AB\tDrift\tNamn\tSverge\tAvtal\nAndra AB\t\tNamn\tSE\tAvtal\n", encoding="utf-8")
    hands.follow("Importera dokumentet eller en Excelfil")
    hands.attach("Fil", file)
    hands.push("Förhandsgranska")
    problems = page.locator(".problems")
    expect(problems).to_contain_text("2")
    expect(problems).to_contain_text("Sverge")
    expect(problems).to_contain_text("3")
    assert fits_the_window(page)
    assert not Vendor.objects.exists()
    file.write_text(f"{HEADING}Nya AB\tDrift\tNamn\tSE\tAvtal\nAndra AB\tStöd\tNamn\tSE\tAvtal\n", encoding="utf-8")
    hands.attach("Fil", file)
    hands.push("Förhandsgranska")
    hands.write(REASON, "Rättad fil")
    hands.push_and_stay("Importera")
    expect(page.get_by_role("status")).to_contain_text("Importerat: 2 nya")
    assert ProcessingActivity.objects.count() == 2


def test_a_mechanism_ends_and_those_on_it_move_to_its_successor(hands, page, register):
    hands.search("privacy shield")
    hands.follow("Privacy Shield", within=page.locator(".hits"))
    hands.follow("Vilka som förlorar sitt stöd när den upphör")
    boxes = page.locator("input[name=activity]")
    expect(boxes).to_have_count(8)
    assert fits_the_window(page)
    for box in boxes.all()[1:]:
        hands.tick(box)
    hands.choose("Efterträdare", "Standardavtalsklausuler 2021 modul 2")
    hands.write("undertecknad", "2026-10-01")
    hands.write("bedömd", "2026-11-01")
    hands.write(REASON, "Privacy Shield gäller inte längre")
    hands.push("Flytta")
    expect(page.locator(".messagelist")).to_contain_text("1 behandling flyttades.")
    expect(boxes).to_have_count(7)
    hands.follow("Register")
    moved = page.locator(".register tr").filter(has_text="Standardavtalsklausuler 2021 modul 2")
    expect(moved).to_have_count(1)
    expect(moved.locator(".verdict")).to_have_text("har stöd")


def test_who_changed_what_and_why(hands, page, renamed):
    hands.search("molnet")
    expect(page.locator(".hits")).to_contain_text("Hette så till")
    hands.follow("Visa ändringen")
    act = page.locator("article.act")
    expect(act).to_contain_text("Anna Ek")
    expect(act).to_contain_text("Bolaget har bytt namn")
    expect(act.locator("del")).to_contain_text("Molnet")
    expect(act.locator("ins")).to_contain_text("Skyn")
    assert fits_the_window(page)


def test_a_deleted_vendor_comes_back_with_what_belonged_to_it(hands, page, renamed):
    hands.search("skyn")
    hands.follow("Skyn AB", within=page.locator(".hits"))
    hands.push("Ta bort")
    hands.write(REASON, "Upplagd två gånger")
    hands.push("Ja, ta bort")
    expect(page.locator(".messagelist")).to_be_visible()
    assert not Vendor.objects.exists()
    hands.follow("Ändringslogg")
    hands.follow("Borttagna poster")
    assert fits_the_window(page)
    hands.follow("Återställ", within=page.get_by_role("row").filter(has_text="Leverantör: Skyn AB"))
    assert fits_the_window(page)
    hands.write(REASON, "Togs bort av misstag")
    hands.push("Återställ")
    expect(page.locator(".messagelist")).to_be_visible()
    assert ProcessingActivity.objects.get().vendor.name == "Skyn AB"
