"""The forms of an edition: made of its content alone, provable, accessible, and without what the edition does not say.

No test here has a database.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from django.utils import translation
from docx.oxml.ns import qn
from pypdf import PdfReader

from registry.document import parse
from registry.editions.content import EditionColumn, EditionContent, EditionRow, Publisher, content_of_json
from registry.editions.forms.edition_forms import FORMS, file_name, write_files
from registry.editions.forms.paper import edition_paper
from registry.editions.forms.vendors import vendor_anchors
from registry.editions.style import style, style_hash
from registry.papers.content import PaperFacts, PaperHeading
from registry.papers.rendering import PaperNotWritten
from tests.json_schema import faults
from tests.vocabulary import unknown_terms

pytestmark = pytest.mark.one_database("no test here has a database")

HEADINGS = {
    "vendor": "Leverantör",
    "purpose": "Orsak",
    "personal_data": "Uppgifter",
    "country": "Land",
    "legal_ground": "Laglig grund",
}
ROWS = [
    ("Exempel AB", "Lönehantering", "Namn, lön", "SE", "Avtal"),
    ("Exempel AB", "Fakturering", "Namn", "US", "Avtal + SCC"),
    ("Åkeri & Söner", "Transporter", "Adress", "GB", "Avtal"),
]
SCRIPT = '<script>alert("1")</script>'


def rows_of(rows: Sequence[Sequence[str]]) -> list[EditionRow]:
    return [
        EditionRow(cells, number, [*cells[:4], *cells[4].split(" + ")], number == 2)
        for number, cells in enumerate(rows, start=1)
    ]


def edition(cells: Sequence[Sequence[str]] = ROWS, /, **given: Any) -> EditionContent:
    """Return an edition with all columns of the document."""
    values: dict[str, Any] = {
        "series": "För kunder",
        "slug": "for-kunder",
        "number": 7,
        "day": date(2024, 2, 29),
        "language": "sv",
        "title": "BITRÄDESAVTAL",
        "columns": [EditionColumn(key, heading) for key, heading in HEADINGS.items()],
        "rows": rows_of(cells),
        "publisher": Publisher("Vårt Bolag AB", "556000-0000", "Gatan 1\n111 11 Staden"),
        "heading": "Våra biträden",
        "introduction": "Första raden.\nAndra raden.",
        "closing": "Slutet.",
        "vendors_without_activity": ["Övriga AB"],
        "head": "ab" * 32,
        "address": "https://example.com/published/check/",
    }
    return EditionContent(**{**values, **given})


def edition_with(more: dict[str, str], **given: Any) -> EditionContent:
    """Return an edition of one row with further columns, by their keys, and what stands in them."""
    columns = [*(EditionColumn(*each) for each in HEADINGS.items()), *(EditionColumn(key, f"[{key}]") for key in more)]
    return edition(columns=columns, rows=[EditionRow([*ROWS[0], *more.values()], 1)], **given)


class Page(HTMLParser):
    """What a reader of HTML makes of a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.inside: list[str] = []
        self.style = ""
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "br":
            self.texts.append("\n")
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" in self.inside:
            self.style += data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def values(self, name: str) -> list[str]:
        return [attributes[name] or "" for _tag, attributes in self.tags if name in attributes]


def page_of(content: EditionContent) -> Page:
    return Page(form(content, "html"))


def form(content: EditionContent, code: str) -> bytes:
    written = FORMS[code].write(content)
    assert written is not None
    return written


@cache
def files() -> dict[str, bytes]:
    return write_files(edition())


def pdf_text(file: bytes) -> str:
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(file)).pages)
    return re.sub(r"\s+", " ", text.replace("\u200b\n", "").replace("\u200b", ""))


def word_text(file: bytes) -> str:
    document = docx.Document(io.BytesIO(file))
    footer = document.sections[0].footer.paragraphs[0].text
    paragraphs = document.element.body.iter(qn("w:p"))
    return "\n".join(
        [footer, *("".join(text.text or "" for text in paragraph.iter(qn("w:t"))) for paragraph in paragraphs)]
    )


