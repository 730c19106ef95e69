"""Five wrong tries, of whatever kind, lock a user name and an address for 15 minutes; each is on record."""

import re
from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.signals import user_login_failed
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from registry.accounts.sign_in_limits import DELETED_AT_ONCE
from registry.models import ChangeSet, Source, User, change_set, record

pytestmark = pytest.mark.django_db

PASSWORD, WRONG = "a long password for tests", "wrong"
LOGIN, CHANGE, INDEX = reverse("admin:login"), reverse("admin:password_change"), reverse("admin:index")


def tries(client, name="eva", password=WRONG, **address):
    return client.post(LOGIN, {"username": name, "password": password}, **address)


def recorded():
    """Who was signed in, which name was tried, and what was wrong: newest first."""
    failed = ChangeSet.objects.filter(source=Source.SIGN_IN_FAILED)
    return [(each.user_name, each.details["tried"], each.details.get("wrong", "")) for each in failed]


@pytest.fixture
def later(monkeypatch):
    def go(minutes):
        now = timezone.now() + timedelta(minutes=minutes)
        monkeypatch.setattr("axes.handlers.proxy.now", lambda: now)

    return go


def test_a_wrong_old_password_is_on_record_and_counts(sign_in):
    eva = sign_in()
    new = "an entirely new phrase"
    for number in range(1, 6):
        answer = eva.post(CHANGE, {"old_password": "wrong", "new_password1": new, "new_password2": new})
        assert answer.status_code == (429 if number == 5 else 200)
    right = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert eva.post(CHANGE, right).status_code == 429
    assert User.objects.get(username="eva").check_password(PASSWORD)
    assert recorded() == [("eva", "eva", "locked")] + 5 * [("eva", "eva", "old password")]
    assert tries(Client(), password=PASSWORD).status_code == 429, "signing in counts apart"


