"""A colleague's first day, from the invitation to the first saved change: both languages, mouse and keyboard."""

import re

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from playwright.sync_api import expect

from registry.accounts.roles import sync_roles
from registry.models import User, Vendor
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.hands import Keyboard, Mouse
from tests.browser.windows import fits_the_window

pytestmark = [
    pytest.mark.parametrize(
        ("way", "viewport"),
        [pytest.param(Mouse, DESKTOP, id="mouse, wide"), pytest.param(Keyboard, PHONE, id="keyboard, phone")],
    ),
    pytest.mark.parametrize(
        "language",
        [
            pytest.param("sv", marks=pytest.mark.browser_context_args(locale="sv-SE")),
            pytest.param("en", marks=pytest.mark.browser_context_args(locale="en-GB")),
        ],
    ),
]

OWN = "an entirely new phrase"


@pytest.fixture
def hands(way, page, language):
    with translation.override(language):
        yield way(page)


@pytest.fixture
def role(superuser):
    sync_roles()
    return "Editor"


def sign_in(hands, name, password):
    hands.write_in(hands.page.locator("#id_username"), name)
    hands.write_in(hands.page.locator("#id_password"), password)
    hands.push(_("Log in"))


def fill_in_the_new_user(hands, page, language, role):
    page.goto(reverse("admin:registry_user_add"))
    hands.write_in(page.locator("#id_username"), "nina")
    hands.write_in(page.locator("#id_first_name"), "Nina")
    hands.write_in(page.locator("#id_email"), "nina@example.com")
    if language == "en":
        hands.choose_in(page.locator("#id_language"), _("English"))
    hands.tick(page.locator("#id_groups label", has_text=_(role)).locator("input"))
    assert fits_the_window(page)


def change_something(hands, page):
    """As the colleague, at the overview."""
    hands.follow(_("Vendors"))
    hands.follow(re.compile("^(Lägg till leverantör|Add vendor)$", re.IGNORECASE))
    hands.write_in(page.locator("#id_name"), "First AB")
    hands.write(_("Reason for change"), "x")
    hands.push(_("Save"))
    assert Vendor.objects.get().name == "First AB"


@pytest.fixture
def with_mail(settings, base_url):
    settings.MAIL_IS_SENT, settings.SITE_URL = True, base_url


def test_from_the_invitation_to_the_first_saved_change(hands, page, superuser, password, role, language, with_mail):
    page.goto(reverse("admin:index"))
    sign_in(hands, superuser.get_username(), password)
    fill_in_the_new_user(hands, page, language, role)
    hands.push(_("Save"))
    expect(page.locator(".messagelist")).to_contain_text("nina@example.com")
    hands.push(_("Log out"))
    (message,) = mail.outbox
    page.goto(re.findall(r"https?://\S+", str(message.body))[0])
    assert fits_the_window(page)
    hands.write_in(page.locator("#id_new_password1"), OWN)
    hands.write_in(page.locator("#id_new_password2"), OWN)
    hands.push(_("Save the password"))
    hands.follow(_("Sign in"))
    sign_in(hands, "nina", OWN)
    hands.follow("Nina")
    expect(page.locator("main")).to_contain_text(_(role))
    hands.follow(_("Help for this page"))
    expect(page.locator("article")).to_have_attribute("lang", language)
    hands.follow(_("Overview"))
    change_something(hands, page)


def test_from_a_first_password_to_the_first_saved_change(hands, page, superuser, password, role, language):
    page.goto(reverse("admin:index"))
    sign_in(hands, superuser.get_username(), password)
    fill_in_the_new_user(hands, page, language, role)
    hands.write_in(page.locator("#id_password1"), "a long first password")
    hands.write_in(page.locator("#id_password2"), "a long first password")
    hands.push(_("Save"))
    assert User.objects.get(username="nina").must_change_password
    hands.push(_("Log out"))
    page.goto(reverse("admin:index"))
    sign_in(hands, "nina", "a long first password")
    assert page.url.endswith(reverse("admin:password_change"))
    assert fits_the_window(page)
    hands.write_in(page.locator("#id_old_password"), "a long first password")
    hands.write_in(page.locator("#id_new_password1"), OWN)
    hands.write_in(page.locator("#id_new_password2"), OWN)
    hands.push(_("Save the password"))
    hands.follow(_("To the overview"))
    change_something(hands, page)
