"""Papers of the register, of one entry and of a change set: what is on them, who gets them, and what is on record."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from pypdf import PdfReader

from registry.core.progress import reporting_to
from registry.files.export import Selection, register_table
from registry.files.verify_export import verify_export
from registry.law.transfers import Law
from registry.models import (
    ChangeSet,
    Organisation,
    ProcessingActivity,
    Source,
    Vendor,
    change_set,
    law_on,
)
from registry.papers import rendering
from registry.papers.content import Paper, PaperFacts, PaperHeading, Paragraph, TableBlock, TableColumn
from registry.papers.document_paper import document_paper
from registry.papers.entry_paper import EntryState, activity_paper, vendor_paper
from registry.papers.register_paper import register_paper
from registry.papers.rendering import PaperNotWritten, write_paper
from tests.factories import make_activity, make_agreement, make_mechanism, make_transfer, make_vendor

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("papers on their way out")]
LINES = {"accept": "application/x-ndjson"}
OPEN = "not stated: an open question"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def texts_of(paper: Paper) -> str:
    """Return all texts of a paper, a line for each row or fact."""
    lines = [paper.title, *(": ".join(line) for line in paper.about)]
    for block in paper.blocks:
        if isinstance(block, PaperHeading | Paragraph):
            lines.append(block.text)
        elif isinstance(block, PaperFacts):
            lines += [": ".join(fact) for fact in block.facts]
        else:
            lines += [" | ".join(column.heading for column in block.columns), *map(" | ".join, block.rows)]
    return "\n".join(lines)


def pdf_text(content: bytes) -> str:
    pages = (page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return re.sub(r"\s+", " ", "\n".join(pages).replace("\xad\n", "").replace("\u200b", ""))


def whole_register(**given: Any) -> Selection:
    values: dict[str, Any] = {"whole": True, "law": law_on(timezone.localdate()), **given}
    return Selection(ProcessingActivity.objects.all(), **values)


def state(**given: Any) -> EntryState:
    today = timezone.localdate()
    values: dict[str, Any] = {"law": law_on(today), "day": today, "digest": "ab" * 32, "who": "eva", **given}
    return EntryState(**values)


def columns(*keys: str) -> list[Any]:
    from registry.files.columns import COLUMNS_BY_KEY

    return [COLUMNS_BY_KEY[key] for key in keys]


class TestTheRegister:
    def test_verdicts_are_words_with_the_reason_beside_them(self, reference: None) -> None:
        make_activity(country="US")
        paper = register_paper(whole_register(columns=columns("vendor", "verdict", "finding_count")))
        (table,) = paper.tables()
        assert [column.heading for column in table.columns] == [
            "Vendor",
            "Verdict",
            "Reason for the verdict",
            "Open findings",
        ]
        assert table.rows[0][1] == "not covered"
        assert "United States" in table.rows[0][2]

    def test_what_is_not_stated_is_on_the_paper_as_open(self) -> None:
        make_activity(country="", legal_basis=None, personal_data="")
        (table,) = register_paper(
            whole_register(columns=columns("purpose", "personal_data", "country", "legal_ground"))
        ).tables()
        assert list(table.rows[0][1:]) == [OPEN, OPEN, OPEN]

    def test_vendors_without_an_activity_are_on_the_paper_of_the_whole_register(self) -> None:
        make_activity(vendor=make_vendor(name="Med"))
        make_vendor(name="Utan")
        whole = texts_of(register_paper(whole_register(columns=columns("vendor"))))
        assert "Utan | active | not assessed | not stated: an open question | no activity is stated" in whole
        assert "Utan" not in texts_of(register_paper(whole_register(columns=columns("vendor"), whole=False)))

    def test_with_many_columns_each_row_is_a_heading_with_facts(self) -> None:
        activity = make_activity(country="", notes="På paper")
        paper = register_paper(whole_register())
        assert not list(paper.tables())
        assert f"{activity.vendor.name}: {activity.purpose}" in texts_of(paper)
        assert f"Country: {OPEN}" in texts_of(paper)
        assert "Notes: På paper" in texts_of(paper)

    def test_the_queries_do_not_grow_with_the_rows(self, reference: None) -> None:
        def queries() -> int:
            selection = whole_register(columns=columns("vendor", "country", "verdict", "finding_count", "transfers"))
            with CaptureQueriesContext(connection) as captured:
                register_paper(selection)
            return len(captured)

        make_transfer()
        make_vendor()
        few = queries()
        for _number in range(10):
            make_transfer()
            make_vendor()
        assert queries() == few

    def test_it_says_organisation_day_law_rows_and_head_of_the_history(self) -> None:
        make_activity()
        with change_set(source=Source.COMMAND, reason="test"):
            Organisation(pk=1, name="Förvaltningen").save()
        selection = whole_register(law=Law(date(2020, 7, 16), []), rows_shown="Country: SE", who="eva")
        paper = register_paper(selection)
        assert (paper.organisation, paper.language) == ("Förvaltningen", "en")
        assert dict(paper.about)["By the law of"] == "2020-07-16"
        assert dict(paper.about)["Rows shown"] == "Country: SE"
        assert dict(paper.about)["Head of the history (digest)"] == selection.state
        assert "eva" in paper.foot

    def test_it_is_in_the_language_of_the_reader(self) -> None:
        make_activity(country="US")
        with translation.override("sv"):
            paper = register_paper(whole_register(columns=columns("vendor", "country")))
        assert paper.language == "sv"
        assert "Leverantör | Land" in texts_of(paper)
        assert "US (USA)" in texts_of(paper)

    def test_workbook_of_the_whole_register_lists_them_on_the_sheet_about(self) -> None:
        make_activity(vendor=make_vendor(name="Med"))
        make_vendor(name="Utan")
        line = ("Vendor without an activity: an open question", "Utan")
        assert line in register_table(whole_register()).about
        assert line not in register_table(whole_register(whole=False)).about


class TestTheDocument:
    def test_it_has_the_form_of_the_original(self, imported: None) -> None:
        with translation.override("sv"):
            paper = document_paper(whole_register())
        first, *others = paper.tables()
        assert paper.title == "BITRÄDESAVTAL (2020-06-18)"
        assert [column.heading for column in first.columns] == [
            "Leverantör",
            "Orsak",
            "Uppgifter",
            "Land",
            "Laglig grund",
        ]
        assert sum(len(table.rows) for table in (first, *others)) == 38
        assert isinstance(paper.blocks[-1], Paragraph)
        assert paper.blocks[-1].text.startswith("Vi kommer inte att lämna ut")

    def test_it_says_how_many_it_leaves_out(self) -> None:
        make_activity()
        make_activity(status="draft")
        make_vendor()
        about = dict(document_paper(whole_register()).about)
        assert about["Number of rows"] == "1"
        assert about["Left out: drafts and ended activities"] == "1"
        assert about["Left out: vendors without an activity"] == "1"

    def test_its_page_says_so_too(self, admin: Client) -> None:
        make_activity(vendor=make_vendor())
        make_vendor()
        assert "1 vendor without an activity has no row in this form." in words(admin.get("/admin/register/document/"))


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


class TestAnEntry:
    def test_vendor_with_all_that_belongs_to_it(self, reference: None) -> None:
        vendor = make_vendor(name="Moln AB", country="US")
        make_agreement(vendor=vendor, kind="processing", reference="DPA 7")
        activity = make_activity(vendor=vendor, purpose="Drift", country="US", legal_basis=None)
        make_transfer(activity=activity, mechanism=make_mechanism(label="Klausuler"))
        text = texts_of(vendor_paper(vendor, state()))
        for expected in (
            "Moln AB",
            "Seat: US (United States)",
            f"Owner: {OPEN}",
            "data processing agreement | DPA 7",
            "Drift",
            "Verdict: not covered",
            "Reason for the verdict: Klausuler is unclassified",
            f"Legal basis: {OPEN}",
            "No retention stated",
            "ab" * 32,
        ):
            assert expected in text

    def test_vendor_without_anything_says_what_is_open(self) -> None:
        text = texts_of(vendor_paper(make_vendor(name="Ensam"), state()))
        assert "No agreement is stated: an open question." in text
        assert "No activity is stated: an open question." in text

    def test_activity_with_its_vendor(self, reference: None) -> None:
        activity = make_activity(vendor=make_vendor(name="Moln AB"), purpose="Drift", country="")
        text = texts_of(activity_paper(activity, state()))
        assert text.startswith("Moln AB: Drift")
        assert f"Country: {OPEN}" in text
        assert "Nobody has stated in which country the data is." in text
        assert "Name: Moln AB" in text

    def test_the_queries_do_not_grow_with_the_activities(self, reference: None) -> None:
        vendor = make_vendor()

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                vendor_paper(vendor, entry_state)
            return len(captured)

        entry_state = state()
        for _number in range(2):
            make_transfer(activity=make_activity(vendor=vendor))
        few = queries()
        for _number in range(8):
            make_transfer(activity=make_activity(vendor=vendor))
        assert queries() == few

    @pytest.mark.parametrize("name", ["vendors", "register"])
    def test_its_page_hands_it_over_and_it_is_on_record(
        self, admin: Client, activity: ProcessingActivity, name: str
    ) -> None:
        key, page = (activity.vendor_id, "vendor") if name == "vendors" else (activity.pk, "processingactivity")
        address = f"/admin/{name}/{key}/paper/"
        assert address in admin.get(f"/admin/registry/{page}/{key}/change/").content.decode()
        assert address in admin.get(f"/admin/registry/{page}/{key}/history/").content.decode()
        content = admin.post(address, {"format": "pdf"}).getvalue()
        text = pdf_text(content)
        assert activity.vendor.name in text
        assert "History" not in text
        origin = verify_export(content)
        assert origin.export is not None
        assert origin.export.details["of"] == "entry"
        assert origin.state == ChangeSet.objects.exclude(pk=origin.export.pk).latest("pk")

    def test_history_is_on_it_when_asked_for(self, admin: Client) -> None:
        with change_set(source=Source.COMMAND, reason="Därför att"):
            vendor = Vendor.objects.create(name="Moln AB")
        content = admin.post(f"/admin/vendors/{vendor.pk}/paper/", {"format": "pdf", "history": "1"}).getvalue()
        assert "History" in pdf_text(content)
        assert "Därför att" in pdf_text(content)

    def test_past_day_shows_what_was_stated_then(self, admin: Client, next_day: Callable[[], None]) -> None:
        vendor = make_vendor(name="Före")
        yesterday = timezone.localdate()
        next_day()
        with change_set(source=Source.COMMAND, reason="test"):
            vendor.name = "Efter"
            vendor.save()
        make = f"/admin/vendors/{vendor.pk}/paper/"
        then = admin.post(make, {"format": "pdf", "day": yesterday.isoformat()})
        text = pdf_text(then.getvalue())
        assert "Före" in text
        assert "Efter" not in text
        assert "Efter" in pdf_text(admin.post(make, {"format": "pdf"}).getvalue())
        assert ChangeSet.objects.filter(source=Source.EXPORT, details__day=yesterday.isoformat()).exists()

    @pytest.mark.parametrize(
        ("sent", "problem"),
        [
            pytest.param({"format": "exe"}, "Choose a format.", id="unknown format"),
            pytest.param({"format": "pdf", "day": "2001-01-01"}, "On 2001-01-01 it was not", id="before it was there"),
            pytest.param({"format": "pdf", "day": "2999-01-01"}, "is not known yet", id="a day to come"),
            pytest.param({"format": "pdf", "day": "x"}, "is not a day", id="no day"),
        ],
    )
    def test_what_cannot_be_made_is_refused_in_words(self, admin: Client, sent: dict[str, str], problem: str) -> None:
        answer = admin.post(f"/admin/vendors/{make_vendor().pk}/paper/", sent)
        assert answer.status_code == 400
        assert problem in answer.content.decode()
        assert not ChangeSet.objects.filter(source=Source.EXPORT).exists()

    def test_whoever_may_not_export_takes_none(self, sign_in: Callable[..., Client]) -> None:
        vendor = make_vendor()
        looking = sign_in("view_vendor", "view_processingactivity", "view_transfer", "view_transfermechanism")
        assert looking.post(f"/admin/vendors/{vendor.pk}/paper/", {"format": "pdf"}).status_code == 403
        assert "/paper/" not in looking.get(f"/admin/registry/vendor/{vendor.pk}/change/").content.decode()


class TestAChangeSet:
    def test_it_says_who_changed_what_from_what_to_what_and_why(self, admin: Client) -> None:
        vendor = make_vendor(name="Före")
        with change_set(source=Source.COMMAND, reason="Bytte namn") as opened:
            vendor.name = "Efter"
            vendor.save()
            key = opened.write_row().pk
        address = f"/admin/registry/changeset/{key}/paper/"
        assert address in admin.get(f"/admin/registry/changeset/{key}/change/").content.decode()
        content = admin.post(address, {"format": "pdf"}).getvalue()
        text = pdf_text(content)
        for expected in (f"Change set {key}", "Bytte namn", "Före", "Efter", "changed"):
            assert expected in text
        assert verify_export(content).state is not None
        assert verify_export(content).state.pk == key

    def test_whoever_may_not_see_its_entries_gets_none(self, sign_in: Callable[..., Client]) -> None:
        make_vendor()
        key = ChangeSet.objects.latest("pk").pk
        other = sign_in("view_changeset", "view_legalbasis", "export_processingactivity")
        assert other.post(f"/admin/registry/changeset/{key}/paper/", {"format": "pdf"}).status_code == 403


class TestProgress:
    def test_page_that_follows_gets_the_file_while_others_write(
        self, transactional_db: None, sign_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = sign_in(name="boss", superuser=True)
        make_activity(vendor=make_vendor(name="Först"))
        begun = ChangeSet.objects.latest("pk").pk

        def write_meanwhile(request: bytes) -> bytes:
            make_vendor(name="Senare")
            return b"%PDF the paper"

        monkeypatch.setattr(rendering, "answer_of_writer", write_meanwhile)
        answer: Any = client.post("/admin/register/export/", {"format": "pdf"}, headers=LINES)
        *steps, last = [json.loads(line) for line in answer.streaming_content]
        assert "Writing" in {step["step"] for step in steps}
        file = last["outcome"]["file"]
        content = base64.b64decode(file["content"])
        assert (last["outcome"]["done"], content, file["type"]) == (True, b"%PDF the paper", "application/pdf")
        assert re.fullmatch(r"register-[-0-9]+\.pdf", file["name"])
        export = ChangeSet.objects.get(source=Source.EXPORT)
        assert export.details["sha256"] == hashlib.sha256(content).hexdigest()
        assert export.user_name == "boss"
        assert Vendor.objects.filter(name="Senare").exists()
        origin = verify_export(content)
        assert origin.state is not None
        assert origin.state.pk == begun

    def test_what_could_not_be_written_is_said_there(
        self, transactional_db: None, sign_in: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = sign_in(name="boss", superuser=True)
        make_activity()
        monkeypatch.setattr(rendering, "MEMORY", 1024)
        answer: Any = client.post("/admin/register/export/", {"format": "docx"}, headers=LINES)
        outcome = json.loads(list(answer.streaming_content)[-1])["outcome"]
        assert (outcome["done"], outcome["file"]) == (False, None)
        assert "The paper could not be written." in outcome["text"]
        assert not ChangeSet.objects.filter(source=Source.EXPORT).exists()


class TestTheFile:
    def test_command_writes_papers_and_they_are_known_again(self, imported: None, tmp_path: Any) -> None:
        for code in ("pdf", "docx", "document-pdf", "document-docx"):
            target = tmp_path / code
            call_command("export_register", format=code, output=target, language="sv")
            origin = verify_export(target.read_bytes())
            assert origin.export is not None
            assert origin.export.details["format"] == code
            assert origin.state is not None

    def test_paper_that_cannot_be_written_is_said_in_words_and_not_on_record(
        self, admin: Client, activity: ProcessingActivity, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rendering, "MEMORY", 1024)
        answer = admin.post("/admin/register/export/", {"format": "pdf"}, follow=True)
        assert "The paper could not be written." in answer.content.decode()
        assert not ChangeSet.objects.filter(source=Source.EXPORT).exists()

    def test_others_wait_for_a_while_and_are_refused_then(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rendering, "PATIENCE", 0)
        with rendering._places, pytest.raises(PaperNotWritten, match="Other papers are being written"):
            write_paper(Paper("T", "en", [Paragraph("x")]), "pdf")

    def test_long_pdf_is_made_in_parts_and_says_how_far_it_is(self) -> None:
        rows = [[f"row {number}", *"abcdefgh"] for number in range(950)]
        table = TableBlock("rows", [TableColumn(str(number)) for number in range(9)], rows)
        steps: list[tuple[str, int, int]] = []
        with reporting_to(lambda *step: steps.append(step)):
            content = write_paper(Paper("T", "en", [table]), "pdf")
        assert steps == [("writing", 0, 0), ("writing", 0, 3), ("writing", 1, 3), ("writing", 2, 3)]
        text = pdf_text(content)
        assert [int(number) for number in re.findall(r"row (\d+)", text)] == list(range(950))
        pages = len(PdfReader(io.BytesIO(content)).pages)
        assert f"page {pages} of {pages}" in text

    def test_pdf_that_would_take_too_much_memory_is_refused_in_words(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rendering, "MOST_CELLS_OF_PDF", 5)
        paper = Paper("T", "en", [TableBlock("", [TableColumn("a"), TableColumn("b")], [["1", "2"]] * 3)])
        with pytest.raises(PaperNotWritten, match=r"A PDF holds at most 5 cells.* or Word or Excel"):
            write_paper(paper, "pdf")
        assert write_paper(paper, "docx")

    def test_process_that_takes_too_long_is_ended(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rendering, "SECONDS", 0.01)
        with pytest.raises(PaperNotWritten):
            write_paper(Paper("T", "en", [Paragraph("x")]), "pdf")