def cells_of(file: bytes) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(file))
    return [[cell.value for cell in row] for sheet in book.worksheets for row in sheet.iter_rows()]


def everything_in(file: bytes) -> str:
    """Return all that any reader could find in a file."""
    if file.startswith(b"%PDF"):
        return pdf_text(file) + str(PdfReader(io.BytesIO(file)).metadata)
    if file.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(file)) as package:
            return "\n".join(package.read(name).decode(errors="replace") for name in package.namelist())
    return file.decode()


def test_the_forms_stand_in_their_order():
    assert list(FORMS) == ["html", "document", "pdf", "docx", "xlsx", "json", "jsonld"]
    names = [file_name(edition(), form) for form in FORMS.values()]
    endings = ("txt", "pdf", "docx", "xlsx", "json", "jsonld")
    assert names == ["index.html", *(f"for-kunder-7.{ending}" for ending in endings)]
    assert file_name(("a", 2), FORMS["document"]) == "a-2.txt"


def test_the_same_content_gives_the_same_bytes():
    first = files()
    time.sleep(2.1)  # packages have times of two seconds
    again = write_files(content_of_json(first["json"]))
    assert list(first) == list(FORMS)
    assert [code for code in first if first[code] != again[code]] == []


@pytest.mark.parametrize("code", ["html", "pdf", "docx", "xlsx", "jsonld"])
def test_each_form_states_what_it_is(code):
    content = edition()
    readers: dict[str, Callable[[bytes], str]] = {
        "html": lambda file: Page(file).text,
        "pdf": pdf_text,
        "docx": word_text,
        "xlsx": lambda file: str(cells_of(file)),
        "jsonld": bytes.decode,
    }
    text = readers[code](files()[code])
    for stated in ("För kunder", "7", "2024-02-29", content.digest, "ab" * 32, content.address, "556000-0000"):
        assert stated in text
    for cell in ("Exempel AB", "Fakturering", "Adress", "Slutet.", "Övriga AB"):
        assert cell in text


def test_the_digest_is_that_of_the_json():
    assert hashlib.sha256(files()["json"]).hexdigest() == edition().digest
    assert content_of_json(files()["json"]) == content_of_json(edition().json)


def test_each_page_of_a_paper_names_the_edition():
    content = edition([(f"Biträde {number}", "Lön", "Namn", "SE", "Avtal") for number in range(80)])
    reader = PdfReader(io.BytesIO(form(content, "pdf")))
    assert len(reader.pages) > 2
    foot = f"För kunder – 7 – 2024-02-29 – {content.digest[:12]}"
    assert all(foot in page.extract_text() for page in reader.pages)
    assert str(reader.metadata.creation_date)[:10] == "2024-02-29"


def test_a_paper_of_many_columns_has_facts_instead_of_a_table():
    more = {
        key: f"text {key}" for key in ("data_subjects", "retention", "notes", "vendor_notes", "unknown", "a", "b", "c")
    }
    content = edition_with(more, heading="", introduction="", closing="", vendors_without_activity=())
    with translation.override("sv"):
        heading, facts, _checked, *_words = edition_paper(content).blocks
    assert heading == PaperHeading("Exempel AB: Lönehantering", 2)
    assert isinstance(facts, PaperFacts)
    assert dict(facts.facts) == {**dict(zip(HEADINGS.values(), ROWS[0], strict=True)), "Land": "SE (Sverige)"} | {
        f"[{key}]": text for key, text in more.items()
    }


def test_what_is_not_stated_is_left_out():
    little = edition([], publisher=Publisher(), head="", address="")
    paper = edition_paper(little)
    with translation.override("sv"):
        terms = [term for term, _text in edition_paper(little).about]
    assert terms == [
        "Rader som visas",
        "Antal rader",
        "Serie",
        "Utgåva nummer",
        "Utgåvans datum",
        "Kontrollsumma (SHA-256)",
    ]
    assert paper.organisation == ""
    assert "dct:publisher" not in json.loads(form(little, "jsonld"))
    assert all(":" not in href for href in page_of(little).values("href"))


