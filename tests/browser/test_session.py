"""The end of a session: a warning in time with a way to stay, and what was typed comes back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from registry.models import Vendor, change_set

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def form(superuser: Any, signed_in_page: Any) -> Any:
    with change_set(source="command"):
        vendor = Vendor(name="Exempel AB")
        vendor.save()
    signed_in_page.clock.install()
    signed_in_page.goto(f"/admin/registry/vendor/{vendor.pk}/change/")
    return signed_in_page


def test_who_types_is_warned_in_time_and_stays_with_a_button(form: Any, settings: Any) -> None:
    warning = form.locator("#session-end")
    form.fill("#id_notes", "inte sparat")
    expect(warning).to_be_hidden()
    form.clock.fast_forward((settings.SESSION_IDLE_SECONDS - 4 * 60) * 1000)
    expect(warning).to_contain_text("4 minuter")
    expect(form.locator("#id_notes")).to_be_focused()
    form.get_by_role("button", name="Förbli inloggad").click()
    expect(warning).to_be_hidden()
    assert form.input_value("#id_notes") == "inte sparat"


def test_what_is_saved_after_the_end_comes_back_after_the_sign_in(
    form: Any, settings: Any, superuser: Any, password: str
) -> None:
    form.fill("#id_notes", "inte sparat")
    form.fill("#id_change_reason", "Ändrat i samråd")
    Session.objects.all().delete()
    form.clock.fast_forward((settings.SESSION_IDLE_SECONDS + 60) * 1000)
    expect(form.locator("#session-end")).to_contain_text("Sessionen är slut")
    expect(form.get_by_role("button", name="Förbli inloggad")).to_be_hidden()
    form.click("input[name=_save]")
    form.fill("#id_username", superuser.get_username())
    form.fill("#id_password", password)
    form.get_by_role("button", name="Logga in").click()
    assert form.input_value("#id_notes") == "inte sparat"
    assert Vendor.objects.get().notes == ""
    form.click("input[name=_save]")
    expect(form.locator(".messagelist")).to_be_visible()
    assert Vendor.objects.get().notes == "inte sparat"
