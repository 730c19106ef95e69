"""What forms do beside their fields: the verdict follows, nothing typed is lost unasked, the keyboard saves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from registry.files.format_registry import DocumentFormat
from registry.files.importing.planner import plan_import
from registry.models import ProcessingActivity, Source, change_set

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
    form.keyboard.press("Control+s")
    form.wait_for_load_state("networkidle")
    assert ProcessingActivity.objects.filter(notes="med tangentbordet").exists()
