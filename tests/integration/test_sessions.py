"""A sign-in ends: on request, everywhere at once, and by itself."""

import time

import pytest
from django.test import Client
from django.urls import reverse

from registry.models import ChangeSet, User

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("sign-in")]

PASSWORD = "a long password for tests"
INDEX, EVERYWHERE = reverse("admin:index"), reverse("admin:sign_out_everywhere")


@pytest.fixture
def browsers(make_user):
    make_user()
    both = [Client(), Client()]
    for browser in both:
        browser.post(reverse("admin:login"), {"username": "eva", "password": PASSWORD})
    return both


def is_in(browser):
    return browser.get(INDEX).status_code == 200


@pytest.fixture
def later(monkeypatch):
    def go(seconds):
        now = time.time()
        monkeypatch.setattr("registry.accounts.sessions.time.time", lambda: now + seconds)

    return go


def test_signing_out_everywhere_ends_every_session(browsers):
    first, second = browsers
    assert first.get(EVERYWHERE).status_code == 200
    assert is_in(second)
    said = first.post(EVERYWHERE, follow=True, headers={"accept-language": "en"}).text
    assert "You are signed out in all browsers." in said
    assert "nothing of this was saved" not in said
    assert not is_in(first)
    assert not is_in(second)
    notes = ChangeSet.objects.filter(details__has_key="notes").first().details["notes"]
    assert {"entry": "user: eva", "field": "sessions_ended", "before": "0", "after": "1"} in notes


def test_a_stolen_session_is_worth_nothing_afterwards(browsers):
    first, second = browsers
    thief = Client()
    thief.cookies.update(second.cookies)
    assert is_in(thief)
    first.post(EVERYWHERE)
    assert not is_in(thief)


def test_a_new_password_ends_the_other_sessions(browsers):
    user = User.objects.get(username="eva")
    user.set_password("another long password")
    user.save()
    assert not any(map(is_in, browsers))


def test_an_administrator_signs_others_out(browsers, admin):
    eva = User.objects.get(username="eva")
    data = {"action": "sign_out_everywhere", "_selected_action": [eva.pk]}
    admin.post(reverse("admin:registry_user_changelist"), data)
    assert not any(map(is_in, browsers))
    assert is_in(admin)


def test_an_idle_session_ends_on_record(browsers, later, settings):
    later(settings.SESSION_IDLE_SECONDS)
    assert not is_in(browsers[0])
    newest = ChangeSet.objects.first()
    assert (newest.source, newest.user_name, newest.details) == ("sign_out", "eva", {"ended": "idle"})


def test_use_keeps_a_session_awake_but_not_for_ever(browsers, later, settings, monkeypatch):
    start = time.time()
    step = settings.SESSION_IDLE_SECONDS - 100
    for number in range(1, settings.SESSION_COOKIE_AGE // step + 1):
        monkeypatch.setattr("registry.accounts.sessions.time.time", lambda number=number: start + number * step)
        assert is_in(browsers[0])
    monkeypatch.setattr("registry.accounts.sessions.time.time", lambda: start + settings.SESSION_COOKIE_AGE + 5)
    assert not is_in(browsers[0])
    assert ChangeSet.objects.first().details == {"ended": "longest session"}


def test_nothing_is_done_in_the_name_of_a_session_that_is_over(admin, activity, later, settings):
    later(settings.SESSION_IDLE_SECONDS + 1)
    address = reverse("admin:registry_vendor_delete", args=[activity.vendor_id])
    assert "/login/" in admin.post(address, {"post": "yes"})["location"]
    assert type(activity).objects.filter(pk=activity.pk).exists()


def test_the_key_of_a_session_changes_when_one_signs_in(make_user):
    make_user()
    browser = Client()
    session = browser.session
    session["planted"] = "by somebody"
    session.save()
    planted = session.session_key
    browser.post(reverse("admin:login"), {"username": "eva", "password": PASSWORD})
    assert browser.session.session_key != planted