def test_what_is_no_address_of_the_web_is_no_link():
    assert all(":" not in href for href in page_of(edition(address="javascript:alert(1)")).values("href"))


def test_the_document_is_that_of_the_original():
    document = parse(files()["document"])
    assert (document.title, document.dated, document.closing) == ("BITRÄDESAVTAL", date(2024, 2, 29), "Slutet.")
    assert [len(page) for page in document.pages] == [1, 2]
    assert document.rows[1].mechanisms == ("SCC",)


class TestWithoutAColumn:
    """An edition without the purposes has them in no file."""

    @pytest.fixture
    def written(self) -> dict[str, bytes]:
        return self.files()

    @staticmethod
    @cache
    def files() -> dict[str, bytes]:
        columns = [EditionColumn(key, heading) for key, heading in HEADINGS.items() if key != "purpose"]
        rows = [EditionRow([cells[0], *cells[2:]], 1) for cells in ROWS]
        return write_files(edition(columns=columns, rows=rows))

    def test_it_has_no_document(self, written):
        assert set(written) == set(FORMS) - {"document"}
        assert "for-kunder-7.txt" not in written["html"].decode()

    @pytest.mark.parametrize("code", sorted(set(FORMS) - {"document"}))
    def test_the_purposes_are_in_no_file(self, written, code):
        text = everything_in(written[code])
        assert "Transporter" in everything_in(files()[code])
        assert [word for *_rest, word, _data, _country, _basis in ROWS if word in text] == []
        assert "hasPurpose" not in text

    def test_without_vendors_nothing_leads_to_them(self):
        columns = [EditionColumn("purpose", "Orsak"), EditionColumn("country", "Land")]
        content = edition(columns=columns, rows=[EditionRow(["Lön", "SE"], 1)], vendors_without_activity=())
        page = page_of(content)
        assert not [value for value in page.values("id") if value.startswith("vendor-")]
        assert "hasDataProcessor" not in form(content, "jsonld").decode()


