"""One box for everything: entries, what they were called, when something was last so; and for each only their own."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.models import (
    ChangeSet,
    MechanismAlias,
    Source,
    Transfer,
    Vendor,
    change_set,
)
from tests.factories import make_activity, make_agreement, make_legal_basis, make_mechanism, make_transfer, make_vendor

pytestmark = pytest.mark.django_db

SEARCH = reverse("admin:search")


@pytest.fixture
def register(recording):
    with recording():
        vendor = make_vendor(name="Malmö Molntjänst AB", registration_number="556677-8899")
        other = make_vendor(name="Enom LLC")
        shield = make_mechanism(code="privacy_shield", label="Privacy Shield", instrument="2016/1250")
        MechanismAlias.objects.create(mechanism=shield, label="Skölden")
        basis = make_legal_basis(label="Samtycke")
        activity = make_activity(
            vendor=other, purpose="Domäner", personal_data="Namn, personnummer", country="US", legal_basis=basis
        )
        make_transfer(activity=activity, mechanism=shield)
        make_agreement(vendor=vendor, kind="processing", reference="PUB-2024-7")


def search(client, typed, **more):
    response = client.get(SEARCH, {"q": typed, **more})
    assert response.status_code == 200
    return response


def names(response):
    return [hit.name for hit in response.context["hits"]]


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode().partition('id="content"')[2]).split())


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        pytest.param("malmo", "Malmö Molntjänst AB", id="a vendor, without its dots"),
        pytest.param("5566778899", "Malmö Molntjänst AB", id="by its number, without the hyphen"),
        pytest.param("enom doman", "Enom LLC: Domäner", id="an activity, by its vendor and its purpose"),
        pytest.param("personnumer", "", id="a slip is only looked for in names"),
        pytest.param("2016/1250", "Privacy Shield", id="a mechanism by its decision"),
        pytest.param("privacy_shield", "Privacy Shield", id="by its code"),
        pytest.param("skolden", "Skölden", id="by another wording"),
        pytest.param("samtycke", "Samtycke", id="a legal basis"),
        pytest.param("pub-2024", "Malmö Molntjänst AB: data processing agreement PUB-2024-7", id="an agreement"),
        pytest.param("malmö molntjenst", "Malmö Molntjänst AB", id="with a typing error"),
    ],
)
def test_it_is_found(admin, register, typed, name):
    assert names(search(admin, typed))[:1] == ([name] if name else [])


def test_what_is_found_in_the_text_says_where(admin, register):
    page = text(search(admin, "personnummer"))
    assert "personal data: Namn, personnummer" in page
    assert "country: United States" in text(search(admin, "united states"))


def test_without_words_it_says_what_to_do(admin, register):
    assert "Write a name" in text(search(admin, ""))
    assert "Write a name" in text(search(admin, "?!"))


def test_a_former_name_says_until_when_and_by_whom(admin, register, make_user):
    with change_set(user=make_user(name="bo"), source=Source.ADMIN, reason="new name"):
        vendor = Vendor.objects.get(name="Enom LLC")
        vendor.name = "Tucows Domains"
        vendor.save()
    act = ChangeSet.objects.latest("pk")
    response = search(admin, "Enom", kind="past")
    assert names(response) == ["Enom LLC"]
    assert re.search(r"Had this name until [\d-]+ [\d:]+ \( ?bo ?\)", text(response))
    assert "Now: Tucows Domains" in text(response)
    assert reverse("admin:registry_changeset_change", args=[act.pk]) in response.content.decode()
    assert names(search(admin, "tucows"))[0] == "Tucows Domains"


def test_a_deleted_entry_is_found_by_its_name(admin, register, recording):
    with recording("a mistake"):
        vendor = Vendor.objects.get(name="Malmö Molntjänst AB")
        key = vendor.pk
        vendor.delete()
    response = search(admin, "malmo")
    assert "Malmö Molntjänst AB" in names(response)
    assert "Deleted" in text(response)
    assert reverse("admin:registry_vendor_history", args=[key]) in response.content.decode()


def test_when_did_privacy_shield_last_occur(admin, register, recording):
    assert "1 activity relies on it." in text(search(admin, "privacy shield"))
    with recording("another one", user=None):
        later = make_mechanism(code="scc", label="SCC")
        transfer = Transfer.objects.get()
        transfer.mechanism = later
        transfer.save()
    act = ChangeSet.objects.latest("pk")
    with recording("not about it"):
        transfer.signed_on = date(2024, 1, 1)
        transfer.save()
    response = search(admin, "privacy shield")
    assert "No activity relies on it. The last one did until" in text(response)
    assert reverse("admin:registry_changeset_change", args=[act.pk]) in response.content.decode()


def test_a_mechanism_that_nothing_ever_relied_on_says_nothing_of_it(admin, recording):
    make_mechanism(code="bcr", label="BCR")
    assert "relie" not in text(search(admin, "bcr"))


def test_the_end_of_a_deleted_transfer_counts_too(admin, register, recording):
    with recording("gone"):
        Transfer.objects.get().delete()
    act = ChangeSet.objects.latest("pk")
    response = search(admin, "privacy shield")
    assert reverse("admin:registry_changeset_change", args=[act.pk]) in response.content.decode()


def test_a_change_is_found_at_once(admin, register, recording):
    assert names(search(admin, "Nykomling")) == []
    make_vendor(name="Nykomling AB")
    assert names(search(admin, "Nykomling")) == ["Nykomling AB"]


def test_each_sees_the_kinds_that_they_may_look_at(register, sign_in, recording):
    with recording():
        Vendor.objects.get(name="Malmö Molntjänst AB").delete()
    client = sign_in("view_vendor")
    assert names(search(client, "enom")) == ["Enom LLC"]
    assert names(search(client, "privacy shield")) == []
    assert names(search(client, "domaner")) == []
    page = search(client, "malmo").content.decode()
    assert "Malmö Molntjänst AB" in page
    assert "/changeset/" not in page
    only = sign_in("view_transfermechanism", name="per")
    assert names(search(only, "malmo")) == []
    assert "relies" not in text(search(only, "privacy shield"))
    assert sign_in(name="nobody").get(SEARCH, {"q": "enom"}).status_code == 403


def test_an_unknown_kind_is_not_found(admin, register):
    assert admin.get(SEARCH, {"q": "enom", "kind": "x"}).status_code == 404


def test_results_are_paged_and_kept_apart_by_kind(admin, recording):
    with recording():
        Vendor.objects.bulk_create([Vendor(name=f"Serie {number}") for number in range(130)])
        make_mechanism(code="serie", label="Serien")
    first, second = search(admin, "serie"), search(admin, "serie", p=2)
    assert len(names(first)) == 100
    assert len(names(second)) == 31
    assert "131 matches" in text(first)
    assert names(search(admin, "serie", kind="transfermechanism")) == ["Serien"]


def test_the_number_of_queries_does_not_depend_on_what_is_found(admin, recording):
    def queries():
        search(admin, "serie")
        with CaptureQueriesContext(connection) as captured:
            search(admin, "serie")
        return len(captured)

    def grow(first, last):
        with recording():
            basis = make_legal_basis(label=f"Serie {first}")
            for number in range(first, last):
                mechanism = make_mechanism(code=f"serie{number}", label=f"Serie {number}")
                vendor = make_vendor(name=f"Serie {number}")
                vendor.name = f"Serie {number} AB"
                vendor.save()
                activity = make_activity(vendor=vendor, purpose="Serie", country="SE", legal_basis=basis)
                make_transfer(activity=activity, mechanism=mechanism).delete()
                make_agreement(vendor=vendor, kind="other", reference=f"Serie {number}")

    grow(0, 2)
    few = queries()
    grow(2, 15)
    assert queries() == few


def test_the_box_is_on_each_page_of_those_who_are_signed_in(admin, client):
    for name in ("index", "register", "vendors", "registry_vendor_add"):
        assert 'id="search-words"' in admin.get(reverse(f"admin:{name}")).content.decode()
    assert 'id="search-words"' not in client.get(reverse("admin:login")).content.decode()
