"""From the invitation to the first saved change: roles in words, links good once, first passwords replaced."""

import re
from datetime import timedelta
from smtplib import SMTPException
from threading import Thread

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from registry.accounts import password_links
from registry.accounts.password_links import link_for
from registry.accounts.roles import ROLE_DESCRIPTIONS
from registry.models import ChangeSet, User, Vendor
from registry.web.permissions import user_of
from tests.integration.pages import text_of, url
from tests.integration.proving import finding
from tests.integration.records import notes

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("accounts, which Django stores")]

ADD, LOGIN, FORGOTTEN = url("user_add"), reverse("admin:login"), reverse("password_forgotten")
INDEX, OWN_PASSWORD = reverse("admin:index"), reverse("admin:password_change")
FIRST, OWN = "a long first password", "an entirely new phrase"
CHOSEN = {"new_password1": OWN, "new_password2": OWN}


@pytest.fixture
def with_mail(settings):
    settings.MAIL_IS_SENT = True
    settings.SITE_URL = "https://register.example.com"


@pytest.fixture
def sent_at_once(monkeypatch):
    monkeypatch.setattr(Thread, "start", Thread.run)


def role(name):
    return Group.objects.get(name=name).pk


def new(**changes):
    return {"username": "nina", "first_name": "Nina", "email": "nina@example.com", "language": "en", **changes}


def browser():
    return Client(headers={"accept-language": "en"})


def signed_in(name, password):
    client = browser()
    assert client.post(LOGIN, {"username": name, "password": password}).status_code == 302
    return client


def path_in(message):
    return re.findall(r"https://register\.example\.com(/\S+)", message.body)[0]


def choose(client, path, **data):
    """Follow the link of a mail and choose the password, as a browser does."""
    page = client.get(path, follow=True)
    return client.post(page.request["PATH_INFO"], {**CHOSEN, **data})


def test_a_first_day_from_the_invitation_to_the_first_saved_change(admin, roles, with_mail):
    answer = admin.post(ADD, new(groups=[role("Editor")], invite="on"), follow=True)
    assert "A link to choose a password was sent to nina@example.com." in text_of(answer)
    nina = User.objects.get(username="nina")
    assert (nina.is_staff, nina.is_superuser, nina.has_usable_password()) == (True, False, False)
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["nina@example.com"], "Your account in the register of processors")
    assert "nina" in message.body
    client = browser()
    assert choose(client, path_in(message))["location"] == reverse("password_chosen")
    assert ChangeSet.objects.first().reason == "Password chosen by the link of a mail"
    client = signed_in("nina", OWN)
    client.post(url("vendor_add"), {"name": "First AB", "role": "processor", "status": "active"})
    assert client.get(url("vendor_add")).status_code == 200
    assert finding() == ""


def test_the_mail_is_in_the_language_of_the_user(admin, roles, with_mail):
    admin.post(ADD, new(language="sv", groups=[role("Reader")], invite="on"))
    assert "Välj ett lösenord här:" in mail.outbox[0].body


def test_a_link_leads_to_the_register_whatever_host_was_asked(admin, roles, with_mail, settings):
    settings.ALLOWED_HOSTS = ["*"]
    admin.post(ADD, new(groups=[role("Reader")], invite="on"), headers={"host": "elsewhere.example"})
    assert "elsewhere" not in mail.outbox[0].body
    assert "https://register.example.com/password/" in mail.outbox[0].body


def test_a_link_is_good_once(make_user, roles):
    eva = make_user()
    path = link_for(eva).partition("8000")[2]
    first, second = browser(), browser()
    pages = [each.get(path, follow=True).request["PATH_INFO"] for each in (first, second)]
    assert first.post(pages[0], CHOSEN).status_code == 302
    late = second.post(
        pages[1], {"new_password1": "something else altogether", "new_password2": "something else altogether"}
    )
    assert late.status_code in {200, 403}
    eva.refresh_from_db()
    assert eva.check_password(OWN)
    assert "This link is of no use any more" in text_of(browser().get(path))


def test_a_link_spent_at_the_same_moment_elsewhere_is_refused(make_user, monkeypatch):
    eva = make_user()
    path = link_for(eva).partition("8000")[2]
    monkeypatch.setattr(password_links, "spend", lambda key, until: False)
    assert choose(browser(), path).status_code == 403
    eva.refresh_from_db()
    assert not eva.check_password(OWN)


def test_a_link_is_good_for_a_day(make_user, monkeypatch):
    path, now = link_for(make_user()).partition("8000")[2], default_token_generator._now
    for hours, good in ((23, True), (25, False)):
        later = now() + timedelta(hours=hours)
        monkeypatch.setattr(default_token_generator, "_now", lambda at=later: at)
        assert ("Choose a password for the user name" in text_of(browser().get(path, follow=True))) is good


@pytest.mark.parametrize("change", ["is_active", "is_staff"])
def test_a_link_lets_nobody_in_who_may_not_sign_in(make_user, change):
    eva = make_user()
    path = link_for(eva).partition("8000")[2]
    setattr(eva, change, False)
    eva.save()
    assert "of no use any more" in text_of(browser().get(path, follow=True))