class TestPage:
    def test_it_is_one_page_by_itself(self):
        page = page_of(edition())
        assert page.all("html") == [{"lang": "sv"}]
        assert len(page.all("h1")) == len(page.all("title")) == len(page.all("caption")) == len(page.all("main")) == 1
        assert not {"script", "link", "img", "iframe", "form", "object"} & {tag for tag, _attributes in page.tags}
        assert not page.values("src")
        assert not [name for _tag, attributes in page.tags for name in attributes if name.startswith("on")]
        assert "url(" not in style()
        assert "@import" not in style()

    def test_only_the_address_for_checking_leads_elsewhere(self):
        hrefs = page_of(edition()).values("href")
        assert [href for href in hrefs if ":" in href] == ["https://example.com/published/check/"]
        beside = [href for href in hrefs if ":" not in href and not href.startswith("#")]
        assert beside == [
            *(file_name(edition(), each) for code, each in FORMS.items() if code != "html"),
            "../index.html",
        ]

    def test_what_the_style_is_called_is_what_a_browser_computes(self):
        page = page_of(edition())
        digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
        assert style_hash() == f"sha256-{digest}"
        (policy,) = [each["content"] for each in page.all("meta") if "http-equiv" in each]
        assert policy.startswith(f"default-src 'none'; style-src '{style_hash()}';")

    def test_headings_of_the_table_have_their_scope(self):
        page = page_of(edition())
        assert [each["scope"] for each in page.all("th")] == ["col"] * 5 + ["row"] * 3
        assert [each["data-label"] for each in page.all("td")][:4] == list(HEADINGS.values())[1:]

    def test_ids_are_unique_and_lead_somewhere(self):
        rows = [(f"Biträde {number // 2}", f"{number}", "Namn", "SE", "Avtal") for number in range(40)]
        page = page_of(edition(rows))
        ids = page.values("id")
        assert len(ids) == len(set(ids))
        targets = [href.removeprefix("#") for href in page.values("href") if href.startswith("#")]
        assert set(targets) <= set(ids)
        vendors = sorted({f"vendor-bitrade-{number}" for number in range(20)})
        assert [each for each in targets if each.startswith("vendor-")] == [*vendors, "vendor-ovriga-ab"]
        labels = {*page.values("aria-labelledby")}
        assert labels <= set(ids)

    def test_a_few_vendors_need_no_list(self):
        assert not page_of(edition()).all("nav")

    def test_countries_have_their_names_in_the_language_of_the_edition(self):
        assert "GB (Storbritannien" in page_of(edition()).text
        assert "GB (United Kingdom" in page_of(edition(language="en")).text

    def test_its_own_words_are_in_its_language(self):
        assert "Utgåva 7, daterad 2024-02-29" in page_of(edition()).text
        english = page_of(edition(language="en"))
        assert english.all("html") == [{"lang": "en"}]
        assert "Edition 7, dated 2024-02-29" in english.text
        assert "ingen behandling är angiven: en öppen fråga" in page_of(edition()).text

    def test_many_columns_are_entries_instead_of_a_table(self):
        more = {key: f"text {key}" for key in ("data_subjects", "retention", "notes", "vendor_notes")}
        for heading in ("Våra biträden", ""):
            page = page_of(edition_with(more, heading=heading))
            assert not page.all("table")
            assert "vendor-exempel-ab" in page.values("id")
            levels = [int(tag[1]) for tag, _attributes in page.tags if re.fullmatch("h[1-6]", tag)]
            assert levels[0] == 1
            assert all(level <= before + 1 for before, level in pairwise(levels))
            assert all(text in page.text for text in more.values())

    def test_what_is_open_is_said(self):
        page = page_of(edition([("Exempel AB", "", "Namn", "", "Avtal")]))
        assert page.text.count("ej angivet: en öppen fråga") == 2

    def test_no_row(self):
        page = page_of(edition([]))
        assert not page.all("table")
        assert "Exempel" not in page.text


class TestTextIsData:
    ROW = (f"{SCRIPT} & Co", "=1+1", "första\nandra\n\ntredje", "SE", "</td>")

    @pytest.fixture
    def written(self) -> dict[str, bytes]:
        return self.files()

    @classmethod
    @cache
    def files(cls) -> dict[str, bytes]:
        return write_files(edition([cls.ROW], title=f"T {SCRIPT}", introduction=SCRIPT, publisher=Publisher(SCRIPT)))

    def test_markup_is_text_on_the_page(self, written):
        page = Page(written["html"])
        assert not page.all("script")
        assert page.text.count(SCRIPT) > 3
        assert "första\nandra\n\ntredje" in page.text

    def test_a_formula_is_text_in_the_workbook(self, written):
        sheet = openpyxl.load_workbook(io.BytesIO(written["xlsx"])).worksheets[0]
        assert (sheet["B2"].value, sheet["B2"].data_type) == ("=1+1", "s")
        assert [cell.value for cell in sheet[2]] == list(self.ROW)

    def test_papers_and_data_have_it_as_it_is(self, written):
        for text in (self.ROW[0], "=1+1", "</td>"):
            assert text in word_text(written["docx"])
        assert SCRIPT in pdf_text(written["pdf"])
        process = json.loads(written["jsonld"])["dpv:hasRecordOfActivity"][0]
        assert process["dpv:hasPersonalData"][0]["dct:description"] == self.ROW[2]


