"""Who may do what is on record as well: sign-ins, users, groups and rights; users stay."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.urls import reverse

from registry.history.exceptions import SilentChange
from registry.models import ChangeSet, User
from tests.integration.records import newest, notes

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("signals, which Django sends")]

PASSWORD = "a long password for tests"
LOGIN = reverse("admin:login")


def test_a_sign_in_is_on_record_with_who_and_from_where(client, make_user):
    make_user()
    response = client.post(LOGIN, {"username": "eva", "password": PASSWORD}, REMOTE_ADDR="192.0.2.7")
    assert response.status_code == 302
    assert (newest().source, newest().user_name, newest().address) == ("sign_in", "eva", "192.0.2.7")


def test_a_failed_sign_in_is_on_record_with_the_name_tried(client, make_user):
    make_user()
    client.post(LOGIN, {"username": "eva", "password": "wrong"}, REMOTE_ADDR="192.0.2.8")
    assert (newest().source, newest().user, newest().address) == ("sign_in_failed", None, "192.0.2.8")
    assert newest().details == {"tried": "eva"}
    assert "wrong" not in str(ChangeSet.objects.values())


def test_after_five_tries_the_right_password_does_not_help(client, make_user):
    make_user()
    for _ in range(5):
        client.post(LOGIN, {"username": "eva", "password": "wrong"})
    assert client.post(LOGIN, {"username": "eva", "password": PASSWORD}).status_code == 429


def test_a_sign_out_is_on_record(admin):
    admin.post(reverse("admin:logout"))
    assert (newest().source, newest().user_name) == ("sign_out", "admin")


def test_an_export_is_on_record(admin, imported):
    admin.post(reverse("admin:register_export") + "?country=US", {"format": "csv"})
    assert newest().source == "export"
    assert {"format": "csv", "rows": "Status: active; Country: United States"}.items() <= newest().details.items()


def test_a_right_given_in_the_admin_is_on_record_with_who_gave_it(admin, make_user):
    eva = make_user()
    group = Group.objects.create(name="Editor")
    page = admin.get(reverse("admin:registry_user_change", args=[eva.pk]))
    data = {
        name: value
        for name, value in page.context["adminform"].form.initial.items()
        if isinstance(value, str) and name != "password"
    }
    data |= {"date_joined_0": "2026-01-01", "date_joined_1": "00:00", "is_active": "on", "is_superuser": "on"}
    response = admin.post(page.request["PATH_INFO"], {**data, "groups": [group.pk]})
    assert response.status_code == 302, response.context["errors"]
    assert newest().user_name == "admin"
    assert ("user: eva", "is_superuser", "False", "True") in notes()
    assert ("user: eva", "groups", "", "Editor") in notes()


def test_a_right_taken_away_in_code_is_on_record_too(make_user):
    eva = make_user("view_vendor")
    eva.user_permissions.clear()
    assert [note[:3] for note in notes()] == [
        ("user: eva", "permissions", str(Permission.objects.get(codename="view_vendor")))
    ]


def test_members_added_from_the_side_of_the_group_are_on_record(make_user):
    eva, group = make_user(), Group.objects.create(name="Auditors")
    group.user_set.add(eva)
    assert notes() == [("user: eva", "groups", "", "Auditors")]
    group.permissions.add(Permission.objects.get(codename="view_vendor"))
    assert notes()[0][:2] == ("group: Auditors", "permissions")
    group.delete()
    assert ("group: Auditors", "", "", "deleted") in notes()


def test_a_new_password_is_on_record_and_not_what_it_is(make_user):
    eva = make_user()
    eva.set_password("another long password")
    eva.save()
    assert notes() == [("user: eva", "password", "", "changed")]


def test_a_user_made_by_a_command_is_on_record(db):
    call_command("createsuperuser", username="root", email="", interactive=False)
    assert notes() == [("user: root", "", "", "created")]


@pytest.mark.parametrize(
    "write",
    [
        lambda user: user.delete(),
        lambda user: get_user_model().objects.filter(pk=user.pk).delete(),
        lambda user: get_user_model().objects.update(is_superuser=True),
    ],
    ids=["delete", "queryset delete", "queryset update"],
)
def test_users_stay_and_are_not_changed_silently(make_user, write):
    eva = make_user()
    with pytest.raises(SilentChange):
        write(eva)
    assert User.objects.filter(pk=eva.pk, is_superuser=False).exists()


def test_who_is_deactivated_is_out_at_once(admin):
    user = User.objects.get(username="admin")
    user.is_active = False
    user.save()
    assert admin.get(reverse("admin:index")).status_code == 302
