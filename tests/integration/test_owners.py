"""Who may write a vendor chooses who answers for it, and learns no more of the users than their names."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from registry.models import User, Vendor
from tests.integration.pages import form_data

pytestmark = pytest.mark.one_database("permissions, which Django checks")

CHOICES = reverse("admin:autocomplete")
OWNER = {"app_label": "registry", "model_name": "vendor", "field_name": "owner"}


@pytest.fixture
def of_role(roles, sign_in):
    def client(role):
        signed_in = sign_in(name=role.lower())
        User.objects.get(username=role.lower()).groups.set(Group.objects.filter(name=role))
        return signed_in

    return client


@pytest.fixture
def people(db):
    User.objects.create_user("siv", "siv@secret.example", first_name="Siv", last_name="Ek", is_staff=True)
    User.objects.create_user("gone", first_name="Siv", last_name="Borta", is_active=False)


def choices(client, term="", **field):
    answer = client.get(CHOICES, {**OWNER, **field, "term": term})
    return [each["text"] for each in answer.json()["results"]] if answer.status_code == 200 else answer.status_code


@pytest.mark.parametrize("role", ["Editor", "Administrator"])
def test_who_writes_vendors_chooses_among_active_people(of_role, people, role):
    client = of_role(role)
    assert choices(client, "siv") == ["Siv Ek (siv)"]
    assert choices(client, "ek siv") == ["Siv Ek (siv)"]
    assert "Siv Ek (siv)" in choices(client)
    assert choices(client, "secret.example") == []
    user = User.objects.get(username="siv")
    assert client.get(CHOICES, {**OWNER, "term": "siv"}).json()["results"] == [
        {"id": str(user.pk), "text": "Siv Ek (siv)"}
    ]


@pytest.mark.parametrize("role", ["Reader", "Auditor"])
def test_nobody_else_does(of_role, people, role):
    assert choices(of_role(role), "siv") == 403


@pytest.mark.parametrize(
    "field",
    [
        {"model_name": "changeset", "field_name": "user"},
        {"model_name": "acceptance", "field_name": "accepted_by"},
        {"model_name": "savedview", "field_name": "owner"},
        {"app_label": "admin", "model_name": "logentry", "field_name": "user"},
    ],
)
def test_other_fields_show_nobody(of_role, people, field):
    assert choices(of_role("Editor"), **field) == 403


def test_an_owner_is_chosen_in_the_form(of_role, people, activity):
    editor, vendor = of_role("Editor"), activity.vendor
    address = reverse("admin:registry_vendor_change", args=[vendor.pk])
    siv, gone = User.objects.get(username="siv"), User.objects.get(username="gone")
    assert editor.post(address, form_data(editor.get(address), owner=gone.pk)).status_code == 200
    assert editor.post(address, form_data(editor.get(address), owner=siv.pk)).status_code == 302
    siv.is_active = False
    siv.save()
    page = editor.get(address)
    assert "Siv Ek (siv)" in page.text
    assert (
        editor.post(address, form_data(page, notes="An owner who left stays until there is another.")).status_code
        == 302
    )
    assert Vendor.objects.get(pk=vendor.pk).owner == siv
