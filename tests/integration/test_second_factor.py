"""With REQUIRE_SECOND_FACTOR a password alone opens nothing. The product in a process of its own."""

import base64
import hashlib
import hmac
import json
import re
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from tests.servers import Browser, Server, Shell, manage

pytestmark = pytest.mark.one_database("pages of the sign-in")

PASSWORD = "a long password for tests"
LOGIN, ACTIVATE = "/account/login/", "/account/second-factor/totp/activate/"
AUTHENTICATE, REAUTHENTICATE = "/account/second-factor/authenticate/", "/account/reauthenticate/"


@pytest.fixture(scope="module")
def environment(databases):
    settings = {"DATABASE_URL": databases.migrated(), "REQUIRE_SECOND_FACTOR": "1"}
    manage("migrate", "-v0", **settings)
    return settings


@pytest.fixture(scope="module")
def shell(environment):
    running = Shell(**environment)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def server(environment):
    running = Server(**environment)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def second_server(environment):
    running = Server(workers=2, **environment)
    yield running
    running.stop()


def printed(code, **environment):
    """What the code prints in a process of its own, with these settings."""
    return manage("shell", "-v0", "-c", f"import json; {code}", **environment).stdout


def person(shell, name):
    shell.run(f"User.objects.create_superuser({name!r}, password={PASSWORD!r})")
    return Browser(name, PASSWORD)


def sign_in(browser, server):
    browser.get(server, LOGIN)
    return browser.post(server, f"{LOGIN}?next=/admin/", {"login": browser.name, "password": browser.password})


def is_asked_for_it(answer):
    return "/account/reauthenticate/" in answer.url and "totp" in answer.url


