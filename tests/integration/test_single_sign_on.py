"""Sign-in by an OpenID Connect provider: one that runs on loopback, and the product in a process of its own."""

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from tests.servers import Browser, Server, Shell, cookie, free_port, manage

pytestmark = pytest.mark.one_database("pages of the sign-in")

ROLES = "legal=Editor,security=Auditor,boss=Administrator"


@pytest.fixture(scope="module")
def provider():
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"{address}/.well-known/openid-configuration", timeout=2):
                break
        except OSError:
            time.sleep(0.1)
    yield address
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="module")
def environment(provider, databases):
    found = {
        "DATABASE_URL": databases.migrated(),
        "OIDC_URL": provider,
        "OIDC_CLIENT_ID": "register",
        "OIDC_ROLES": ROLES,
    }
    found |= {"OIDC_CLIENT_SECRET": "only for tests", "OIDC_NAME": "Company", "DEBUG": "1"}
    manage("migrate", "-v0", **found)
    return found


@pytest.fixture(scope="module")
def shell(environment):
    running = Shell(**environment)
    running.run("from allauth.socialaccount.models import SocialAccount")
    running.run("User.objects.create_superuser('root', password='a long password for tests')")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def server(environment, shell):
    running = Server(**environment)
    yield running
    running.stop()


def known(shell, sub):
    """What the register knows of a person."""
    code = (
        f"a = SocialAccount.objects.filter(uid={sub!r}).first(); u = a and a.user; "
        "print(json.dumps(u and {'name': u.username, 'roles': sorted(g.name for g in u.groups.all()), "
        "'staff': u.is_staff, 'password': u.has_usable_password(), 'superuser': u.is_superuser}))"
    )
    return json.loads(shell.run(code))


def person(provider, sub, **claims):
    body = json.dumps(claims).encode()
    request = urllib.request.Request(
        f"{provider}/users/{sub}", body, {"Content-Type": "application/json"}, method="PUT"
    )
    with urllib.request.urlopen(request, timeout=10):
        pass


def authorization(browser, server):
    """The address of the provider to which the register sends."""
    page = browser.get(server, "/admin/login/?next=/admin/vendors/").text
    start = re.search(r'href="([^"]*/login/[^"]*)"', page).group(1).replace("&amp;", "&")

    class Stop(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args, **kwargs):
            return None

    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(browser.cookies), Stop)
    with pytest.raises(urllib.error.HTTPError) as sent:
        opener.open(server.address + start)
    with closing(sent.value):
        return sent.value.headers["Location"]


def sign_in(server, sub, browser=None):
    browser = browser or Browser()
    return come_back(browser, authorization(browser, server), sub)


def come_back(browser, there, sub):
    """What the register answers to whom the provider sends back."""
    try:
        with browser.opener.open(there, urlencode({"sub": sub, "action": "authorize"}).encode(), timeout=30) as back:
            return browser, back.status, back.url, back.read().decode()
    except urllib.error.HTTPError as refused:
        with closing(refused):
            return browser, refused.code, refused.url, refused.read().decode()


def is_in(browser, server):
    return urlsplit(browser.get(server, "/admin/").url).path == "/admin/"


def pending_for(shell, process):
    """Each sign-in that has begun is for this, as the address of release 1.0.0 would have made it."""
    code = (
        "from django.contrib.sessions.models import Session\n"
        "from django.contrib.sessions.backends.db import SessionStore\n"
        "for key in Session.objects.values_list('pk', flat=True):\n"
        "    store = SessionStore(key)\n"
        "    for state in store.get('socialaccount_states', {}).values():\n"
        f"        state[0]['process'] = {process!r}\n"
        "    store.save()"
    )
    shell.run(code)


def notes_about(shell, name):
    """What the change log holds about a user: field, before, after; newest first."""
    code = (
        "print(json.dumps([[n['field'], n['before'], n['after']] for c in ChangeSet.objects.all() "
        f"for n in c.details.get('notes', []) if n['entry'] == 'user: {name}']))"
    )
    return json.loads(shell.run(code))