def test_the_right_old_password_changes_it(sign_in):
    new = "an entirely new phrase"
    answer = sign_in().post(CHANGE, {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert (answer.status_code, recorded()) == (302, [])
    assert User.objects.get(username="eva").check_password(new)


@pytest.mark.parametrize("password", [PASSWORD, WRONG])
def test_who_is_signed_in_is_not_asked_who_they_are(sign_in, make_user, password):
    eva = sign_in()
    make_user(name="olle")
    answer = tries(eva, "olle", password)
    assert (answer.status_code, answer["location"]) == (302, INDEX)
    assert eva.get(INDEX).context["user"].username == "eva"


@pytest.mark.parametrize("password", [PASSWORD, WRONG])
def test_nobody_learns_the_password_of_an_account_that_is_not_staff(password):
    User.objects.create_user("extern", password=PASSWORD)
    assert [tries(Client(), "extern", password).status_code for _ in range(5)] == [200, 200, 200, 200, 429]
    assert recorded() == 5 * [("", "extern", "")]


def test_who_is_no_longer_staff_can_sign_in_as_another(sign_in, make_user):
    eva = sign_in()
    make_user(name="olle")
    User.objects.get(username="eva").groups.clear()
    user = User.objects.get(username="eva")
    user.is_staff = False
    user.save()
    assert tries(eva, "olle", "wrong").status_code == 200
    assert tries(eva, "olle", PASSWORD).status_code == 302
    assert eva.get(INDEX).context["user"].username == "olle"


def test_the_lock_is_of_a_name_and_an_address(make_user):
    make_user()
    make_user(name="olle")
    for _ in range(40):
        tries(Client(), REMOTE_ADDR="192.0.2.1")
    assert tries(Client(), password=PASSWORD, REMOTE_ADDR="192.0.2.1").status_code == 429
    assert tries(Client(), password=PASSWORD, REMOTE_ADDR="192.0.2.2").status_code == 302
    assert tries(Client(), "olle", PASSWORD, REMOTE_ADDR="192.0.2.1").status_code == 302


def test_the_name_of_a_browser_makes_no_difference(make_user):
    make_user()
    answers = [tries(Client(HTTP_USER_AGENT=f"browser {number}")).status_code for number in range(5)]
    assert answers[-1] == 429
    assert AccessAttempt.objects.count() == 1


def test_a_network_of_ipv6_is_one_address(make_user):
    make_user()
    for number in range(5):
        tries(Client(), REMOTE_ADDR=f"2001:db8:0:1::{number + 1:x}")
    assert tries(Client(), password=PASSWORD, REMOTE_ADDR="2001:db8:0:1:ffff::1").status_code == 429
    assert tries(Client(), password=PASSWORD, REMOTE_ADDR="2001:db8:0:2::1").status_code == 302


def test_who_has_no_address_is_counted_too(make_user, settings):
    settings.TRUSTED_PROXIES = ["unix"]
    make_user()
    assert [tries(Client(), REMOTE_ADDR="").status_code for _ in range(5)][-1] == 429
    assert tries(Client(), password=PASSWORD, REMOTE_ADDR="").status_code == 429
    assert tries(Client(), password=PASSWORD, REMOTE_ADDR="", HTTP_X_FORWARDED_FOR="192.0.2.3").status_code == 302


def test_a_lock_ends_however_often_somebody_tries_meanwhile(make_user, later):
    make_user()
    for _ in range(5):
        tries(Client())
    later(14)
    assert tries(Client(), password=PASSWORD).status_code == 429
    later(16)
    assert tries(Client(), password=PASSWORD).status_code == 302


def test_wrong_tries_long_ago_do_not_count(make_user, later):
    make_user()
    for _ in range(4):
        tries(Client())
    later(16)
    assert [tries(Client()).status_code for _ in range(5)] == [200, 200, 200, 200, 429]


def test_one_wrong_try_clears_away_only_so_many_old_ones(make_user):
    make_user()
    old = AccessAttempt.objects.bulk_create(
        AccessAttempt(username=f"name {number}", ip_address="192.0.2.1", user_agent="", failures_since_start=1)
        for number in range(2 * DELETED_AT_ONCE + 1)
    )
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    tries(Client())
    assert AccessAttempt.objects.count() == len(old) - DELETED_AT_ONCE + 1
    for _ in range(2):
        tries(Client())
    assert AccessAttempt.objects.count() == 1


def test_what_is_old_and_not_yet_cleared_away_does_not_count(make_user):
    make_user()
    eva = {"username": "eva", "ip_address": "127.0.0.1", "failures_since_start": 9}
    old = [AccessAttempt(username=str(n), user_agent="", failures_since_start=1) for n in range(DELETED_AT_ONCE)]
    AccessAttempt.objects.bulk_create([*old, AccessAttempt(**eva, user_agent="")])
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert tries(Client()).status_code == 200
    assert AccessAttempt.objects.get().failures_since_start == 1
    assert tries(Client(), password=PASSWORD).status_code == 302


def test_the_answer_says_what_to_do_and_allows_no_other_site(make_user):
    make_user()
    headers = {"accept-language": "en", "x-requested-with": "XMLHttpRequest"}
    for _ in range(5):
        answer = Client(headers=headers).post(LOGIN, {"username": "eva", "password": "wrong"})
    assert "You can try again in 15 minutes, at " in answer.text
    assert answer["Retry-After"] == "900"
    assert "Access-Control-Allow-Origin" not in answer


def test_what_happens_while_a_change_set_is_open_is_recorded_when_that_is_rolled_back():
    with pytest.raises(LookupError), change_set(source=Source.COMMAND):
        record(source=Source.SIGN_IN_FAILED, tried="kept")
        raise LookupError
    assert recorded() == [("", "kept", "")]


def test_a_failed_sign_in_without_a_request_is_on_record_too():
    user_login_failed.send(sender=__name__, credentials={"username": "eva"}, request=None)
    assert recorded() == [("", "eva", "")]


def test_the_page_of_a_lock_counts_down_and_links_nowhere_but_to_the_product(make_user):
    make_user()
    guess = {"username": "eva", "password": "wrong"}
    for _ in range(5):
        Client().post(LOGIN, guess)
    attempt = AccessAttempt.objects.get()
    attempt.attempt_time -= timedelta(minutes=9, seconds=30)
    attempt.save()
    answer = Client(headers={"accept-language": "en"}).post(LOGIN, guess)
    assert answer.status_code == 429
    assert "You can try again in 6 minutes, at " in answer.text
    assert 300 < int(answer["retry-after"]) <= 330
    assert re.findall(r'<a href="([^"]+)"', answer.text) == ["/admin/"]
