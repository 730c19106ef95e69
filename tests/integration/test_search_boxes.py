"""Every box to search in and every filter of text finds å, ä and ö in any case, the same on every database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Group
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from registry.findings.rules import RULES
from registry.models import (
    Acceptance,
    Agreement,
    LegalBasis,
    MechanismAlias,
    ProcessingActivity,
    Transfer,
    TransferMechanism,
    User,
    Vendor,
    VendorName,
)
from registry.web.change_log_filter import ChangeLogFilter
from registry.web.lists.activity_filter import ActivityFilter
from registry.web.lists.definition import LIST_BY_MODEL

pytestmark = pytest.mark.django_db

#: What is typed for a text that holds "Ålder", and what is not in it.
TYPED = ["ålder", "Ålder", "ÅLDER", "A\u030alder", "åLD"]
NOT_THERE = "ålderx"
#: A rule that speaks of activities: what is accepted is about one of them, or about a vendor.
OF_ACTIVITIES = next(rule.code for rule in RULES if rule.model is ProcessingActivity)


@pytest.fixture
def register(recording: Any, make_user: Callable[..., User]) -> None:
    """One entry of each kind, of which each text that is searched holds the word by itself."""
    user = make_user(name="lars.ålderdal")
    user.first_name, user.last_name, user.email = "Ålderik", "Ålderman", "ålder@example.com"
    user.save()
    Group.objects.create(name="Äldst med Ålder")
    with recording("Rättad Ålder"):
        vendor = Vendor(name="Ålderdoms AB", legal_name="Ålderdoms Aktiebolag", owner=user)
        vendor.save()
        VendorName(vendor=vendor, name="Före detta Ålder", kind="former").save()
        basis = LegalBasis(label="Enligt Ålder")
        basis.save()
        text = "Prövar Ålder"
        activity = ProcessingActivity(vendor=vendor, purpose=text, personal_data=text, country="SE", legal_basis=basis)
        activity.save()
        mechanism = TransferMechanism(
            code="m", label="SCC Ålder", name_sv="SCC Ålder", name_en="SCC Ålder", instrument="Ålder", celex="3"
        )
        mechanism.save()
        MechanismAlias(label="Andra Ålder", mechanism=mechanism).save()
        Transfer(activity=activity, mechanism=mechanism, wording="SCC enligt Ålder").save()
        Agreement(vendor=vendor, kind="other", reference="Avtal Ålder").save()
        Acceptance(
            rule="role_not_assessed",
            vendor=vendor,
            why="Hög Ålder",
            until=timezone.localdate() + timedelta(days=9),
            accepted_by=user,
        ).save()
        until = timezone.localdate() + timedelta(days=9)
        Acceptance(rule=OF_ACTIVITIES, activity=activity, why="x", until=until, accepted_by=user).save()


SEARCHED = [
    (model, field)
    for model, model_admin in site._registry.items()
    for field in model_admin.search_fields
    if field not in {"code__holds", "celex__holds", "rule__holds", "registration_number__holds"}  # written by nobody
]


def ids(value: Any) -> str:
    return value if isinstance(value, str) else str(getattr(getattr(value, "_meta", None), "model_name", value))


def test_every_box_of_the_admin_compares_by_letters_and_not_by_the_database() -> None:
    request = RequestFactory().get("/")
    searched = {
        f"{model._meta.model_name}.{field}"
        for model, model_admin in site._registry.items()
        for field in model_admin.get_search_fields(request)
    }
    assert {field for field in searched if not field.endswith("__holds")} == set()
    assert len(searched) > 25


@pytest.mark.parametrize(("model", "field"), SEARCHED, ids=ids)
def test_each_field_that_a_box_searches(register: None, model: Any, field: str) -> None:
    for typed in TYPED:
        assert model._default_manager.filter(**{field: typed}).count() == 1, typed
    assert not model._default_manager.filter(**{field: NOT_THERE}).exists()


@pytest.mark.parametrize(
    "model", [model for model, model_admin in site._registry.items() if model_admin.search_fields], ids=ids
)
def test_each_box(admin: Client, register: None, model: Any) -> None:
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")

    def count(typed: str) -> int:
        page = admin.get(address, {"q": typed}, follow=True)
        if model in LIST_BY_MODEL:
            return int(page.context["page"].paginator.count)
        return int(page.context["cl"].result_count)

    for typed in TYPED:
        assert count(typed) == (2 if model is Acceptance else 1), typed
    assert count(NOT_THERE) == 0


@pytest.mark.parametrize(
    ("model", "field"), [("processingactivity", "vendor"), ("vendor", "owner"), ("transfer", "mechanism")]
)
def test_what_is_offered_while_one_types(admin: Client, register: None, model: str, field: str) -> None:
    def offered(typed: str) -> int:
        query = {"app_label": "registry", "model_name": model, "field_name": field, "term": typed}
        return len(admin.get("/admin/autocomplete/", query).json()["results"])

    assert [offered(typed) for typed in TYPED] == [1] * len(TYPED)
    assert offered(NOT_THERE) == 0


def test_each_filter_of_text_of_the_register_and_the_change_log(admin: Client, register: None) -> None:
    texts = {
        name: [key for key, each in filters.base_filters.items() if type(each).__name__ == "CharFilter"]
        for name, filters in (("register", ActivityFilter), ("log", ChangeLogFilter))
    }
    assert texts == {"register": ["text", "vendor"], "log": ["reason", "vendor", "text"]}
    for name in texts["register"]:
        for typed in TYPED:
            rows = admin.get("/admin/register/", {name: typed}).context["page"].paginator.count
            assert rows == 1, (name, typed)
        assert admin.get("/admin/register/", {name: NOT_THERE}).context["page"].paginator.count == 0
    for name in texts["log"]:
        for typed in TYPED:
            page = admin.get("/admin/registry/changeset/", {name: typed})
            assert "Rättad Ålder" in page.content.decode(), (name, typed)
        assert "Rättad Ålder" not in admin.get("/admin/registry/changeset/", {name: NOT_THERE}).content.decode()


def test_the_box_of_every_page(admin: Client, register: None) -> None:
    found = {typed: admin.get("/admin/search/", {"q": typed}).context["page"].paginator.count for typed in TYPED[:4]}
    assert len(set(found.values())) == 1
    assert found["ålder"] > 5


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Straße GmbH", "straße"),
        ("Straße GmbH", "STRASSE"),
        ("İstanbul AŞ", "istanbul"),
        ("İstanbul AŞ", "aş"),
        ("ΟΔΟΣ", "οδοσ"),
        ("x" * 450 + "Ålder", "xålder"),
    ],
)
def test_letters_of_other_languages_are_found_alike(admin: Client, recording: Any, name: str, typed: str) -> None:
    with recording():
        vendor = Vendor(name=name)
        vendor.save()
        ProcessingActivity(vendor=vendor, purpose="x", personal_data="x", country="SE").save()
    for parameter in ("text", "vendor"):
        assert admin.get("/admin/register/", {parameter: typed}).context["page"].paginator.count == 1


def test_the_end_of_a_long_purpose_is_found(admin: Client, activity: ProcessingActivity, recording: Any) -> None:
    with recording():
        activity.purpose = "Lagring. " * 100 + "Ålderskontroll"
        activity.save()
    for typed in ("ålderskontroll", "ÅLDERSKONTROLL"):
        page = admin.get("/admin/register/", {"text": typed})
        assert page.context["page"].paginator.count == 1
        assert "Lagring." in page.content.decode()  # and the end on the page of the entry