def code_of(secret, later=0):
    """As an app computes it: RFC 6238."""
    counter = struct.pack(">Q", int(time.time()) // 30 + later)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def set_up(browser, server):
    """The password once more, and the code of the secret that is shown."""
    page = browser.post(server, f"/account/reauthenticate/?next={ACTIVATE}", {"password": PASSWORD}).text
    secret = re.search(r'value="([A-Z2-7]{16,})"', page).group(1)
    return secret, browser.post(server, ACTIVATE, {"code": code_of(secret)})


def next_code(secret):
    """A code that was not used yet: ``tests.server_settings`` has it taken already."""
    return code_of(secret, later=1)


def failures(shell, name):
    """What was wrong, and who was signed in: oldest first."""
    rows = f"ChangeSet.objects.filter(source='sign_in_failed', details__tried={name!r}).order_by('pk')"
    code = f"print(json.dumps([[each.details.get('wrong', 'password'), each.user_name] for each in {rows}]))"
    return json.loads(shell.run(code))


def recovery_codes(shell, name):
    code = (
        "from allauth.mfa.models import Authenticator as A; "
        f"a = A.objects.get(user__username={name!r}, type='recovery_codes'); "
        "print(json.dumps(a.wrap().get_unused_codes()))"
    )
    return json.loads(shell.run(code))


def at_the_code(server, name):
    """A browser that has given the password and is asked for the code."""
    browser = Browser(name, PASSWORD)
    assert AUTHENTICATE in sign_in(browser, server).url
    return browser


def is_in(browser, server):
    return urlsplit(browser.get(server, "/admin/").url).path == "/admin/"


def test_a_password_alone_leads_to_setting_up_a_second_factor_and_nowhere_else(server, shell):
    eva = person(shell, "eva")
    assert is_asked_for_it(sign_in(eva, server))
    for path in ("/admin/", "/admin/vendors/", "/admin/registry/vendor/add/", "/admin/password_change/"):
        assert is_asked_for_it(eva.get(server, path))
    assert eva.get(server, "/account/second-factor/").status == 200


def test_afterwards_each_sign_in_asks_for_the_code(server, shell):
    olle = person(shell, "olle")
    sign_in(olle, server)
    secret, _ = set_up(olle, server)
    assert olle.get(server, "/admin/vendors/").url.endswith("/admin/vendors/")
    again = at_the_code(server, "olle")
    assert "/authenticate/" in again.get(server, "/admin/").url
    wrong = again.post(server, AUTHENTICATE, {"code": "000000"})
    assert "/authenticate/" in wrong.url
    stored = shell.run("from allauth.mfa.models import Authenticator as A; print(list(A.objects.values('data')))")
    assert secret not in stored


def test_it_is_on_record(server, shell):
    tuva = person(shell, "tuva")
    sign_in(tuva, server)
    set_up(tuva, server)
    rows = "ChangeSet.objects.filter(user__username='tuva').values_list('details', flat=True)"
    details = json.loads(shell.run(f"print(json.dumps(list({rows})))"))
    notes = [note for each in details for note in each.get("notes", [])]
    assert {"entry": "user: tuva", "field": "second factor", "before": "", "after": "totp"} in notes
    shell.run("from django.core.management import call_command; call_command('verify_history', verbosity=0)")


def test_keys_and_passkeys_can_be_added(server, shell):
    siv = person(shell, "siv")
    sign_in(siv, server)
    set_up(siv, server)
    page = siv.get(server, "/account/second-factor/webauthn/add/")
    assert page.status == 200
    assert "allauth.webauthn.forms.addForm" in page.text
    assert not re.search(r"<script(?![^>]*(src=|type=\"application/json\"))", page.text)


def test_who_lost_it_gets_another_from_the_host_on_record(server, environment, shell):
    rut = person(shell, "rut")
    sign_in(rut, server)
    set_up(rut, server)
    done = manage("reset_second_factor", "rut", "--reason", "Lost phone, seen in person", **environment)
    assert "next sign-in" in done.stdout
    assert "/login/" in rut.get(server, "/admin/").url
    assert is_asked_for_it(sign_in(Browser("rut", PASSWORD), server))
    reasons = json.loads(shell.run("print(json.dumps(list(ChangeSet.objects.values_list('reason', flat=True))))"))
    assert "Lost phone, seen in person" in reasons


def test_guessing_locks_here_too(server, shell):
    person(shell, "mia")
    guesser = Browser("mia", "wrong")
    for _ in range(5):
        sign_in(guesser, server)
    guesser.password = PASSWORD
    sign_in(guesser, server)
    assert LOGIN in guesser.get(server, "/admin/").url


def test_wrong_codes_are_on_record_and_lock_like_wrong_passwords(server, second_server, shell):
    sign_in(ida := person(shell, "ida"), server)
    set_up(ida, server)
    guesser = at_the_code(server, "ida")
    answers = [guesser.post(each, AUTHENTICATE, {"code": "000000"}) for each in 2 * [server, second_server] + [server]]
    assert [answer.status for answer in answers] == [200, 200, 200, 200, 429]
    assert failures(shell, "ida") == 5 * [["code of the second factor", ""]]
    right = recovery_codes(shell, "ida")[0]
    assert guesser.post(second_server, AUTHENTICATE, {"code": right}).status == 429
    assert not is_in(guesser, server)
    assert is_in(ida, server), "Who is signed in is not locked out."


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_a_code_is_good_once_on_all_servers_together(server, second_server, kind, shell):
    name = f"once-{kind}"
    sign_in(owner := person(shell, name), server)
    secret, _ = set_up(owner, server)
    thieves = [at_the_code(server, name) for _ in range(4)]
    code = next_code(secret) if kind == "app" else recovery_codes(shell, name)[0]

    def give(number):
        return thieves[number].post((server, second_server)[number % 2], AUTHENTICATE, {"code": code})

    with ThreadPoolExecutor() as pool:
        list(pool.map(give, range(4)))
    assert sum(is_in(each, server) for each in thieves) == 1
    assert failures(shell, name) == 3 * [["code of the second factor", ""]]


def test_the_code_that_sets_an_app_up_is_spent_too(server, second_server, shell):
    sign_in(siri := person(shell, "siri"), server)
    page = siri.post(server, f"{REAUTHENTICATE}?next={ACTIVATE}", {"password": PASSWORD}).text
    code = next_code(re.search(r'value="([A-Z2-7]{16,})"', page).group(1))
    siri.post(server, ACTIVATE, {"code": code})
    thief = at_the_code(second_server, "siri")
    thief.post(second_server, AUTHENTICATE, {"code": code})
    assert not is_in(thief, second_server)


def test_a_session_from_before_there_was_a_factor_does_not_get_past_it(server, shell):
    sign_in(liv := person(shell, "liv"), server)
    sign_in(thief := Browser("liv", PASSWORD), server)
    set_up(liv, server)
    assert is_in(liv, server)
    assert "/second-factor/reauthenticate/" in thief.get(server, "/admin/").url
    for path in (ACTIVATE, "/account/second-factor/webauthn/add/", REAUTHENTICATE):
        assert "/second-factor/reauthenticate/" in thief.get(server, path).url
    thief.post(server, "/account/second-factor/reauthenticate/", {"code": recovery_codes(shell, "liv")[0]})
    assert is_in(thief, server), "With the factor it goes on."


def test_a_wrong_password_when_asked_again_is_on_record_and_counts(server, shell):
    sign_in(eli := person(shell, "eli"), server)
    answers = [eli.post(server, REAUTHENTICATE, {"password": "wrong"}).status for _ in range(6)]
    assert answers == [200, 200, 200, 200, 429, 429]
    assert failures(shell, "eli") == 6 * [["password", "eli"]]


def test_who_is_deactivated_before_the_code_does_not_get_in(server, shell):
    sign_in(nina := person(shell, "nina"), server)
    set_up(nina, server)
    late = at_the_code(server, "nina")
    shell.run("u = User.objects.get(username='nina'); u.is_active = False; u.save()")
    late.post(server, AUTHENTICATE, {"code": recovery_codes(shell, "nina")[0]})
    assert not is_in(late, server)
    newest = (
        "print(json.dumps(list(ChangeSet.objects.filter(user__username='nina').values_list('source', flat=True)[:1])))"
    )
    assert json.loads(shell.run(newest)) != ["sign_in"]


@pytest.mark.parametrize("proxies", ["127.0.0.1", "unix"])
def test_behind_a_proxy_nobody_is_locked_out_by_others(environment, proxies, shell):
    name = f"behind-{proxies}"
    person(shell, name)
    code = (
        "from django.test import Client; "
        f"there = {{'REMOTE_ADDR': {'' if proxies == 'unix' else '127.0.0.1'!r}, 'HTTP_HOST': 'localhost'}}; "
        "ask = lambda address, password, name: Client(**there, HTTP_X_FORWARDED_FOR=address)"
        ".post('/account/login/', {'login': name, 'password': password}).status_code; "
        f"guesses = [ask('192.0.2.1', 'wrong', {name!r}) for _ in range(20)]; "
        "guesses += [ask('192.0.2.1', 'wrong', f'somebody {n}') for n in range(20)]; "
        f"print(json.dumps([guesses[3:6], ask('192.0.2.1', {PASSWORD!r}, {name!r}), "
        f"ask('192.0.2.2', {PASSWORD!r}, {name!r})]))"
    )
    assert json.loads(printed(code, **environment, TRUSTED_PROXIES=proxies)) == [[200, 429, 429], 429, 302]


def test_nobody_is_sent_elsewhere_after_signing_in(environment, shell):
    elsewhere = ["https://example.com/", "//example.com/", "http://other.localhost/"]
    person(shell, "hedda")
    code = (
        "from django.test import Client; "
        f"said = {{'login': 'hedda', 'password': {PASSWORD!r}}}; "
        "sign_in = lambda to: Client(HTTP_HOST='localhost').post('/account/login/', said | {'next': to})['location']; "
        f"print(json.dumps({{each: sign_in(each) for each in {elsewhere!r}}}))"
    )
    led = json.loads(printed(code, **environment, ALLOWED_HOSTS="localhost,.localhost"))
    assert led == dict.fromkeys(elsewhere, "/admin/")


@pytest.mark.parametrize("path", ["trust/", "webauthn/login/", "webauthn/signup/"])
def test_pages_of_the_library_that_nothing_uses_are_not_there(server, path):
    assert Browser().get(server, f"/account/second-factor/{path}").status == 404


@pytest.mark.parametrize("path", ["/account/signup/", "/account/email/", "/account/reset_password/"])
def test_nobody_signs_up_or_resets(server, path):
    assert LOGIN in Browser().get(server, path).url


def test_it_does_not_go_with_a_provider(environment):
    refused = manage("check", check=False, **environment, OIDC_URL="http://127.0.0.1:1", OIDC_CLIENT_ID="x",
        OIDC_CLIENT_SECRET="x", OIDC_ROLES="a=Reader")  # fmt: skip
    assert refused.returncode != 0
    assert "the provider asks for it" in refused.stderr


def links(page):
    """The links and the addresses of forms of a page, without its files."""
    return {
        urlsplit(each).path
        for each in re.findall(r'<(?:a|form)[^>]* (?:href|action)="([^"#]+)"', page.text)
        if not each.startswith("/i18n/")
    }


def test_no_page_that_sets_it_up_links_back_to_itself(server, shell):
    ulla = person(shell, "ulla")
    page = sign_in(ulla, server)
    assert is_asked_for_it(page)
    assert links(page) - {REAUTHENTICATE, "/admin/logout/"} == {"/admin/"}, "the name of the product alone"
    page = ulla.post(server, f"{REAUTHENTICATE}?next={ACTIVATE}", {"password": PASSWORD})
    assert links(page) == {ACTIVATE, "/admin/logout/", "/admin/"}


def test_keys_and_recovery_codes_are_reached_from_one_s_account(server, shell):
    vera = person(shell, "vera")
    sign_in(vera, server)
    _secret, codes = set_up(vera, server)
    kept = recovery_codes(shell, "vera")
    assert all(code in codes.text for code in kept)
    account = vera.get(server, "/admin/account/")
    assert "10 unused codes left" in account.text
    for page in ("webauthn/", "recovery-codes/generate/", "totp/deactivate/"):
        path = f"/account/second-factor/{page}"
        assert path in account.text
        answer = vera.get(server, path)
        assert (answer.status, urlsplit(answer.url).path) == (200, path)
        assert "/admin/account/" in links(answer)
    assert not any(code in vera.get(server, "/account/second-factor/recovery-codes/").text for code in kept)
    again = vera.post(server, "/account/second-factor/recovery-codes/generate/", {})
    assert all(code in again.text for code in recovery_codes(shell, "vera"))
    assert set(recovery_codes(shell, "vera")).isdisjoint(kept)


def test_a_first_password_is_replaced_after_the_second_factor_is_set_up(server, shell):
    wille = person(shell, "wille")
    shell.run("u = User.objects.get(username='wille'); u.must_change_password = True; u.save()")
    assert is_asked_for_it(sign_in(wille, server))
    set_up(wille, server)
    assert urlsplit(wille.get(server, "/admin/registry/vendor/").url).path == "/admin/password_change/"
    new = "an entirely new phrase"
    wille.post(
        server, "/admin/password_change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    )
    assert urlsplit(wille.get(server, "/admin/registry/vendor/").url).path == "/admin/vendors/"