def test_who_has_a_role_by_the_claim_gets_in_and_has_that_role(server, provider, shell):
    person(provider, "id-1", preferred_username="eva", groups=["legal", "canteen"], email="eva@example.com")
    browser, status, url, _ = sign_in(server, "id-1")
    assert (status, urlsplit(url).path) == (200, "/admin/vendors/")
    assert browser.get(server, "/admin/registry/vendor/add/").status == 200
    assert known(shell, "id-1") == {
        "name": "eva",
        "roles": ["Editor"],
        "staff": True,
        "password": False,
        "superuser": False,
    }


def test_without_a_role_nobody_gets_in_and_no_account_is_made(server, provider, shell):
    person(provider, "id-2", preferred_username="utan", groups=["canteen"])
    browser, status, _, page = sign_in(server, "id-2")
    assert status == 403
    assert "no role" in page or "ingen roll" in page
    assert "/login/" in browser.get(server, "/admin/").url
    assert known(shell, "id-2") is None


def test_roles_follow_the_claim_at_each_sign_in(server, provider, shell):
    person(provider, "id-3", preferred_username="olle", groups=["boss"])
    first, *_ = sign_in(server, "id-3")
    assert known(shell, "id-3")["roles"] == ["Administrator"]
    person(provider, "id-3", preferred_username="olle", groups=["security"])
    sign_in(server, "id-3")
    assert known(shell, "id-3")["roles"] == ["Auditor"]
    person(provider, "id-3", preferred_username="olle", groups=[])
    assert sign_in(server, "id-3")[1] == 403
    assert known(shell, "id-3")["roles"] == []
    assert "/login/" in first.get(server, "/admin/").url, "The old session goes on."


def test_who_is_deactivated_stays_out(server, provider, shell):
    person(provider, "id-4", preferred_username="slut", groups=["legal"])
    browser, *_ = sign_in(server, "id-4")
    shell.run("u = User.objects.get(username='slut'); u.is_active = False; u.save()")
    assert "/login/" in browser.get(server, "/admin/").url
    assert sign_in(server, "id-4")[1] == 403


def test_accounts_are_linked_by_sub_never_by_name_or_address(server, provider, shell):
    person(provider, "id-5", preferred_username="root", groups=["legal"], email="root@example.com", email_verified=True)
    shell.run("u = User.objects.get(username='root'); u.email = 'root@example.com'; u.save()")
    assert sign_in(server, "id-5")[1] == 200
    found = known(shell, "id-5")
    assert found["name"] != "root"
    assert not found["superuser"]


@pytest.mark.parametrize("more", ["process=connect", "process=redirect", "scope=openid+all", "auth_params=prompt=none"])
def test_the_address_that_begins_a_sign_in_does_nothing_else(server, more):
    assert Browser().get(server, f"/sso/oidc/provider/login/?{more}").status == 400
    assert Browser().post(server, f"/sso/oidc/provider/login/?{more}", {}).status in {403, 405}


def test_who_is_signed_in_stays_who_they_are(server, provider):
    person(provider, "id-20", preferred_username="siri", groups=["legal"])
    browser, *_ = sign_in(server, "id-20")
    for more in ("", "?process=connect"):
        answer = browser.get(server, f"/sso/oidc/provider/login/{more}")
        assert answer.url == f"{server.address}/admin/"
    assert "Log out" in browser.get(server, "/admin/").text


@pytest.mark.parametrize("process", ["connect", "redirect", None])
def test_the_provider_ties_nobody_to_an_account_that_is_there(server, provider, process, shell):
    victim, stranger = f"id-21-{process}", f"id-22-{process}"
    person(provider, victim, preferred_username=f"tove-{process}", groups=["legal"])
    person(provider, stranger, preferred_username=f"fixa-{process}", groups=["legal"])
    browser = Browser()
    there = authorization(browser, server)
    sign_in(server, victim, browser)
    pending_for(shell, process)
    assert come_back(browser, there, stranger)[1] == 403
    assert known(shell, stranger) is None
    assert is_in(browser, server)
    tried = "print(json.dumps(ChangeSet.objects.filter(source='sign_in_failed').first().details['tried']))"
    assert json.loads(shell.run(tried)) == f"sub {stranger}"


