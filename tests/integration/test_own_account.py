"""One's own account: what one may do, in which browsers one is signed in, and the end of those sessions."""

import time

import pytest
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.accounts.own_sessions import browser_name, sessions_of
from registry.accounts.roles import ROLE_DESCRIPTIONS, sync_roles
from registry.accounts.sessions import SEEN, STORED_EACH
from registry.models import ChangeSet, User
from tests.integration.pages import text_of
from tests.integration.records import notes

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("sessions, which Django stores")]

PASSWORD = "a long password for tests"
ACCOUNT, SESSIONS, INDEX = (reverse(f"admin:{name}") for name in ("account", "sessions", "index"))
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5"
    " Mobile/15E148 Safari/604.1"
)


def signed_in(name="eva", browser=FIREFOX):
    client = Client(headers={"accept-language": "en", "user-agent": browser})
    client.post(reverse("admin:login"), {"username": name, "password": PASSWORD}, REMOTE_ADDR="192.0.2.7")
    return client


def is_in(client):
    return client.get(INDEX).status_code == 200


@pytest.fixture
def eva(make_user):
    return make_user()


def test_the_account_says_in_words_what_one_may_do(eva):
    sync_roles()
    eva.groups.add(Group.objects.get(name="Editor"))
    text = text_of(signed_in().get(ACCOUNT))
    assert str(ROLE_DESCRIPTIONS["Editor"]) in text
    assert str(ROLE_DESCRIPTIONS["Auditor"]) not in text
    assert "rights beyond roles" not in text


def test_the_header_leads_to_it(eva):
    assert f'href="{ACCOUNT}"' in signed_in().get(INDEX).text


def test_each_session_is_listed_with_its_browser_and_this_one_is_marked(eva, make_user):
    make_user(name="olle")
    signed_in("olle")
    signed_in(browser=PHONE)
    text = text_of(signed_in().get(SESSIONS))
    assert text.index("Firefox on Windows this browser") < text.index("Safari on iPhone")
    assert "192.0.2.7" in text
    assert text.count("last action about") == 2


def test_one_session_is_ended_and_no_other(eva):
    here, phone, other = signed_in(), signed_in(browser=PHONE), signed_in()
    mark = next(each.mark for each in sessions_of(eva, None) if "iPhone" in each.browser)
    assert here.post(SESSIONS, {"end": mark}).status_code == 302
    assert (is_in(here), is_in(phone), is_in(other)) == (True, False, True)
    assert ("user: eva", "session", "Safari on iPhone", "ended") in notes(ChangeSet.objects.filter(source="admin")[0])


def test_all_other_sessions_are_ended(eva, make_user):
    make_user(name="olle")
    olle, here, phone, other = signed_in("olle"), signed_in(), signed_in(browser=PHONE), signed_in()
    here.post(SESSIONS, {"others": "1"})
    assert [is_in(each) for each in (olle, here, phone, other)] == [True, True, False, False]


def test_nobody_ends_the_session_of_somebody_else(eva, make_user):
    olle = make_user(name="olle")
    theirs, here = signed_in("olle"), signed_in()
    here.post(SESSIONS, {"end": sessions_of(olle, None)[0].mark})
    assert is_in(theirs)


def test_sessions_that_are_over_are_not_listed(eva, settings, monkeypatch):
    signed_in(browser=PHONE)
    eva.end_sessions()
    assert sessions_of(User.objects.get(pk=eva.pk), None) == []
    signed_in()
    settings.SESSION_COOKIE_AGE = 0
    assert sessions_of(User.objects.get(pk=eva.pk), None) == []


def test_what_is_sent_stores_when_every_quarter_of_an_hour_and_looking_stores_nothing(eva, monkeypatch):
    client = signed_in()
    start = time.time()
    before = client.session[SEEN]
    for seconds, stored in ((STORED_EACH - 60, False), (STORED_EACH + 60, True)):
        monkeypatch.setattr("registry.accounts.sessions.time.time", lambda at=seconds: start + at)
        assert is_in(client)
        assert client.session[SEEN] == before
        client.post(reverse("admin:stay_signed_in"))
        assert (client.session[SEEN] > before) is stored


def test_the_list_takes_one_query_however_many_there_are(eva):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            sessions_of(eva, None)
        return len(captured)

    signed_in()
    assert queries() == 1
    for _ in range(5):
        signed_in()
    assert queries() == 1
    assert Session.objects.count() >= 6


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (FIREFOX, "Firefox on Windows"),
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.0", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_browsers_have_names(said, name):
    assert browser_name(said) == name


def test_whoever_is_refused_has_the_header_and_the_way_on(sign_in):
    client = sign_in("view_vendor", "view_processingactivity")
    page = client.get(reverse("admin:registry_user_changelist"))
    assert page.status_code == 403
    assert f'href="{ACCOUNT}"' in page.text
    assert f'href="{reverse("admin:vendors")}"' in page.text
    assert f'href="{reverse("admin:registry_user_changelist")}"' not in page.text
