"""What forms do beside their fields: the verdict follows, nothing typed is lost unasked, the keyboard saves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from registry.files.format_registry import DocumentFormat
from registry.files.importing.planner import plan_import
from registry.models import ProcessingActivity, Source, Transfer, TransferMechanism, Vendor, change_set

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def register(superuser: Any) -> None:
    call_command("sync_reference", verbosity=0)
    with change_set(source=Source.IMPORT, reason="first import"):
        plan_import(DocumentFormat().read(Path("registry/reference/original_register.txt").read_bytes())).apply()


@pytest.fixture
def form(register: None, signed_in_page: Any) -> Any:
    activity = ProcessingActivity.objects.filter(country="SE").first()
    signed_in_page.goto(f"/admin/registry/processingactivity/{activity.pk}/change/")
    return signed_in_page


def test_the_verdict_follows_the_country_before_anything_is_saved(form: Any) -> None:
    verdict = form.locator(".assessment")
    expect(verdict.locator(".verdict-no_transfer")).to_be_visible()
    form.select_option("#id_country", "IN")
    expect(verdict.locator(".verdict-not_covered")).to_be_visible()
    expect(verdict).to_contain_text("inte sparat")
    expect(verdict).to_contain_text("Överföring utan stöd")
    expect(form.locator("#saved-findings")).to_be_hidden()
    form.select_option("#id_country", "SE")
    expect(verdict.locator(".verdict-no_transfer")).to_be_visible()
    expect(form.locator("#saved-findings")).to_be_visible()


def test_who_leaves_with_unsaved_changes_is_asked(form: Any) -> None:
    asked = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    form.on("dialog", stay)
    form.fill("#id_notes", "inte sparat")
    with form.expect_event("dialog"):
        form.evaluate("location.assign('/admin/')")
    assert asked == ["beforeunload"]
    assert form.input_value("#id_notes") == "inte sparat"


def test_who_changed_nothing_leaves_unasked(form: Any) -> None:
    form.on("dialog", lambda dialog: pytest.fail("asked"))
    form.get_by_role("link", name="Översikt").first.click()
    form.wait_for_url("**/admin/")


def test_the_keyboard_saves(form: Any) -> None:
    form.fill("#id_notes", "med tangentbordet")
    form.fill("#id_change_reason", "Ändrat i samråd")
    with form.expect_navigation():
        form.keyboard.press("Control+s")
    assert ProcessingActivity.objects.filter(notes="med tangentbordet").exists()


def choose(page: Any, box: str, typed: str) -> None:
    """Type in a field that offers entries, and take the first."""
    page.locator(box).locator(".select2-selection").click()
    page.keyboard.type(typed)
    expect(page.locator(".select2-results__option--highlighted")).to_contain_text(typed.split()[0], ignore_case=True)
    expect(page.locator(".select2-results__option")).to_have_count(1)
    page.keyboard.press("Enter")


def test_an_activity_with_one_transfer_fits_on_a_page_and_a_half(register: None, signed_in_page: Any) -> None:
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        activity = ProcessingActivity.objects.filter(country="US", transfers=None)[0]
        mechanism = TransferMechanism.objects.get(code="privacy_shield")
        Transfer.objects.create(activity=activity, mechanism=mechanism)
    signed_in_page.set_viewport_size({"width": 1280, "height": 900})
    signed_in_page.goto(f"/admin/registry/processingactivity/{activity.pk}/change/")
    assert signed_in_page.evaluate("document.documentElement.scrollHeight") < 1500


def test_the_help_of_a_field_in_a_row_is_seen_when_it_is_filled_in(form: Any) -> None:
    help_text = form.locator("#id_our_role_helptext")
    assert help_text.bounding_box()["width"] <= 1
    form.focus("#id_our_role")
    assert help_text.bounding_box()["width"] > 100


def test_the_mechanisms_for_the_country_are_offered_first_with_what_they_are_for(form: Any) -> None:
    form.select_option("#id_country", "JP")
    form.click("#transfers-group .add-row a, #transfers-group a.addlink")
    form.locator("#transfers-0 .field-mechanism .select2-selection").click()
    first = form.locator(".select2-results__option").first
    expect(first).to_contain_text("Adekvansbeslut Japan")
    expect(first.locator(".purpose")).to_have_text("beslut om Japan, för vissa mottagare")


def test_a_new_vendor_that_may_be_there_is_shown_as_it_is_typed_and_not_asked_again(
    register: None, signed_in_page: Any
) -> None:
    page = signed_in_page
    page.goto("/admin/registry/vendor/add/")
    page.fill("#id_name", "Enom Inc")
    expect(page.locator(".same-vendors a")).to_have_text("Enom LLC")
    page.fill("#id_change_reason", "x")
    page.click("[name=_save]")
    page.wait_for_url("**/admin/vendors/*")
    assert Vendor.objects.filter(name="Enom Inc").exists()


def test_a_new_vendor_is_given_an_activity_and_a_transfer_with_the_verdict(register: None, signed_in_page: Any) -> None:
    page = signed_in_page
    page.goto("/admin/registry/vendor/add/")
    page.fill("#id_name", "Nytt AB")
    page.click("#activities-group .add-row a, #activities-group a.addlink")
    page.fill("#id_activities-0-purpose", "Drift")
    page.select_option("#id_activities-0-country", "US")
    verdict = page.locator("#activities-0 .field-verdict .readonly .verdict")
    expect(verdict).to_have_class("verdict verdict-not_covered")
    choose(page, "#activities-0 .field-transfer_mechanism", "modul 2")
    page.fill("#id_activities-0-transfer_signed_on", "2026-01-01")
    page.fill("#id_activities-0-transfer_assessed_on", "2026-01-01")
    expect(verdict).to_have_class("verdict verdict-covered")
    page.fill("#id_change_reason", "x")
    page.click("[name=_save]")
    page.wait_for_url("**/admin/vendors/*")
    assert Transfer.objects.get(activity__vendor__name="Nytt AB").mechanism.code == "scc_2021_m2"


def test_a_former_name_is_offered_where_the_name_changes(register: None, signed_in_page: Any) -> None:
    vendor = Vendor.objects.get(name="Enom LLC")
    signed_in_page.goto(f"/admin/registry/vendor/{vendor.pk}/change/")
    keep = signed_in_page.locator("#id_keep_name")
    expect(keep).to_be_hidden()
    signed_in_page.fill("#id_name", "Enom II")
    expect(keep).to_be_visible()
    expect(keep).to_be_checked()
    signed_in_page.fill("#id_name", "Enom LLC")
    expect(keep).to_be_hidden()