def test_to_be_tied_to_the_provider_is_on_record_and_so_is_the_end_of_it(server, provider, shell):
    person(provider, "id-23", preferred_username="vera", groups=["legal"])
    sign_in(server, "id-23")
    sign_in(server, "id-23")
    tie = "provider sub id-23"
    assert [note for note in notes_about(shell, "vera") if "provider" in note[0]] == [["identity provider", "", tie]]
    shell.run("SocialAccount.objects.get(uid='id-23').delete()")
    assert notes_about(shell, "vera")[0] == ["identity provider", tie, ""]
    sign_in(server, "id-23")
    shell.run("a = SocialAccount.objects.get(uid='id-23'); a.uid = 'id-24'; a.save()")
    name = known(shell, "id-24")["name"]
    assert ["identity provider", "provider sub id-23", ""] in notes_about(shell, name)
    assert ["identity provider", "", "provider sub id-24"] in notes_about(shell, name)


def test_who_signs_in_as_another_in_the_same_browser_is_signed_out_on_record(server, provider, shell):
    for sub, name in (("id-25", "ylva"), ("id-26", "åke")):
        person(provider, sub, preferred_username=name, groups=["legal"])
    browser = Browser()
    there = authorization(browser, server)
    sign_in(server, "id-25", browser)
    assert come_back(browser, there, "id-26")[1] == 200
    said = "print(json.dumps([[c.source, c.user_name] for c in ChangeSet.objects.exclude(reason__contains='rovider')]))"
    assert ["sign_out", "ylva"] in json.loads(shell.run(said))
    assert "åke" in browser.get(server, "/admin/").text


@pytest.mark.parametrize(
    "path",
    ["/sso/oidc/provider/", "/sso/oidc/other/login/", "/sso/oidc/openid_connect/login/", "/sso/oidc/provider/login/x/"],
)
def test_no_other_page_of_the_library_is_there(server, path):
    assert Browser().get(server, path).status == 404


@pytest.mark.parametrize("name", ["ro\N{CYRILLIC SMALL LETTER O}t", "ROOT", "root\N{ZERO WIDTH SPACE}", "r\xf6\xf6t"])
def test_nobody_gets_a_name_like_that_of_another_from_the_provider(server, provider, name, shell):
    sub = f"id-30-{name!a}"
    person(provider, quote(sub), preferred_username=name, name="Ann\N{RIGHT-TO-LEFT OVERRIDE}", groups=["legal"])
    assert sign_in(server, sub)[1] == 200
    given = known(shell, sub)["name"]
    assert given.isascii()
    assert given.lower() != "root"
    full = f"print(json.dumps(User.objects.get(username={given!r}).get_full_name()))"
    assert json.loads(shell.run(full)) == "Ann"


def test_a_code_is_bound_to_its_browser_and_its_request(server, provider):
    person(provider, "id-6", preferred_username="siv", groups=["legal"])
    sent = parse_qs(urlsplit(authorization(Browser(), server)).query)
    assert sent["code_challenge_method"] == ["S256"]
    assert sent["code_challenge"][0]
    assert sent["state"][0]
    callback = f"/sso/oidc/provider/login/callback/?code=stolen&state={sent['state'][0]}"
    other = Browser()
    assert other.get(server, callback).status == 403
    assert "/login/" in other.get(server, "/admin/").url


def test_no_password_opens_anything(server):
    browser = Browser()
    browser.cookies.set_cookie(cookie("csrftoken", "a" * 32))
    said = {"username": "root", "password": "a long password for tests"}
    assert "Company" in browser.post(server, "/admin/login/?next=/admin/", said).text
    assert "/login/" in browser.get(server, "/admin/").url