def test_a_weak_password_is_refused_by_the_link_too(make_user):
    path = link_for(make_user()).partition("8000")[2]
    answer = choose(browser(), path, new_password1="short", new_password2="short")
    assert answer.status_code == 200
    assert "too short" in text_of(answer)


def test_an_invitation_that_cannot_be_sent_is_said_and_can_be_sent_again(admin, roles, with_mail, monkeypatch):
    def fail(self):
        raise SMTPException

    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", fail)
        answer = admin.post(ADD, new(groups=[role("Reader")], invite="on"), follow=True)
    assert "The link could not be sent" in text_of(answer)
    nina = User.objects.get(username="nina")
    form = new(groups=[role("Reader")], is_active="on", _invite="1")
    answer = admin.post(url("user_change", nina.pk), form, follow=True)
    assert "was sent to nina@example.com" in text_of(answer)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("lacking", [{"email": ""}, {"groups": []}], ids=["address", "role"])
def test_an_invitation_needs_an_address_and_a_role(admin, roles, with_mail, lacking):
    data = {**new(groups=[role("Reader")], invite="on"), **lacking}
    assert admin.post(ADD, data).status_code == 200
    assert not User.objects.filter(username="nina").exists()
    assert mail.outbox == []


def test_without_mail_the_first_password_has_to_be_replaced(admin, roles):
    page = admin.get(ADD)
    assert "Invite by mail" not in text_of(page)
    admin.post(ADD, new(groups=[role("Editor")], password1=FIRST, password2=FIRST, language="en"))
    client = signed_in("nina", FIRST)
    assert client.get(INDEX)["location"] == OWN_PASSWORD
    assert client.get(url("vendor_add"))["location"] == OWN_PASSWORD
    assert client.post(url("vendor_add"), {"name": "X"})["location"] == OWN_PASSWORD
    assert not Vendor.objects.exists()
    page = client.get(OWN_PASSWORD)
    assert "Choose a password of your own first" in text_of(page)
    same = client.post(OWN_PASSWORD, {"old_password": FIRST, "new_password1": FIRST, "new_password2": FIRST})
    assert "Choose another password" in text_of(same)
    assert client.post(OWN_PASSWORD, {"old_password": FIRST, **CHOSEN}).status_code == 302
    assert client.get(INDEX).status_code == 200
    fields = [note[1:] for change in ChangeSet.objects.all() for note in notes(change)]
    assert ("must_change_password", "True", "False") in fields
    assert finding() == ""


def test_a_password_that_somebody_else_sets_has_to_be_replaced(admin, make_user):
    eva = make_user()
    data = {"password1": FIRST, "password2": FIRST, "usable_password": "true"}
    admin.post(reverse("admin:auth_user_password_change", args=[eva.pk]), data)
    assert signed_in("eva", FIRST).get(INDEX)["location"] == OWN_PASSWORD


def test_one_s_own_password_is_changed_on_one_s_own_page(admin):
    boss = User.objects.get(username="admin")
    assert admin.get(reverse("admin:auth_user_password_change", args=[boss.pk]))["location"] == OWN_PASSWORD


def test_users_of_earlier_releases_are_not_asked(make_user):
    make_user()
    assert signed_in("eva", "a long password for tests").get(INDEX).status_code == 200


def test_a_forgotten_password_is_replaced_by_mail(make_user, with_mail, sent_at_once):
    eva = make_user()
    eva.email = "eva@example.com"
    eva.save()
    before = signed_in("eva", "a long password for tests")
    answer = browser().post(FORGOTTEN, {"email": "Eva@example.com"}, follow=True)
    assert "If there is an account with this address" in text_of(answer)
    assert ("password link", "", "eva@example.com") in [note[1:] for note in notes()]
    choose(browser(), path_in(mail.outbox[0]))
    assert before.get(INDEX).status_code == 302
    assert signed_in("eva", OWN).get(INDEX).status_code == 200
    assert finding() == ""


def test_the_answer_says_nothing_about_which_addresses_there_are(make_user, with_mail, sent_at_once):
    eva = make_user()
    eva.email = "eva@example.com"
    eva.save()
    answers = [browser().post(FORGOTTEN, {"email": f"{who}@example.com"}, follow=True) for who in ("eva", "nobody")]
    first, second = (re.sub(r'value="\w{64}"', "", each.text) for each in answers)
    assert first == second
    assert answers[0].redirect_chain == answers[1].redirect_chain
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_nobody_is_mailed_who_may_not_sign_in(make_user, with_mail, sent_at_once, change):
    eva = make_user()
    eva.email = "eva@example.com"
    for name, value in change.items():
        setattr(eva, name, value)
    eva.save()
    assert browser().post(FORGOTTEN, {"email": "eva@example.com"}).status_code == 302
    assert mail.outbox == []


