import pytest
from django.contrib.auth.models import AbstractUser
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import DESKTOP, PHONE


@pytest.mark.parametrize("viewport", [pytest.param(DESKTOP, id="desktop"), pytest.param(PHONE, id="phone")])
def test_signing_in_shows_the_first_page_and_signing_out_ends_it(signed_in_page: Page, viewport: ViewportSize) -> None:
    expect(signed_in_page).to_have_url("/admin/")
    assert signed_in_page.viewport_size == viewport

    signed_in_page.click("#logout-form button")
    expect(signed_in_page.locator("#logout-form")).to_have_count(0)

    signed_in_page.goto("/admin/")
    expect(signed_in_page.locator("#login-form")).to_be_visible()


def test_a_wrong_password_is_refused_with_words(page: Page, superuser: AbstractUser) -> None:
    page.goto("/admin/login/")
    page.fill("#id_username", superuser.get_username())
    page.fill("#id_password", "not the password")
    page.click("#login-form [type=submit]")
    expect(page.locator(".errornote")).to_be_visible()
    expect(page.locator("#logout-form")).to_have_count(0)


def test_a_complaint_of_the_browser_is_noticed(page: Page, complaints: list[str]) -> None:
    page.goto("/admin/login/")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')")
    page.evaluate("setTimeout(() => { throw new Error('broken') })")
    page.wait_for_function("true")
    assert any("Content-Security-Policy" in complaint for complaint in complaints)
    assert any("broken" in complaint for complaint in complaints)
    complaints.clear()
