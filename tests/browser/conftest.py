"""Pages in Chromium. Whatever the browser complains about fails the test that caused it."""

import os
import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import BrowserContext, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from registry.models import User
from tests.browser.chromium import launch_options

# Playwright keeps an event loop in the thread of the tests, which Django would take for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

#: What is waited for comes when it can: a machine with much to do is no fault of the page. In milliseconds.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)

DESKTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=844)

REPORT_CSP_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`Content-Security-Policy: ${event.violatedDirective} blocked ${event.blockedURI || "inline code"}`);
});
"""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, **launch_options()}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "sv-SE", "timezone_id": "Europe/Stockholm", "viewport": DESKTOP}


@pytest.fixture(scope="session")
def base_url(live_server: LiveServer) -> str:
    """Where addresses like ``page.goto("/admin/")`` begin."""
    return str(live_server.url)


@pytest.fixture
def viewport() -> ViewportSize:
    """The size of the window; a test parametrizes this name with DESKTOP and PHONE to run on both."""
    return DESKTOP


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about. A test that provokes a complaint asserts it and clears the list."""
    return []


@pytest.fixture
def context(context: BrowserContext, complaints: list[str]) -> Iterator[BrowserContext]:
    context.set_default_timeout(PATIENCE)
    context.add_init_script(REPORT_CSP_VIOLATIONS)
    context.on(
        "console",
        lambda message: (
            complaints.append(f"{message.location.get('url', '')}: {message.text}") if message.type == "error" else None
        ),
    )
    context.on("weberror", lambda error: complaints.append(f"{error.page and error.page.url}: {error.error}"))
    yield context
    assert complaints == []


@pytest.fixture
def page(page: Page, viewport: ViewportSize) -> Page:
    page.set_viewport_size(viewport)
    return page


@pytest.fixture
def password() -> str:
    return secrets.token_urlsafe(16)


@pytest.fixture
def superuser(transactional_db: None, password: str) -> User:
    return get_user_model().objects.create_superuser("anna", "anna@example.com", password)


@pytest.fixture
def signed_in_page(page: Page, superuser: User, base_url: str) -> Page:
    """The first page of the superuser, whose session the browser has: the form is for ``test_sign_in.py``."""
    client = Client()
    client.force_login(superuser, "django.contrib.auth.backends.ModelBackend")
    name, session = settings.SESSION_COOKIE_NAME, str(client.session.session_key)
    page.context.add_cookies([{"name": name, "value": session, "url": base_url}])
    page.goto("/admin/")
    expect(page.locator("#logout-form")).to_be_attached()
    return page
