"""A list of vendors beside the register: nothing is written but that it was compared."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from registry.files.columns import DERIVED_COLUMNS, STORED_COLUMNS
from registry.models import ChangeSet, ProcessingActivity, Source, Status, User, Vendor, VendorName, change_set
from tests.factories import make_activity, make_vendor
from tests.growth import queries_of_pages
from tests.integration.imports import confirm, exported
from tests.integration.pages import text_of

pytestmark = pytest.mark.django_db
COMPARE = reverse("admin:compare")
LEDGER = """Supplier;Org.nr;Amount
Alfa;556000-0001;1 000
Betabolaget Inc.;;2 000
Gamma Old Ltd;;10
Nya Leverantören AB;556000-0009;5 000
Deltaa;;1
"""


@pytest.fixture
def vendors() -> None:
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        make_activity(vendor=make_vendor(name="Alfa AB"), country="SE")
        make_activity(vendor=make_vendor(name="Beta", registration_number="556000-0002"), country="SE")
        gamma = make_vendor(name="Gamma")
        VendorName.objects.create(vendor=gamma, name="Gamma Old")
        make_vendor(name="Epsilon")
        make_vendor(name="Zeta", status=Status.ENDED)
        make_vendor(name="Delta Systems")


def compared(client: Client, text: str = LEDGER, name: str = "ledger.csv", **query: Any) -> Any:
    page = client.post(COMPARE, {"import_file": SimpleUploadedFile(name, text.encode())}, follow=True)
    if page.resolver_match.url_name == "import_matching":
        answers = {each.question.key: each.value for _p, _t, asked in page.context["form"].parts() for each in asked}
        page = client.post(page.request["PATH_INFO"], answers, follow=True)
    assert page.resolver_match.url_name == "comparison", text_of(page)
    return client.get(page.request["PATH_INFO"], query) if query else page


def names(page: Any) -> list[str]:
    rows = list(page.context["page"])
    part = page.context["part"]
    if part == "only_listed":
        return [listed.name for listed, _alike in rows]
    return [row.name if part == "only_registered" else row.vendor.name for row in rows]


def test_a_ledger_beside_the_register(admin_client: Client, vendors: None) -> None:
    before = ChangeSet.objects.count()
    page = compared(admin_client)
    assert names(page) == ["Betabolaget Inc.", "Nya Leverantören AB", "Deltaa"]
    address = page.request["PATH_INFO"]
    assert names(admin_client.get(address, {"part": "only_registered"})) == ["Beta", "Epsilon", "Delta Systems"]
    different = admin_client.get(address, {"part": "different"})
    assert names(different) == ["Alfa AB", "Gamma"]
    assert "Gamma Old Ltd" in text_of(different)
    assert Vendor.objects.count() == 6
    assert ChangeSet.objects.count() == before + 1


def test_a_number_and_a_website_are_recognised(admin_client: Client, vendors: None) -> None:
    page = compared(admin_client, LEDGER.replace("Betabolaget Inc.;;", "Betabolaget Inc.;556000-0002;"))
    different = admin_client.get(page.request["PATH_INFO"], {"part": "different"})
    assert "Beta" in names(different)


def test_a_name_that_is_alike_is_a_hint(admin_client: Client, vendors: None) -> None:
    page = compared(admin_client, LEDGER.replace("Deltaa", "Systems Delta"))
    assert {listed.name: alike for listed, alike in page.context["page"]}["Systems Delta"] == "Delta Systems"


def test_the_comparison_is_on_record(admin_client: Client, vendors: None) -> None:
    page = compared(admin_client)
    first = ChangeSet.objects.first()
    assert first is not None
    assert (first.source, first.details["of"], first.details["rows"]) == (Source.EXPORT, "comparison", "ledger.csv")
    response = admin_client.post(reverse("admin:comparison_export", args=[page.context["upload"].token]))
    book = openpyxl.load_workbook(io.BytesIO(response.getvalue()))
    cells = [cell for row in book.worksheets[0].iter_rows(values_only=True) for cell in row if cell]
    assert "Betabolaget Inc." in cells
    assert "Epsilon" in cells


def test_chosen_rows_become_drafts(admin_client: Client, vendors: None) -> None:
    page = compared(admin_client)
    page = admin_client.post(page.request["PATH_INFO"], {"vendor": ["Nya Leverantören AB", "Epsilon"]}, follow=True)
    assert page.resolver_match.url_name == "import_matching", text_of(page)
    answers = {each.question.key: each.value for _p, _t, asked in page.context["form"].parts() for each in asked}
    key = next(key for key in answers if key.startswith("purpose_of"))
    page = admin_client.post(page.request["PATH_INFO"], answers | {key: "Okänt ännu"}, follow=True)
    assert len(page.context["preview"].new) == 1, text_of(page)
    confirm(admin_client, page)
    draft = ProcessingActivity.objects.get(vendor__name="Nya Leverantören AB")
    assert (draft.status, draft.vendor.status, draft.purpose) == (Status.DRAFT, Status.DRAFT, "Okänt ännu")
    assert draft.vendor.registration_number == "556000-0009"


def test_only_the_sub_processors_of_one_vendor_count(admin_client: Client, vendors: None) -> None:
    alfa = Vendor.objects.get(name="Alfa AB")
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        make_vendor(name="Eta", engaged_by=alfa)
    page = compared(admin_client, part="only_registered", engaged_by=alfa.pk)
    assert names(page) == ["Eta"]


def test_a_list_that_cannot_be_read_is_refused_with_words(admin_client: Client) -> None:
    file = SimpleUploadedFile("ledger.xlsx", b"PK\x03\x04 nothing")
    page = admin_client.post(COMPARE, {"import_file": file}, follow=True)
    assert "går inte att läsa" in text_of(page)


def test_who_may_not_export_may_not_compare(client: Client, admin_client: Client, vendors: None) -> None:
    page = compared(admin_client)
    address = page.request["PATH_INFO"]
    client.force_login(User.objects.create_user("plain", is_staff=True))
    for asked in (COMPARE, address):
        assert client.get(asked).status_code == 403


def test_the_number_of_queries_does_not_grow(admin_client: Client, vendors: None) -> None:
    small = compared(admin_client).request["PATH_INFO"]
    few = queries_of_pages(admin_client, [small])
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        for number in range(30):
            make_activity(vendor=make_vendor(name=f"Sort {number}"))
    rows = "".join(f"Sort {number};;1\nAnnan {number};;1\n" for number in range(30))
    assert queries_of_pages(admin_client, [compared(admin_client, LEDGER + rows).request["PATH_INFO"]]) == few


def test_an_own_export_is_recognised_without_a_question(admin_client: Client, vendors: None) -> None:
    content = exported("xlsx", columns=[*STORED_COLUMNS, *DERIVED_COLUMNS])
    file = SimpleUploadedFile("register.xlsx", content)
    page = admin_client.post(COMPARE, {"import_file": file}, follow=True)
    assert page.resolver_match.url_name == "comparison", text_of(page)
    parts = {name: count for name, _title, count in page.context["parts"]}
    assert (parts["only_listed"], parts["different"], parts["agreeing"]) == (0, 0, 2)
