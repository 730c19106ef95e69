"""With REQUIRE_SECOND_FACTOR a password alone opens nothing. The product in a process of its own."""

import base64
import hashlib
import hmac
import json
import re
import struct
import time

import pytest
from django.db import connection

from tests.postgres import running_server
from tests.servers import Browser, Server, manage

PASSWORD = "a long password for tests"
LOGIN, ACTIVATE = "/account/login/", "/account/second-factor/totp/activate/"


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    def prepared(url):
        found = {"DATABASE_URL": url, "REQUIRE_SECOND_FACTOR": "1"}
        manage("migrate", "-v0", **found)
        return found

    if connection.vendor == "postgresql":
        with running_server() as url:
            yield prepared(url)
    else:
        yield prepared(f"sqlite:///{tmp_path_factory.mktemp('factor')}/register.sqlite3")


@pytest.fixture(scope="module")
def server(environment):
    running = Server(**environment)
    yield running
    running.stop()


def run(environment, code):
    return manage("shell", "-v0", "-c", f"import json; from registry.models import *; {code}", **environment).stdout


def person(environment, name):
    run(environment, f"User.objects.create_superuser({name!r}, password={PASSWORD!r})")
    return Browser(name, PASSWORD)


def sign_in(browser, server):
    browser.get(server, LOGIN)
    return browser.post(server, f"{LOGIN}?next=/admin/", {"login": browser.name, "password": browser.password})


def is_asked_for_it(answer):
    return "/account/reauthenticate/" in answer.url and "totp" in answer.url


def code_of(secret):
    """As an app computes it: RFC 6238."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def set_up(browser, server):
    """The password once more, and the code of the secret that is shown."""
    page = browser.post(server, f"/account/reauthenticate/?next={ACTIVATE}", {"password": PASSWORD}).text
    secret = re.search(r'value="([A-Z2-7]{16,})"', page).group(1)
    return secret, browser.post(server, ACTIVATE, {"code": code_of(secret)})


def test_a_password_alone_leads_to_setting_up_a_second_factor_and_nowhere_else(server, environment):
    eva = person(environment, "eva")
    assert is_asked_for_it(sign_in(eva, server))
    for path in ("/admin/", "/admin/registry/vendor/", "/admin/registry/vendor/add/", "/admin/password_change/"):
        assert is_asked_for_it(eva.get(server, path))
    assert eva.get(server, "/account/second-factor/").status == 200


def test_afterwards_each_sign_in_asks_for_the_code(server, environment):
    olle = person(environment, "olle")
    sign_in(olle, server)
    secret, _ = set_up(olle, server)
    assert olle.get(server, "/admin/registry/vendor/").url.endswith("/admin/registry/vendor/")
    again = Browser("olle", PASSWORD)
    assert "/second-factor/authenticate/" in sign_in(again, server).url
    assert "/authenticate/" in again.get(server, "/admin/").url
    wrong = again.post(server, "/account/second-factor/authenticate/", {"code": "000000"})
    assert "/authenticate/" in wrong.url
    stored = run(
        environment, "from allauth.mfa.models import Authenticator as A; print(list(A.objects.values('data')))"
    )
    assert secret not in stored


def test_it_is_on_record(server, environment):
    tuva = person(environment, "tuva")
    sign_in(tuva, server)
    set_up(tuva, server)
    rows = "ChangeSet.objects.filter(user__username='tuva').values_list('details', flat=True)"
    details = json.loads(run(environment, f"print(json.dumps(list({rows})))"))
    notes = [note for each in details for note in each.get("notes", [])]
    assert {"entry": "user: tuva", "field": "second factor", "before": "", "after": "totp"} in notes
    assert manage("verify_history", **environment).returncode == 0


def test_keys_and_passkeys_can_be_added(server, environment):
    siv = person(environment, "siv")
    sign_in(siv, server)
    set_up(siv, server)
    page = siv.get(server, "/account/second-factor/webauthn/add/")
    assert page.status == 200
    assert "allauth.webauthn.forms.addForm" in page.text
    assert not re.search(r"<script(?![^>]*(src=|type=\"application/json\"))", page.text)


def test_who_lost_it_gets_another_from_the_host_on_record(server, environment):
    rut = person(environment, "rut")
    sign_in(rut, server)
    set_up(rut, server)
    done = manage("reset_second_factor", "rut", "--reason", "Lost phone, seen in person", **environment)
    assert "next sign-in" in done.stdout
    assert "/login/" in rut.get(server, "/admin/").url
    assert is_asked_for_it(sign_in(Browser("rut", PASSWORD), server))
    reasons = json.loads(
        run(environment, "print(json.dumps(list(ChangeSet.objects.values_list('reason', flat=True))))")
    )
    assert "Lost phone, seen in person" in reasons


def test_guessing_locks_here_too(server, environment):
    person(environment, "mia")
    guesser = Browser("mia", "wrong")
    for _ in range(5):
        sign_in(guesser, server)
    guesser.password = PASSWORD
    sign_in(guesser, server)
    assert LOGIN in guesser.get(server, "/admin/").url


@pytest.mark.parametrize("path", ["/account/signup/", "/account/email/", "/account/reset_password/"])
def test_nobody_signs_up_or_resets(server, path):
    assert LOGIN in Browser().get(server, path).url


def test_it_does_not_go_with_a_provider(environment):
    refused = manage("check", check=False, **environment, OIDC_URL="http://127.0.0.1:1", OIDC_CLIENT_ID="x",
        OIDC_CLIENT_SECRET="x", OIDC_ROLES="a=Reader")  # fmt: skip
    assert refused.returncode != 0
    assert "the provider asks for it" in refused.stderr
