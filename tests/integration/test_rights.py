"""Users, groups and rights are as the record says, or are named; and nothing in the program changes them silently."""

# ruff: noqa: S608 - tables and columns of the models
from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction

from registry.accounts.roles import sync_roles
from registry.history.exceptions import SilentChange
from registry.history.guard import lifted
from registry.history.people_record import NOT_ON_RECORD, record_base_line
from registry.history.verify import verify
from registry.models import ChangeSet, Source, User, change_set
from tests.factories import make_vendor
from tests.integration.proving import finding
from tests.integration.records import newest, notes

pytestmark = pytest.mark.django_db


@pytest.fixture
def eva(make_user):
    group = Group.objects.create(name="Guests")
    group.permissions.add(Permission.objects.get(codename="view_vendor"))
    user = make_user("add_vendor")
    user.groups.add(group)
    record_base_line()
    return user


def past_the_program(statement, *parameters):
    with lifted(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def test_all_ways_of_the_program_fit(eva, admin):
    guests = Group.objects.get()
    eva.first_name = "Eva"
    eva.save()
    eva.set_password("another long password")
    eva.save()
    eva.end_sessions()
    guests.user_set.remove(eva)
    guests.user_set.set([eva])
    eva.groups.clear()
    eva.groups.add(guests)
    eva.user_permissions.set(Permission.objects.filter(codename__in=["add_vendor", "change_vendor"]))
    guests.permissions.clear()
    guests.name = "Visitors"
    guests.save()
    sync_roles()
    with change_set(source=Source.COMMAND):
        make_vendor(name="Before")
        eva.is_active = False
        eva.save()
        make_vendor(name="Between")
        eva.is_active = True
        eva.save()
    guests.delete()
    Permission.objects.get(codename="change_vendor").delete()
    assert finding() == ""


FORGERIES = {
    "superuser": "UPDATE registry_user SET is_superuser = true WHERE username = 'eva'",
    "name": "UPDATE registry_user SET last_name = 'Forged' WHERE username = 'eva'",
    "e-mail": "UPDATE registry_user SET email = 'forged@example.com' WHERE username = 'eva'",
    "deactivated": "UPDATE registry_user SET is_active = false WHERE username = 'eva'",
    "role taken": "DELETE FROM registry_user_groups",
    "right taken": "DELETE FROM registry_user_user_permissions",
    "role widened": "INSERT INTO auth_group_permissions (group_id, permission_id)"
    " SELECT auth_group.id, auth_permission.id FROM auth_group, auth_permission WHERE codename = 'delete_vendor'",
    "right given": "INSERT INTO registry_user_user_permissions (user_id, permission_id)"
    " SELECT registry_user.id, auth_permission.id FROM registry_user, auth_permission WHERE codename = 'delete_vendor'",
    "role renamed": "UPDATE auth_group SET name = 'Editor'",
    "right exchanged": "UPDATE auth_permission SET codename = 'view_' WHERE codename = 'view_vendor'",
}


@pytest.mark.parametrize("statement", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_change_past_the_program_is_found(eva, statement):
    past_the_program(statement)
    assert "was changed outside the register: it is there with" in finding()


def test_what_was_changed_past_the_program_is_found_after_the_program_changed_it_too(eva):
    past_the_program(FORGERIES["superuser"])
    user = User.objects.get()
    user.first_name = "Eva"
    user.save()
    change = newest()
    assert f'user {eva.pk} "eva" was changed outside the register: change set {change.pk} found it' in finding()
    assert "is_superuser=True" in finding()


def made_past_the_program(name):
    columns = [str(field.column) for field in User._meta.concrete_fields if not field.primary_key]
    values = [f"'{name}'" if column in {"username", "name_key"} else column for column in columns]
    past_the_program(
        f"INSERT INTO registry_user ({', '.join(columns)}) SELECT {', '.join(values)} FROM registry_user"
        " WHERE username = 'eva'"
    )


def test_a_user_made_past_the_program_is_found_and_no_later_base_line_takes_them_in(eva):
    made_past_the_program("mallory")
    assert '"mallory" is not on record: it was added outside the register' in finding()
    record_base_line()
    assert '"mallory" is not on record' in finding()
    mallory = User.objects.get(username="mallory")
    mallory.first_name = "M"
    mallory.save()
    assert f"was added outside the register before change set {newest().pk}" in finding()


def test_a_user_removed_past_the_program_is_found(eva):
    past_the_program("DELETE FROM registry_user_groups")
    past_the_program("DELETE FROM registry_user_user_permissions")
    past_the_program("DELETE FROM registry_user")
    assert f'user {eva.pk} "eva" is gone, but change set' in finding()


def test_a_deleted_group_brought_back_is_found(eva):
    group = Group.objects.create(name="Short")
    key = group.pk
    group.delete()
    past_the_program("INSERT INTO auth_group (id, name) VALUES (%s, 'Short')", key)
    assert f'group {key} "Short" was added outside the register' in finding()


def test_the_base_line_says_who_was_there_without_a_record(make_user):
    make_user(name="eva")
    made_past_the_program("mallory")
    record_base_line()
    assert newest().reason == "State of users, groups and rights recorded"
    assert ("user: mallory", "", "", NOT_ON_RECORD) in notes()
    count = ChangeSet.objects.count()
    record_base_line()
    assert (ChangeSet.objects.count(), finding()) == (count, "")


def by_an_older_release(monkeypatch, user):
    """A change of which the record says in text alone that it was made, as 1.0.0 does."""
    with monkeypatch.context() as patch:
        noted = lambda opened: {"notes": opened.notes} if opened.notes else {}  # noqa: E731
        patch.setattr("registry.history.change_sets.OpenChangeSet._noted", noted)
        user.save()


def test_what_an_older_release_writes_during_the_upgrade_is_left_open_until_the_next_migrate(eva, monkeypatch):
    eva.email = "eva@example.com"
    by_an_older_release(monkeypatch, eva)
    by_an_older_release(monkeypatch, User(username="new"))
    proof = verify()
    assert len(proof.left_open) == 2
    record_base_line()
    assert verify().left_open == []
    past_the_program(FORGERIES["superuser"])
    assert "is_superuser=True" in finding()


def permission():
    return Permission.objects.get(codename="delete_vendor")


SILENT = {
    "users bulk_create": lambda eva: User.objects.bulk_create([User(username="x")]),
    "users bulk_update": lambda eva: User.objects.bulk_update([eva], ["is_superuser"]),
    "users update": lambda eva: User.objects.update(is_superuser=True),
    "users update by the base manager": lambda eva: User._base_manager.update(is_superuser=True),
    "users update by a bare queryset": lambda eva: models.QuerySet(User).update(is_superuser=True),
    "users raw delete": lambda eva: User.objects.all()._raw_delete("default"),
    "membership create": lambda eva: User.groups.through.objects.create(user=eva, group=Group.objects.create(name="x")),
    "membership bulk": lambda eva: User.groups.through.objects.bulk_create(
        [User.groups.through(user=eva, group=Group.objects.create(name="x"))]
    ),
    "membership update": lambda eva: User.groups.through.objects.update(user=eva),
    "membership delete": lambda eva: User.groups.through.objects.all().delete(),
    "right create": lambda eva: User.user_permissions.through.objects.create(user=eva, permission=permission()),
    "right delete": lambda eva: User.user_permissions.through.objects.first().delete(),
    "groups update": lambda eva: Group.objects.update(name="x"),
    "groups bulk_create": lambda eva: Group.objects.bulk_create([Group(name="x")]),
    "groups raw delete": lambda eva: Group.objects.filter(name="none")._raw_delete("default"),
    "right of a group create": lambda eva: Group.permissions.through.objects.create(
        group=Group.objects.get(name="Guests"), permission=permission()
    ),
    "right of a group delete": lambda eva: Group.permissions.through.objects.all().delete(),
    "rights update": lambda eva: Permission.objects.filter(codename="view_vendor").update(codename="x"),
    "a statement": lambda eva: connection.cursor().execute('UPDATE  "registry_user" SET is_superuser = true'),
}


@pytest.mark.parametrize("write", SILENT.values(), ids=SILENT.keys())
def test_what_would_leave_no_record_is_refused(eva, write):
    with pytest.raises(SilentChange), transaction.atomic():
        write(eva)
    assert finding() == ""


def test_a_refused_write_leaves_no_gap_for_the_next(eva, monkeypatch):
    monkeypatch.setattr(User, "check_name", lambda self: None)  # so that the database is the one that refuses
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("eva")
    with pytest.raises(SilentChange):
        models.QuerySet(User).update(is_superuser=True)


def test_whoever_deletes_a_group_says_who_loses_what(eva):
    Group.objects.filter(name="Guests").delete()
    right = str(Permission.objects.get(codename="view_vendor"))
    assert set(notes()) == {
        ("user: eva", "groups", "Guests", ""),
        ("group: Guests", "permissions", right, ""),
        ("group: Guests", "", "", "deleted"),
    }
    assert finding() == ""


@pytest.mark.parametrize(
    "delete",
    [
        lambda: Permission.objects.get(codename="view_vendor").delete(),
        lambda: Permission.objects.filter(content_type__model="vendor").delete(),
        lambda: ContentType.objects.get(app_label="registry", model="vendor").delete(),
    ],
    ids=["permission", "permissions", "content type"],
)
def test_whoever_deletes_a_right_says_who_loses_it(eva, delete):
    right = str(Permission.objects.get(codename="view_vendor"))
    delete()
    noted = [note for change in ChangeSet.objects.all()[:3] for note in notes(change)]
    assert ("group: Guests", "permissions", right, "") in noted
    assert finding() == ""


def test_a_renamed_right_is_on_record(eva):
    right = Permission.objects.get(codename="view_vendor")
    right.codename = "see_vendor"
    right.save()
    assert notes()[0][1:] == ("codename", "view_vendor", "see_vendor")
    assert finding() == ""


def test_the_commands_of_django_fit(db):
    record_base_line()
    call_command("createsuperuser", username="root", email="", interactive=False)
    call_command("sync_roles", verbosity=0)
    assert finding() == ""