def test_a_user_is_mailed_once_in_five_minutes_wherever_it_is_asked(make_user, with_mail, sent_at_once):
    eva = make_user()
    eva.email = "eva@example.com"
    eva.save()
    for number in range(3):
        browser().post(FORGOTTEN, {"email": "eva@example.com"}, REMOTE_ADDR=f"192.0.2.{number}")
    assert len(mail.outbox) == 1


def test_five_requests_from_an_address_are_enough(with_mail):
    ask = lambda number: browser().post(FORGOTTEN, {"email": f"{number}@example.com"}).status_code  # noqa: E731
    assert [ask(number) for number in range(6)] == [302, 302, 302, 302, 302, 429]
    assert browser().post(FORGOTTEN, {"email": "x@example.com"}, REMOTE_ADDR="192.0.2.9").status_code == 302


def test_the_sign_in_offers_it_only_where_mail_is_sent(settings):
    assert FORGOTTEN not in browser().get(LOGIN).text
    assert "sends no mail" in text_of(browser().get(FORGOTTEN))
    settings.MAIL_IS_SENT = True
    assert FORGOTTEN in browser().get(LOGIN).text


def test_the_form_says_what_each_role_may_do_and_has_no_raw_rights(admin, make_user, roles):
    page = admin.get(url("user_change", make_user().pk))
    assert all(str(text) in text_of(page) for text in ROLE_DESCRIPTIONS.values())
    names = set(page.context["adminform"].form.fields)
    assert {"user_permissions", "is_staff"} & names == set()


def test_being_staff_follows_from_the_role(admin, make_user, roles):
    eva = make_user()
    address = url("user_change", eva.pk)
    kept = new(username="eva", is_active="on")
    admin.post(address, {**kept, "groups": [role("Reader")]})
    assert User.objects.get(pk=eva.pk).is_staff
    admin.post(address, kept)
    assert not User.objects.get(pk=eva.pk).is_staff
    admin.post(address, {**kept, "is_superuser": "on"})
    assert User.objects.get(pk=eva.pk).is_staff
    assert finding() == ""


def test_rights_of_earlier_releases_are_shown_kept_and_removed_on_request(admin, make_user, roles):
    eva = make_user("add_vendor")
    eva.groups.add(Group.objects.create(name="Guests"))
    address = url("user_change", eva.pk)
    text = text_of(admin.get(address))
    assert "Guests" in text
    assert "Can add vendor" in text
    kept = new(username="eva", is_active="on", groups=[role("Reader")])
    admin.post(address, kept)
    assert set(eva.groups.values_list("name", flat=True)) == {"Guests", "Reader"}
    assert list(eva.user_permissions.all()) == [Permission.objects.get(codename="add_vendor")]
    admin.post(address, {**kept, "remove_other_rights": "on"})
    assert set(eva.groups.values_list("name", flat=True)) == {"Reader"}
    assert not eva.user_permissions.exists()
    assert finding() == ""
    assert "Remove the rights beyond roles" not in text_of(admin.get(address))


def test_the_list_of_users_does_not_grow_in_queries(admin, make_user, roles, django_assert_num_queries):
    for number in range(3):
        make_user(name=f"eva{number}").groups.add(role("Reader"))
    with_few = count_queries(admin)
    for number in range(20):
        make_user(name=f"olle{number}").groups.add(role("Reader"))
    assert count_queries(admin) == with_few


def count_queries(client):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        assert client.get(url("user_changelist")).status_code == 200
    return len(queries)


def test_where_a_provider_signs_in_none_of_it_is_shown(admin, make_user, roles, settings):
    settings.SINGLE_SIGN_ON = settings.MAIL_IS_SENT = True
    eva = make_user()
    page = admin.get(url("user_change", eva.pk))
    for text in ("Set a first password", "mail a link", "Chosen by the user", str(ROLE_DESCRIPTIONS["Reader"])):
        assert text not in page.text
    assert admin.get(ADD).status_code == 403
    assert admin.get(reverse("admin:auth_user_password_change", args=[eva.pk])).status_code == 404
    admin.post(url("user_change", eva.pk), new(username="eva", is_active="on", groups=[role("Editor")], _invite="1"))
    assert not eva.groups.exists()
    assert mail.outbox == []
    account = admin.get(reverse("admin:account")).text
    assert OWN_PASSWORD not in account
    assert "You sign in with" in account


@pytest.mark.parametrize(("chosen", "shown"), [("Reader", {"eva"}), ("none", {"olle", "admin"}), ("Editor", set())])
def test_users_are_listed_by_role(admin, make_user, roles, chosen, shown):
    make_user(name="eva").groups.add(role("Reader"))
    make_user(name="olle")
    page = admin.get(url("user_changelist"), {"role": chosen})
    assert {user.username for user in page.context["cl"].result_list} == shown


def test_a_request_of_nobody_has_no_user(rf):
    request = rf.get("/")
    request.user = AnonymousUser()
    with pytest.raises(PermissionDenied):
        user_of(request)