class TestWorkbook:
    def test_it_is_no_export_that_comes_back(self):
        book = openpyxl.load_workbook(io.BytesIO(files()["xlsx"]))
        assert book.sheetnames == ["Utgåva", "Om"]
        assert [each.value for each in book.worksheets[0][1]] == list(HEADINGS.values())
        assert all(sheet.sheet_state == "visible" for sheet in book.worksheets)
        assert not any(each.hidden for each in book.worksheets[0].column_dimensions.values())
        assert book.properties.created.date() == date(2024, 2, 29)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            pytest.param(edition([("x" * 32_768, "a", "b", "SE", "c")]), "rad 2, Leverantör", id="in a cell"),
            pytest.param(edition(introduction="x" * 32_768), "Inledning", id="around the table"),
        ],
    )
    def test_a_text_that_does_not_fit_is_not_cut(self, content, words):
        with pytest.raises(PaperNotWritten, match=words):
            FORMS["xlsx"].write(content)


def test_what_the_document_cannot_hold_is_not_left_out():
    with pytest.raises(PaperNotWritten, match="dokumentets form"):
        write_files(edition(title="två\nrader"))


class TestJson:
    @pytest.fixture
    def schema(self) -> dict[str, Any]:
        return json.loads(Path("docs/edition.schema.json").read_text(encoding="utf-8"))

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(edition(), id="all"),
            pytest.param(edition([]), id="no row"),
            pytest.param(
                replace(edition(), publisher=Publisher(), head="", address="", rows=[EditionRow(ROWS[0])]), id="little"
            ),
        ],
    )
    def test_it_is_as_the_schema_says(self, schema, content):
        assert list(faults(json.loads(content.json), schema)) == []

    @pytest.mark.parametrize(
        ("change", "place"),
        [
            ({"more": 1}, "$: has"),
            ({"form": "edition-2"}, "$.form"),
            ({"number": 0}, "$.number"),
            ({"number": True}, "$.number"),
            ({"day": "2024-02-30"}, "$.day"),
            ({"language": "de"}, "$.language"),
            ({"head": "AB"}, "$.head"),
            ({"address": "javascript:1"}, "$.address"),
            ({"rows": [{"activity": 1, "cells": [1], "document": ["a"], "starts_page": 0}]}, "$.rows[0].cells[0]"),
            ({"publisher": {"name": ""}}, "$.publisher: lacks"),
        ],
    )
    def test_the_schema_refuses_what_is_none(self, schema, change, place):
        found = list(faults({**json.loads(edition().json), **change}, schema))
        assert any(fault.startswith(place) for fault in found), found

    def test_everything_is_described(self, schema):
        objects = [schema, *schema["$defs"].values()]
        for each in objects:
            assert each["required"] == list(each["properties"])
            assert each["additionalProperties"] is False
            assert all("description" in rule or "$ref" in rule for rule in each["properties"].values())


