"""The record of Art. 30: what is stated by letter, what is missing, and its files."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import docx
import openpyxl
import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from registry.models import (
    ChangeSet,
    Logo,
    Organisation,
    OurRole,
    ProcessingActivity,
    Source,
    Status,
    change_set,
)
from registry.papers.article_30 import record_of
from tests.factories import make_activity, make_mechanism, make_transfer, make_vendor
from tests.growth import queries_of_pages
from tests.integration.pages import form_data, text_of
from tests.vocabulary import unknown_terms

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:article_30")
EXPORT = reverse("admin:article_30_export")
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 100


@pytest.fixture
def entries() -> dict[str, ProcessingActivity]:
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        vendor = make_vendor(name="Exempel AB")
        scc = make_mechanism(code="scc", label="SCC", kind="standard_clauses")
        complete = make_activity(
            vendor=vendor,
            purpose="Lön",
            country="US",
            personal_data="Namn",
            data_subjects="Anställda",
            retention="Sju år",
            security_measures="Kryptering",
            our_role=OurRole.CONTROLLER,
        )
        make_transfer(
            activity=complete, mechanism=scc, signed_on=date(2024, 1, 2), evidence_url="https://example.com/scc"
        )
        bare = make_activity(vendor=vendor, purpose="Utskick", country="US", personal_data="")
        open_country = make_activity(vendor=vendor, purpose="Okänt", country="")
        processor = make_activity(vendor=vendor, purpose="Drift åt kund", country="SE", our_role=OurRole.PROCESSOR)
        make_activity(vendor=vendor, purpose="Utkast", country="SE", status=Status.DRAFT)
    return {"complete": complete, "bare": bare, "open": open_country, "processor": processor}


def missing() -> dict[str, list[str]]:
    record = record_of(ProcessingActivity.objects.all(), date(2026, 1, 1))
    return {row.activity.purpose: list(row.missing) for row in (*record.as_controller, *record.as_processor)}


def test_what_is_not_stated_is_marked_by_its_letter(entries: Any) -> None:
    assert missing() == {
        "Lön": [],
        "Utskick": ["c1", "c2", "f", "g", "e"],
        "Okänt": ["c1", "c2", "e", "f", "g"],
        "Drift åt kund": ["a", "d"],
    }


def test_transfers_name_their_safeguards(entries: Any) -> None:
    with translation.override("sv"):
        record = record_of(ProcessingActivity.objects.all(), date(2026, 1, 1))
    stated = {row.activity.purpose: row.stated for row in (*record.as_controller, *record.as_processor)}
    assert "SCC" in stated["Lön"]["e"]
    assert "2024-01-02" in stated["Lön"]["e"]
    assert "https://example.com/scc" in stated["Lön"]["e"]
    assert stated["Drift åt kund"]["c"] == "inga"
    assert record.missing == {"c": 2, "e": 2, "f": 2, "g": 2}


def test_the_page_says_what_is_missing_about_the_organisation(admin_client: Client, entries: Any) -> None:
    assert "ej angivet (a)" in text_of(admin_client.get(PAGE))
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        Organisation.objects.create(pk=1, name="Vårt AB", contact="post@example.com")
    page = admin_client.get(PAGE)
    assert "Vårt AB" in text_of(page)
    assert "ej angivet (a)" not in text_of(page)
    assert "Drift åt kund" in text_of(admin_client.get(PAGE, {"part": "2"}))


def test_the_record_as_at_a_day(admin_client: Client, entries: Any) -> None:
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        Organisation.objects.create(pk=1, name="Vårt AB")
    assert "Vårt AB" not in text_of(admin_client.get(PAGE, {"day": "2020-01-01"}))
    assert list(admin_client.get(PAGE, {"day": "2020-01-01"}).context["rows"]) == []


def test_excel(admin_client: Client, entries: Any) -> None:
    for code, columns, rows in (("xlsx", 8, 4), ("xlsx-processor", 6, 2)):
        content = admin_client.post(EXPORT, {"format": code}).getvalue()
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        assert (sheet.max_column, sheet.max_row) == (columns, rows)
    first = ChangeSet.objects.first()
    assert first is not None
    assert (first.source, first.details["of"]) == (Source.EXPORT, "record of Art. 30")
    assert admin_client.post(EXPORT, {"format": "nonsense"}).status_code == 404


def test_pdf_and_word(admin_client: Client, entries: Any) -> None:
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        Organisation.objects.create(pk=1, name="Vårt AB", contact="post@example.com")
    pdf = pypdf.PdfReader(io.BytesIO(admin_client.post(EXPORT, {"format": "pdf"}).getvalue()))
    text = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    assert "Vårt AB" in text
    assert "ej angivet (f)" in text
    word = docx.Document(io.BytesIO(admin_client.post(EXPORT, {"format": "docx"}).getvalue()))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    assert "Drift åt kund" in cells
    first = ChangeSet.objects.first()
    assert first is not None
    assert first.details["format"] == "docx"


def test_json_ld_uses_terms_of_the_vocabulary(admin_client: Client, entries: Any) -> None:
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        Organisation.objects.create(pk=1, name="Vårt AB", contact="x", representative="y", joint_controllers="z")
    document = json.loads(admin_client.post(EXPORT, {"format": "jsonld"}).getvalue())
    assert unknown_terms(document) == {"eu-gdpr:A46-2-c"}
    assert len(document["dpv:hasRecordOfActivity"]) == 4
    lon = next(
        each for each in document["dpv:hasRecordOfActivity"] if each["dpv:hasPurpose"]["dct:description"] == "Lön"
    )
    (transfer,) = lon["dpv:hasProcessing"]
    assert transfer["dpv:hasThirdCountry"]["@id"] == "loc:US"
    assert "eu-gdpr:A46-2-c" in transfer["dpv:hasLegalBasis"]["@type"]


def test_nothing_is_inferred_in_json_ld(admin_client: Client, entries: Any) -> None:
    document = json.loads(admin_client.post(EXPORT, {"format": "jsonld"}).getvalue())
    okant = next(
        each for each in document["dpv:hasRecordOfActivity"] if each["dpv:hasPurpose"]["dct:description"] == "Okänt"
    )
    assert not {"dpv:hasCountry", "dpv:hasProcessing", "dpv:hasStorageCondition"} & okant.keys()
    assert "dpv:hasDataController" not in document


def test_the_organisation_has_a_logo_with_history(admin_client: Client) -> None:
    address = reverse("admin:registry_organisation_add")
    page = admin_client.get(address)
    sent = form_data(page, name="Vårt AB", change_reason="x")
    sent.pop("logo", None)
    admin_client.post(address, {**sent, "logo": SimpleUploadedFile("logo.png", PNG)})
    organisation = Organisation.objects.get()
    assert organisation.logo == Logo.objects.get()
    address = reverse("admin:registry_organisation_change", args=[1])
    sent = form_data(admin_client.get(address), remove_logo="on", change_reason="y")
    sent.pop("logo", None)
    admin_client.post(address, sent)
    assert Organisation.objects.get().logo is None
    assert Logo.objects.count() == 1
    assert Organisation.history.count() == 2


def test_a_logo_that_was_changed_outside_the_register_is_not_shown(db: None) -> None:
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        organisation = Organisation.objects.create(pk=1, name="Vårt AB", logo_sha256=Logo.keep(PNG).sha256)
    assert organisation.logo is not None
    Logo.objects.update(content=PNG + b"x")
    assert organisation.logo is None


@pytest.mark.parametrize(("content", "why"), [(b"GIF89a", "PNG"), (PNG + b"\x00" * 2**21, "2 MB")])
def test_a_logo_that_is_no_picture_is_refused(admin_client: Client, content: bytes, why: str) -> None:
    address = reverse("admin:registry_organisation_add")
    sent = form_data(admin_client.get(address), name="Vårt AB")
    sent.pop("logo", None)
    answer = admin_client.post(address, {**sent, "logo": SimpleUploadedFile("logo.png", content)})
    assert why in text_of(answer)
    assert not Organisation.objects.exists()


def test_the_number_of_queries_does_not_grow(admin_client: Client, entries: Any) -> None:
    few = queries_of_pages(admin_client, [PAGE])
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        for number in range(30):
            make_activity(vendor=make_vendor(name=f"Sort {number}"), country="US")
    assert queries_of_pages(admin_client, [PAGE]) == few
