"""Nobody gets a user name that could be taken for somebody else's, whichever way it comes; who has one keeps it."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction
from django.urls import reverse

from registry.history.exceptions import SilentChange
from registry.history.guard import lifted
from registry.models import ChangeSet, User, current
from registry.models.user_names import name_key

pytestmark = pytest.mark.django_db

ADD = reverse("admin:registry_user_add")
LOOKALIKES = [
    pytest.param("ev\N{CYRILLIC SMALL LETTER A}", id="a Cyrillic letter"),
    pytest.param("\N{CYRILLIC SMALL LETTER IE}\N{CYRILLIC SMALL LETTER VE}\N{CYRILLIC SMALL LETTER A}", id="Cyrillic"),
    pytest.param("ev\N{GREEK SMALL LETTER ALPHA}", id="a Greek letter"),
    pytest.param("ev\N{LATIN SMALL LETTER ALPHA}", id="a Latin letter of another alphabet"),
    pytest.param("eva\N{ZERO WIDTH SPACE}", id="nothing to see"),
    pytest.param("e\N{SOFT HYPHEN}va", id="a hyphen nobody sees"),
    pytest.param("\N{RIGHT-TO-LEFT OVERRIDE}ave", id="turned around"),
    pytest.param("Eva", id="another case"),
    pytest.param("EVA", id="capitals"),
    pytest.param("éva", id="an accent"),
    pytest.param("e\N{COMBINING ACUTE ACCENT}va", id="an accent of its own"),
    pytest.param("eva", id="full width"),
    pytest.param("eva eva", id="a blank"),
]


@pytest.fixture
def eva(make_user):
    return make_user()


def added(admin, name):
    password = "a long password for tests"
    said = {"username": name, "password1": password, "password2": password, "usable_password": "true"}
    return admin.post(ADD, said)


@pytest.mark.parametrize("name", LOOKALIKES)
def test_it_is_refused_in_the_admin(admin, eva, name):
    answer = added(admin, name)
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors["username"]
    assert User.objects.count() == 2


@pytest.mark.parametrize("name", LOOKALIKES)
def test_it_is_refused_by_the_command(eva, name):
    with pytest.raises(CommandError):
        call_command("createsuperuser", username=name, email="", interactive=False)
    assert User.objects.count() == 1


@pytest.mark.parametrize("name", LOOKALIKES)
def test_it_is_refused_by_the_program(eva, make_user, name):
    other = make_user(name="olle")
    other.username = name
    with pytest.raises(ValidationError):
        other.save()
    assert User.objects.filter(username="olle").exists()


def test_it_is_refused_when_a_name_is_changed(admin, make_user, eva):
    olle = make_user(name="olle")
    address = reverse("admin:registry_user_change", args=[olle.pk])
    form = {"username": "Eva", "date_joined_0": "2026-01-01", "date_joined_1": "00:00", "language": "sv"}
    answer = admin.post(address, form)
    assert "username" in answer.context["adminform"].form.errors
    assert "eva" in str(answer.context["adminform"].form.errors["username"])


@pytest.mark.parametrize("name", ["åsa.öberg", "Zoë", "søren", "łukasz", "anna-karin_2", "a+b@example.com", "Straße"])
def test_names_of_europe_are_names(admin, name):
    assert added(admin, name).status_code == 302
    assert User.objects.get(username=name).name_key == name_key(name)


def test_the_database_takes_no_second_one_either(eva, make_user):
    olle = make_user(name="olle")
    with lifted(), pytest.raises(IntegrityError), transaction.atomic():
        models.QuerySet(User).filter(pk=olle.pk).update(name_key=name_key("EVA"))


def test_many_at_once_are_refused(eva):
    with pytest.raises(SilentChange):
        User.objects.bulk_create([User(username="Eva")])


def test_the_key_is_no_change_worth_a_record(eva):
    eva.username = "evelina"
    eva.save(update_fields=["username"])
    assert User.objects.get(username="evelina").name_key == "evelina"
    fields = [note["field"] for note in ChangeSet.objects.first().details["notes"]]
    assert fields == ["username"]


def test_users_of_the_release_before_keep_their_names(admin, make_user, eva):
    """``Eva`` and a Cyrillic ``еvа``, made by release 1.0.0."""
    cyrillic = "\N{CYRILLIC SMALL LETTER IE}v\N{CYRILLIC SMALL LETTER A}"
    old = {"olle": "Eva", "siv": cyrillic}
    for made, name in old.items():
        with lifted():
            models.QuerySet(User).filter(pk=make_user(name=made).pk).update(username=name, name_key=None)
    assert added(admin, "EVA").status_code == 200, "Users without a key count too."
    migration = import_module("registry.migrations.0017_keys_of_user_names")
    with lifted():
        migration.fill(apps, SimpleNamespace(connection=connection))
    assert {user.username: user.name_key for user in User.objects.exclude(username="admin")} == {
        "eva": "eva",
        "Eva": None,
        cyrillic: cyrillic,
    }
    for name in old.values():
        user = User.objects.get(username=name)
        user.full_clean()
        user.is_active = False
        user.save()


def test_nobody_has_a_name_with_characters_that_nobody_sees(admin, eva):
    address = reverse("admin:registry_user_change", args=[eva.pk])
    form = {"username": "eva", "date_joined_0": "2026-01-01", "date_joined_1": "00:00", "language": "sv"}
    answer = admin.post(address, {**form, "first_name": "Ev\N{RIGHT-TO-LEFT OVERRIDE}a"})
    assert "first_name" in answer.context["adminform"].form.errors


def test_the_name_is_checked_while_nobody_else_writes(admin, eva, monkeypatch):
    """Two administrators at the same instant: the second one is told, and not by an error."""
    held = []
    monkeypatch.setattr(User, "check_name", lambda self: held.append(current().held))
    assert added(admin, "olle").status_code == 302
    assert held
    assert all(held)