@pytest.mark.parametrize(
    "path",
    ["/sso/account_signup/", "/sso/socialaccount_signup/", "/accounts/signup/", "/sso/3rdparty/", "/accounts/email/"],
)
def test_nobody_signs_up(server, path):
    answer = Browser().get(server, path)
    assert answer.status == 404 or "/admin/login/" in answer.url


def test_each_sign_in_is_on_record_and_the_history_fits(server, provider, shell):
    person(provider, "id-7", preferred_username="rut", groups=["security"])
    sign_in(server, "id-7")
    said = shell.run(
        "print(json.dumps(list(ChangeSet.objects.filter(user__username='rut').values_list('source', 'reason'))))",
    )
    assert ["sign_in", ""] in json.loads(said)
    assert ["sign_in", "Roles by the identity provider"] in json.loads(said)
    shell.run("from django.core.management import call_command; call_command('verify_history', verbosity=0)")


def test_the_glass_is_broken_from_the_host_once_and_on_record(server, environment, shell):
    link = manage("break_glass", "root", "--reason", "The provider is away", **environment).stdout.strip()
    path = urlsplit(link).path
    browser, second = Browser(), Browser()
    assert browser.get(server, path).status == 200
    assert "Log out" in browser.post(server, path, {}).text
    assert browser.get(server, "/admin/registry/vendor/add/").status == 200
    assert second.get(server, path).status == 403
    said = shell.run("print(json.dumps(list(ChangeSet.objects.values_list('reason', flat=True)[:5])))")
    assert "The provider is away" in json.loads(said)


def broken_glass(shell):
    """The path of a link that the command makes, in a process that runs already."""
    command = "from django.core.management import call_command; call_command('break_glass', 'root', reason='Away')"
    return urlsplit(shell.run(command).strip()).path


@pytest.mark.both_databases
def test_the_glass_is_broken_once_also_at_the_same_moment(server, environment, shell):
    path = broken_glass(shell)
    second = Server(workers=2, **environment)
    try:
        browsers = [(Browser(), (server, second)[number % 2]) for number in range(4)]
        for browser, there in browsers:
            browser.get(there, path)
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda each: each[0].post(each[1], path, {}), browsers))
        assert sum(is_in(browser, there) for browser, there in browsers) == 1
    finally:
        second.stop()


def test_the_glass_can_be_broken_by_who_is_signed_in_as_another(server, provider, shell):
    person(provider, "id-27", preferred_username="moa", groups=["legal"])
    browser, *_ = sign_in(server, "id-27")
    path = broken_glass(shell)
    browser.get(server, path)
    assert "Log out" in browser.post(server, path, {}).text
    newest = "print(json.dumps([[c.source, c.user_name] for c in ChangeSet.objects.all()[:1]]))"
    assert json.loads(shell.run(newest)) == [["sign_in", "root"]]


def test_nobody_but_a_superuser_goes_past_the_provider(environment, shell):
    shell.run("User.objects.create_user('plain', is_staff=True)")
    refused = manage("break_glass", "plain", "--reason", "x", check=False, **environment)
    assert refused.returncode == 2
    assert "no active superuser" in refused.stderr


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"OIDC_CLIENT_SECRET": ""}, "OIDC_CLIENT_SECRET"),
        ({"OIDC_ROLES": ""}, "OIDC_ROLES"),
        ({"OIDC_ROLES": "legal=Boss"}, "Boss is no role"),
        ({"DEBUG": "0", "SECRET_KEY": "x" * 40, "ALLOWED_HOSTS": "x"}, "https://"),
    ],
    ids=["secret", "roles", "role", "http"],
)
def test_it_does_not_start_half_configured(environment, changes, advice):
    refused = manage("check", check=False, **{**environment, **changes})
    assert refused.returncode != 0
    assert advice in refused.stderr