class TestLinkedData:
    def process(self, **more: str) -> dict[str, Any]:
        (process,) = json.loads(form(edition_with(more), "jsonld"))["dpv:hasRecordOfActivity"]
        return process

    def test_terms_are_those_of_the_vocabulary(self):
        more = {
            "data_subjects": "Anställda",
            "retention": "Sju år",
            "security_measures": "Kryptering",
            "special_categories": "ja",
            "our_role": "personuppgiftsansvarig",
            "vendor_contact": "x",
        }
        for content in (
            edition(),
            edition_with(more),
            edition_with({"vendor_role": "självständigt personuppgiftsansvarig"}),
        ):
            assert unknown_terms(json.loads(form(content, "jsonld"))) == set()

    def test_what_is_stated(self):
        document = json.loads(files()["jsonld"])
        assert document["@id"] == f"urn:sha256:{edition().digest}"
        assert document["dct:issued"] == {"@type": "xsd:date", "@value": "2024-02-29"}
        assert document["owl:versionInfo"] == "7"
        assert document["dct:publisher"]["dpv:hasName"] == "Vårt Bolag AB"
        assert [each["dpv:hasName"] for each in document["dpv:hasDataProcessor"]] == ["Övriga AB"]
        swedish, american, british = document["dpv:hasRecordOfActivity"]
        assert "dpv:hasProcessing" not in swedish
        transfer = american["dpv:hasProcessing"]
        assert transfer["dpv:hasThirdCountry"]["@id"] == "loc:US"
        assert [each["dct:title"] for each in transfer["dpv:hasLegalBasis"]] == ["SCC"]
        assert [each["dct:description"] for each in american["dpv:hasLegalBasis"]] == ["Avtal"]
        assert british["dpv:hasProcessing"]["dpv:hasThirdCountry"]["@id"] == "loc:GB"

    def test_who_publishes_it_is_the_controller_only_where_that_is_stated(self):
        assert "dpv:hasDataController" not in self.process()
        as_controller = self.process(our_role="personuppgiftsansvarig")
        assert as_controller["dpv:hasDataController"]["@id"].endswith("#publisher")
        as_processor = self.process(our_role="personuppgiftsbiträde åt andra", on_behalf_of="Kunden AB")
        assert as_processor["dpv:hasDataController"]["dct:description"] == "Kunden AB"
        assert len(as_processor["dpv:hasDataProcessor"]) == 2

    def test_what_a_vendor_is_follows_from_its_role_where_it_is_stated(self):
        (vendor,) = self.process(vendor_role="underbiträde")["dpv:hasDataProcessor"]
        assert vendor["@type"] == "dpv:DataSubProcessor"
        receiving = self.process(vendor_role="självständigt personuppgiftsansvarig")
        assert receiving["dpv:hasRecipient"]["@type"] == "dpv:Recipient"
        assert "dpv:hasDataProcessor" not in receiving

    def test_columns_without_a_term_are_described(self):
        assert self.process(notes="Anteckning")["dct:description"] == ["[notes]: Anteckning"]

    def test_special_data_and_odd_cells(self):
        process = self.process(special_categories="ja", vendor_country="Atlantis")
        assert {"@type": "dpv:SpecialCategoryPersonalData"} in process["dpv:hasPersonalData"]
        (vendor,) = process["dpv:hasDataProcessor"]
        assert vendor["dpv:hasCountry"]["dct:description"] == "Atlantis"
        odd = edition([("Exempel AB", "a", "b", "SE", "Avtal + SCC + SCC")])
        (process,) = json.loads(form(odd, "jsonld"))["dpv:hasRecordOfActivity"]
        assert process["dpv:hasLegalBasis"][0]["dct:description"] == "Avtal + SCC + SCC"


@pytest.mark.parametrize(
    ("names", "anchors"),
    [
        pytest.param(["Exempel AB"], {"exempel ab": "vendor-exempel-ab"}, id="a name"),
        pytest.param(["Åkeri & Söner"], {"åkeri & söner": "vendor-akeri-soner"}, id="other letters"),
        pytest.param(
            ["A b", "A-b", "a_b"], {"a b": "vendor-a-b", "a-b": "vendor-a-b-2", "a_b": "vendor-a_b"}, id="two alike"
        ),
        pytest.param(
            ["A!", "A", "A-2"], {"a": "vendor-a", "a!": "vendor-a-3", "a-2": "vendor-a-2"}, id="the number is a name"
        ),
        pytest.param(["株式会社"], {"株式会社": "vendor-株式会社"}, id="no Latin letter"),
        pytest.param(["!!!"], {"!!!": "vendor-" + hashlib.sha256(b"!!!").hexdigest()[:8]}, id="no letter"),
    ],
)
def test_anchors_follow_from_the_names(names, anchors):
    assert vendor_anchors(names) == vendor_anchors(reversed(names)) == anchors


@pytest.mark.uncounted("a large edition: the other tests of this module")
def test_ten_thousand_rows():
    content = edition([(f"Biträde {number % 500}", "Lön", "Namn", "US", "Avtal") for number in range(10_000)])
    page = page_of(content)
    assert len(page.all("tr")) == 10_001
    assert len(page.values("id")) == len(set(page.values("id")))
    assert page.all("details") == [{}]
    assert content_of_json(form(content, "json")) == content_of_json(content.json)
    assert openpyxl.load_workbook(io.BytesIO(form(content, "xlsx")), read_only=True).worksheets[0].max_row == 10_001
