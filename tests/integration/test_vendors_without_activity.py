"""A vendor without an activity is in each file of the whole register, marked as open; it changes nothing on return."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from registry.models import ProcessingActivity, Vendor
from tests.factories import make_activity, make_vendor
from tests.integration.beginnings import recording
from tests.integration.imports import planned
from tests.integration.layers import layer

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("what stands in files")]
FORMATS = ["xlsx", "ods", "csv", "tsv", "json"]
OPEN = {"sv": "ingen behandling angiven: en öppen fråga", "en": "no activity stated: an open question"}


@layer
def two_vendors() -> Vendor:
    with recording():
        make_activity(vendor=make_vendor(name="Exempel AB"), purpose="Drift", personal_data="Namn", country="SE")
        return make_vendor(name="Ensam AB")


def exported(admin: Client, code: str, address: str = "/admin/register/export/") -> bytes:
    return admin.post(address, {"format": code, "all_columns": "1"}).getvalue()


@pytest.mark.parametrize("code", FORMATS)
def test_it_is_in_the_file_and_changes_nothing_on_its_way_back(admin: Client, two_vendors: Vendor, code: str) -> None:
    plan = planned(code, exported(admin, code))
    assert not plan.changes_anything
    assert plan.unchanged == 1
    assert plan.missing == []


@pytest.mark.parametrize("code", ["csv", "tsv", "json"])
def test_it_says_what_is_open(admin: Client, two_vendors: Vendor, code: str) -> None:
    text = exported(admin, code).decode("utf-8-sig")
    (line,) = [line for line in text.splitlines() if "Ensam AB" in line] if code != "json" else [text]
    assert OPEN["en"] in line


def test_some_rows_say_nothing_of_it(admin: Client, two_vendors: Vendor) -> None:
    some = exported(admin, "csv", "/admin/register/export/?country=SE").decode("utf-8-sig")
    assert "Exempel AB" in some
    assert "Ensam AB" not in some


@pytest.mark.parametrize("language", OPEN)
def test_it_is_passed_over_in_each_language(two_vendors: Vendor, language: str) -> None:
    headings = "Leverantör;Orsak;Uppgifter;Land;Laglig grund"
    plan = planned("csv", f"{headings}\nEnsam AB;{OPEN[language].upper()};;;\n".encode())
    assert (plan.new, plan.unchanged) == ([], 0)


def test_a_purpose_in_its_place_is_a_new_activity(admin: Client, two_vendors: Vendor) -> None:
    file = exported(admin, "csv").decode("utf-8-sig").replace(OPEN["en"], "Lön")
    (entry,) = planned("csv", file.encode()).new
    assert (entry.activity.vendor, entry.activity.purpose) == (two_vendors, "Lön")


def test_the_document_has_no_row_for_it(admin: Client, two_vendors: Vendor) -> None:
    document: Any = admin.post("/admin/register/export/", {"format": "document"}).getvalue().decode()
    assert "Ensam AB" not in document
    assert ProcessingActivity.objects.count() == 1
