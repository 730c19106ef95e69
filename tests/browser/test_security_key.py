"""A security key as the second factor, in a browser that has one. The product in a process of its own."""

from typing import Any

import pytest

from tests.servers import Server, manage

PASSWORD = "a long password for tests"


@pytest.fixture
def address(tmp_path):
    environment: dict[str, Any] = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/register.sqlite3",
        "REQUIRE_SECOND_FACTOR": "1",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
    }
    manage("migrate", "-v0", **environment)
    person = f"from registry.models import User; User.objects.create_superuser('eva', password={PASSWORD!r})"
    manage("shell", "-v0", "-c", person, **environment)
    server = Server(**environment)
    try:
        yield f"http://localhost:{server.port}"  # keys know no numbers
    finally:
        server.stop()


def plug_in(page):
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    key = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": key})["authenticatorId"]


def give_password(page):
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form:has([name=password]) [type=submit]").click()


def sign_in(page, address):
    page.goto(f"{address}/account/login/?next=/admin/")
    page.locator("[name=login]").fill("eva")
    give_password(page)


def test_a_key_is_added_opens_the_register_and_is_asked_for(page, address, complaints):
    plugged_in = plug_in(page)
    sign_in(page, address)
    page.wait_for_url("**/reauthenticate/**")
    page.goto(f"{address}/account/second-factor/webauthn/add/")
    give_password(page)
    page.locator("[name=name]").fill("Nyckelknippan")
    page.get_by_role("button", name="Lägg till").click()
    page.wait_for_url("**/recovery-codes/")
    page.goto(f"{address}/admin/")
    assert page.title().startswith("Översikt")

    page.context.clear_cookies()
    sign_in(page, address)
    page.wait_for_url("**/second-factor/authenticate/")
    page.goto(f"{address}/admin/")
    assert "/second-factor/authenticate/" in page.url, "a password alone opens it"
    page.get_by_role("button", name="Använd en säkerhetsnyckel").click()
    page.wait_for_url(f"{address}/admin/")

    page.context.clear_cookies()
    session, key = plugged_in
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})
    plug_in(page)
    sign_in(page, address)
    with page.expect_console_message(lambda message: message.type == "error"):
        page.get_by_role("button", name="Använd en säkerhetsnyckel").click()
    assert "NotAllowedError" in complaints.pop()
    page.goto(f"{address}/admin/")
    assert "/second-factor/authenticate/" in page.url, "another key opens it"
