"""Editions: prepared by one person, approved by another, published for ever, and always beside the register."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from registry.editions import elsewhere, steps
from registry.editions.content import content_of_json
from registry.editions.difference import difference
from registry.editions.steps import StepRefused
from registry.editions.stored_editions import content_by_digest
from registry.editions.wording import in_words
from registry.history.imported_files import describe_import, keep_file
from registry.history.time_travel import as_at
from registry.history.undo import plan_restore, plan_undo
from registry.models import (
    Acceptance,
    ChangeSet,
    DocumentText,
    Edition,
    EditionFile,
    EditionState,
    ImportedFile,
    Organisation,
    ProcessingActivity,
    SavedView,
    Source,
    User,
    Vendor,
    change_set,
)
from registry.web.editions import moved
from registry.web.editions.findings import edition_findings
from registry.web.editions.rows import content_for_series as content_of_series
from registry.web.editions.writing import prepare_edition, publish_edition
from registry.web.filters import UnknownFilter
from tests.factories import make_activity, make_mechanism, make_vendor
from tests.growth import double_the_register
from tests.integration.beginnings import ORIGINAL, new_user, recording
from tests.integration.layers import layer
from tests.integration.pages import form_data, text_of

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:editions")
SEEN = ("view_edition", "view_documenttext", "view_vendor", "view_processingactivity")


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def quick_papers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Papers as a few bytes: what they hold is tried in tests/integration/test_edition_forms.py."""
    monkeypatch.setattr(
        "registry.editions.forms.paper.write_paper", lambda paper, kind: f"{kind} of {paper.title}".encode()
    )


@layer
def people() -> dict[str, User]:
    return {
        "anna": new_user(*SEEN, "prepare_edition", name="anna"),
        "bo": new_user(*SEEN, "approve_edition", name="bo"),
        "cia": new_user(*SEEN, "publish_edition", "prepare_edition", "approve_edition", name="cia"),
    }


@layer
def series() -> DocumentText:
    """The document, with two vendors in it."""
    with recording():
        text = DocumentText.load()
        text.title, text.heading = "BITRÄDESAVTAL", "Personuppgiftsbiträden"
        text.save()
        make_activity(vendor=make_vendor(name="Apsis"), purpose="Utskick", personal_data="Namn", country="SE")
        make_activity(vendor=make_vendor(name="Signr"), purpose="Avtal", personal_data="Namn", country="US")
    return text


def prepared(series: DocumentText, user: User, day: date | None = None) -> Edition:
    with change_set(user=user, source=Source.ADMIN, reason="prepared"):
        return prepare_edition(series, day or timezone.localdate(), user=user)


def approved(edition: Edition, user: User) -> Edition:
    name_all(edition)
    with change_set(user=user, source=Source.ADMIN, reason="approved"):
        return steps.approve(edition, edition.content_sha256, user=user)


def name_all(edition: Edition) -> None:
    edition.refresh_from_db()
    assert edition.prepared_by is not None
    if steps.unanswered(edition):
        with change_set(user=edition.prepared_by, source=Source.ADMIN, reason="named"):
            steps.name_findings(edition, list(edition.findings), "Known to the customers", user=edition.prepared_by)


def published(edition: Edition, user: User) -> Edition:
    with change_set(user=user, source=Source.ADMIN, reason="published"):
        return publish_edition(edition, user=user)


def published_now(series: DocumentText, people: dict[str, User], day: date | None = None) -> Edition:
    return published(approved(prepared(series, people["anna"], day), people["bo"]), people["cia"])


def exported_document() -> bytes:
    from registry.files.export import Selection, rendered_document

    return rendered_document(Selection(ProcessingActivity.objects.all()))


@pytest.mark.usefixtures("quick_papers")
class TestSteps:
    def test_an_edition_is_the_register_as_the_document_says_it(self, series: Any, people: Any) -> None:
        edition = published_now(series, people)
        document = EditionFile.objects.get(sha256=edition.files["document"])
        assert bytes(document.content) == exported_document()
        assert f"BITRÄDESAVTAL ({timezone.localdate()})".encode() in bytes(document.content)

    def test_the_register_as_at_it_says_the_same(self, series: Any, people: Any) -> None:
        edition = published_now(series, people)
        with recording():
            make_activity(vendor=make_vendor(name="Ny AB"))
        with as_at(edition.shows):
            assert exported_document() == bytes(EditionFile.objects.get(sha256=edition.files["document"]).content)

    def test_it_stays_as_it_was_when_the_register_moves(self, series: Any, people: Any) -> None:
        edition = published_now(series, people)
        before = EditionFile.objects.get(sha256=edition.files["html"]).content
        with recording():
            vendor = Vendor.objects.get(name="Apsis")
            vendor.name = "Apsis One"
            vendor.save()
        edition.refresh_from_db()
        assert EditionFile.objects.get(sha256=edition.files["html"]).content == before
        assert b"Apsis One" not in before

    def test_the_head_of_the_history_is_that_before_it_was_prepared(self, series: Any, people: Any) -> None:
        from registry.models import head_digest

        head = head_digest()
        edition = prepared(series, people["anna"])
        content = content_of_json(bytes(EditionFile.objects.get(sha256=edition.content_sha256).content))
        assert (edition.head, content.head) == (head, head)

    def test_whoever_prepared_it_does_not_approve_it(self, series: Any, people: Any) -> None:
        edition = prepared(series, people["cia"])
        name_all(edition)
        with pytest.raises(StepRefused, match="somebody else"), recording():
            steps.approve(edition, edition.content_sha256, user=people["cia"])

    def test_not_even_a_superuser(self, series: Any) -> None:
        boss = new_user(name="boss", superuser=True)
        edition = prepared(series, boss)
        name_all(edition)
        with pytest.raises(StepRefused, match="somebody else"), recording():
            steps.approve(edition, edition.content_sha256, user=boss)

    def test_a_team_of_one_has_a_setting_which_is_on_record(self, series: Any, people: Any) -> None:
        with recording():
            series.by_one_person = True
            series.save()
        edition = approved(prepared(series, people["cia"]), people["cia"])
        assert edition.is_approved
        assert ChangeSet.objects.latest("pk").details["prepared_and_approved_by_one_person"] is True

    @pytest.mark.parametrize("who", ["anna", "bo"])
    def test_what_nobody_approved_is_not_published(self, series: Any, people: Any, who: str) -> None:
        edition = prepared(series, people["anna"])
        with pytest.raises(StepRefused), recording():
            publish_edition(edition, user=people[who])
        with pytest.raises(StepRefused, match="approved"), recording():
            publish_edition(edition, user=people["cia"])

    def test_an_approval_is_of_exactly_this_content(self, series: Any, people: Any) -> None:
        edition = approved(prepared(series, people["anna"]), people["bo"])
        with recording():
            make_activity(vendor=make_vendor(name="Ny AB"))
        again = prepared(series, people["anna"])
        assert (again.pk, again.number) == (edition.pk, edition.number)
        assert not again.is_approved
        with pytest.raises(StepRefused, match="approved"), recording():
            publish_edition(again, user=people["cia"])

    def test_a_page_that_shows_an_older_content_approves_nothing(self, series: Any, people: Any) -> None:
        first = prepared(series, people["anna"])
        shown = first.content_sha256
        with recording():
            make_activity(vendor=make_vendor(name="Ny AB"))
        name_all(again := prepared(series, people["anna"]))
        with pytest.raises(StepRefused, match="prepared anew"), recording():
            steps.approve(again, shown, user=people["bo"])

    def test_preparing_the_same_content_again_asks_for_an_approval_too(self, series: Any, people: Any) -> None:
        edition = approved(prepared(series, people["anna"]), people["bo"])
        again = prepared(series, people["bo"] if people["bo"].has_perm("registry.prepare_edition") else people["anna"])
        assert again.pk == edition.pk
        assert not again.is_approved

    def test_the_database_refuses_what_was_not_approved(self, series: Any, people: Any) -> None:
        from django.db import IntegrityError, transaction

        edition = prepared(series, people["anna"])
        edition.published_on = timezone.localdate()
        with pytest.raises(IntegrityError), transaction.atomic(), recording():
            edition.save()

    def test_a_day_that_has_passed_is_refused(self, series: Any, people: Any) -> None:
        with pytest.raises(StepRefused, match="today or later"):
            prepared(series, people["anna"], timezone.localdate() - timedelta(days=1))

    def test_days_go_up(self, series: Any, people: Any) -> None:
        published_now(series, people, timezone.localdate() + timedelta(days=10))
        with pytest.raises(StepRefused, match="holds from"):
            prepared(series, people["anna"])

    def test_a_series_without_a_title_has_no_edition(self, people: Any) -> None:
        with recording():
            other = DocumentText(name="For customers")
            other.save()
        with pytest.raises(StepRefused, match="title"):
            prepared(other, people["anna"])

    def test_an_edition_holds_from_its_day_and_not_before_it_is_published(
        self, series: Any, people: Any, next_day: Callable[[], None]
    ) -> None:
        first = published_now(series, people)
        second = approved(prepared(series, people["anna"], timezone.localdate()), people["bo"])
        next_day()
        second = published(second, people["cia"])
        today = timezone.localdate()
        assert second.holds_from == today
        assert Edition.objects.in_force(series, today - timedelta(days=1)) == first
        assert Edition.objects.in_force(series, today) == second
        assert first.state_on(today, second) == EditionState.SUPERSEDED

    def test_a_withdrawn_edition_leaves_the_one_before_it_in_force(self, series: Any, people: Any) -> None:
        first = published_now(series, people)
        second = published_now(series, people)
        with recording():
            steps.withdraw(second, "A vendor was missing", user=people["cia"])
        assert Edition.objects.in_force(series) == first
        second.refresh_from_db()
        assert second.state_on(timezone.localdate(), first) == EditionState.WITHDRAWN
        assert EditionFile.objects.filter(sha256=second.content_sha256).exists()

    def test_a_withdrawal_says_why(self, series: Any, people: Any) -> None:
        edition = published_now(series, people)
        with pytest.raises(StepRefused, match="why"), recording():
            steps.withdraw(edition, " ", user=people["cia"])

    def test_high_findings_are_accepted_or_named_first(self, series: Any, people: Any) -> None:
        edition = prepared(series, people["anna"])
        assert "no_processing_agreement" not in edition.findings  # their role is not assessed
        assert "transfer_not_covered" in edition.findings
        with pytest.raises(StepRefused, match="High findings"), recording():
            steps.approve(edition, edition.content_sha256, user=people["bo"])
        with pytest.raises(StepRefused, match="Say why"), recording():
            steps.name_findings(edition, list(edition.findings), "", user=people["anna"])
        for code, keys in edition.findings.items():
            for key in keys:
                owner = "vendor_id" if steps.is_of_vendors(code) else "activity_id"
                with recording():
                    Acceptance.objects.create(
                        rule=code, accepted_by=people["anna"], why="x", until=timezone.localdate(), **{owner: key}
                    )
        with recording():
            assert steps.approve(edition, edition.content_sha256, user=people["bo"]).is_approved

    def test_naming_findings_after_the_approval_asks_for_another_one(self, series: Any, people: Any) -> None:
        edition = approved(prepared(series, people["anna"]), people["bo"])
        with recording():
            edition = steps.name_findings(edition, [], "", user=people["anna"])
        assert not edition.is_approved

    def test_whoever_named_its_findings_does_not_approve_it(self, series: Any, people: Any) -> None:
        edition = prepared(series, people["anna"])
        with recording():
            edition = steps.name_findings(edition, list(edition.findings), "Known", user=people["cia"])
        with pytest.raises(StepRefused, match="named its findings"), recording():
            steps.approve(edition, edition.content_sha256, user=people["cia"])
        assert approved(edition, people["bo"]).is_approved

    def test_naming_none_is_no_step(self, series: Any, people: Any) -> None:
        edition = prepared(series, people["anna"])
        with pytest.raises(StepRefused, match="Choose"), recording():
            steps.name_findings(edition, ["other"], "x", user=people["anna"])

    def test_findings_that_are_open_again_are_not_published(self, series: Any, people: Any) -> None:
        edition = prepared(series, people["anna"])
        (code,) = edition.findings
        with recording():
            accepted = [
                Acceptance.objects.create(
                    rule=code, accepted_by=people["anna"], why="x", until=timezone.localdate(), activity_id=key
                )
                for key in edition.findings[code]
            ]
        with recording():
            edition = steps.approve(edition, edition.content_sha256, user=people["bo"])
        with recording():
            accepted[0].delete()
        with pytest.raises(StepRefused, match="High findings"), recording():
            publish_edition(edition, user=people["cia"])

    def test_a_preparation_is_discarded_whatever_followed(self, series: Any, people: Any) -> None:
        edition = approved(prepared(series, people["anna"]), people["bo"])
        with recording():
            steps.discard(edition, user=people["anna"])
        assert not Edition.objects.exists()
        assert published_now(series, people).number == 1
        with pytest.raises(StepRefused, match="withdrawn, never undone"), recording():
            steps.discard(Edition.objects.get(), user=people["anna"])

    def test_what_is_refused_leaves_nothing(self, series: Any, people: Any) -> None:
        later = timezone.localdate() + timedelta(days=9)
        for rows, text in (("owner=1", "owner"), ("country=Atlantis", "country"), ("nonsense=1", "nonsense")):
            with recording():
                series.rows = rows
                series.save()
            with pytest.raises(UnknownFilter, match=text), recording():
                prepare_edition(series, later, user=people["anna"])
            series.refresh_from_db()
            assert series.dated is None

    @pytest.mark.parametrize("day", [date(2101, 1, 1), date(9999, 12, 31)])
    def test_a_day_that_the_register_cannot_hold_is_refused(self, series: Any, people: Any, day: date) -> None:
        with pytest.raises(StepRefused, match="holds days from"):
            prepared(series, people["anna"], day)

    def test_a_reason_that_readers_could_not_read_is_refused(self, series: Any, people: Any) -> None:
        edition = published_now(series, people)
        with pytest.raises(StepRefused, match=r"U\+202E"), recording():
            steps.withdraw(edition, "turned \u202e round", user=people["cia"])

    def test_files_that_were_altered_are_not_published(self, series: Any, people: Any) -> None:
        from django.db import connection

        from tests.conftest import without_triggers

        edition = approved(prepared(series, people["anna"]), people["bo"])
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with without_triggers(), connection.cursor() as cursor:
            cursor.execute("UPDATE registry_editionfile SET content = %s", [b"{}"])
        with pytest.raises(StepRefused, match="altered"), recording():
            publish_edition(edition, user=people["cia"])

    def test_the_history_verifies(self, series: Any, people: Any) -> None:
        published_now(series, people)
        call_command("verify_history", verbosity=0)


@pytest.mark.usefixtures("quick_papers")
class TestUndo:
    def test_a_published_edition_is_withdrawn_never_undone(self, series: Any, people: Any) -> None:
        published_now(series, people)
        for change in ChangeSet.objects.filter(reason__in=["prepared", "approved", "published"]):
            assert not plan_undo(change).possible
        last = plan_undo(ChangeSet.objects.filter(reason="published").latest("pk"))
        assert "withdrawn, never undone" in " ".join(last.hindrances)

    def test_an_approval_cannot_be_brought_back(self, series: Any, people: Any) -> None:
        edition = approved(prepared(series, people["anna"]), people["bo"])
        row = edition.history.latest("history_id")
        prepared(series, people["anna"])
        assert not plan_restore(Edition, row).possible

    def test_what_was_only_prepared_can_be_undone(self, series: Any, people: Any) -> None:
        prepared(series, people["anna"], timezone.localdate() + timedelta(days=5))
        plan = plan_undo(ChangeSet.objects.filter(reason="prepared").latest("pk"))
        assert plan.possible
        with recording():
            plan.apply()
        assert not Edition.objects.exists()
        assert DocumentText.load().dated is None


class TestRowsAndColumns:
    def customers(self) -> DocumentText:
        with recording():
            series = DocumentText(
                name="For customers", title="Sub-processors", language="en", columns="vendor country", rows="country=US"
            )
            series.save()
        return series

    def test_a_series_has_its_own_rows_columns_language(self, series: Any, people: Any) -> None:
        edition = prepared(self.customers(), people["anna"])
        content = content_of_json(bytes(EditionFile.objects.get(sha256=edition.content_sha256).content))
        assert [column.heading for column in content.columns] == ["Vendor", "Country"]
        assert [list(row.cells) for row in content.rows] == [["Signr", "US"]]
        assert content.document is None
        assert "Country" in content.selection
        assert b"Avtal" not in content.json

    def test_drafts_and_ended_activities_are_in_no_edition(self, series: Any, people: Any) -> None:
        with recording():
            make_activity(vendor=make_vendor(name="Utkastet"), status="draft")
            series.rows = "status=all"
            series.save()
        edition = prepared(series, people["anna"])
        assert edition.row_count == 2

    def test_a_vendor_without_an_activity_is_named(self, series: Any, people: Any) -> None:
        with recording():
            make_vendor(name="Ensam AB")
        edition = prepared(series, people["anna"])
        content = content_of_json(bytes(EditionFile.objects.get(sha256=edition.content_sha256).content))
        assert content.vendors_without_activity == ["Ensam AB"]

    def test_keys_of_series_are_never_given_twice(self, series: Any) -> None:
        first = self.customers()
        key = first.pk
        with recording():
            first.delete()
        with recording():
            second = DocumentText(name="For the board", title="x")
            second.save()
        assert second.pk == key + 1

    def test_the_number_of_queries_does_not_grow(self, imported: None, reference: None, people: Any) -> None:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                prepared(DocumentText.load(), people["anna"])
            return len(captured)

        prepared(DocumentText.load(), people["anna"])
        before = queries()
        double_the_register()
        assert queries() == before


@pytest.mark.usefixtures("quick_papers")
class TestMoved:
    @pytest.fixture
    def edition(self, series: Any, people: Any) -> Edition:
        return published_now(series, people)

    def status(self) -> moved.SeriesStatus:
        return moved.statuses()[0]

    def codes(self) -> list[str]:
        return [finding.rule.code for finding in edition_findings()]

    def test_nothing_moved(self, edition: Edition) -> None:
        assert not self.status().has_moved
        assert self.codes() == []

    def test_a_new_vendor_has_moved_the_register(self, edition: Edition) -> None:
        with recording():
            make_activity(vendor=make_vendor(name="Ny AB"), purpose="Drift", country="SE")
        assert "Ny AB" in " ".join(self.status().lines())
        assert self.status().days == (timezone.localdate(),)
        assert self.codes() == ["register_moved"]

    def test_a_changed_country_contradicts_the_edition(self, edition: Edition) -> None:
        with recording():
            activity = ProcessingActivity.objects.get(vendor__name="Apsis")
            activity.country = "US"
            activity.save()
        assert self.codes() == ["edition_outdated", "register_moved"]
        assert "US" in edition_findings()[0].lines[0]

    @pytest.mark.parametrize("what", ["vendor", "ended", "removed"])
    def test_what_the_edition_says_and_the_register_no_longer(self, edition: Edition, what: str) -> None:
        with recording():
            activity = ProcessingActivity.objects.select_related("vendor").get(vendor__name="Apsis")
            if what == "vendor":
                activity.vendor.name = "Apsis One"
                activity.vendor.save()
            elif what == "ended":
                activity.status = "ended"
                activity.save()
            else:
                activity.delete()
        assert "edition_outdated" in self.codes()

    def test_what_no_edition_shows_moves_nothing(self, edition: Edition) -> None:
        with recording():
            activity = ProcessingActivity.objects.get(vendor__name="Apsis")
            activity.notes = "intern"
            activity.save()
        assert self.codes() == []

    def test_what_was_touched_is_compared_as_the_whole_is(self, edition: Edition, monkeypatch: Any) -> None:
        with recording():
            vendor = Vendor.objects.get(name="Signr")
            vendor.name = "Signr AB"
            vendor.save()
            make_activity(vendor=vendor, purpose="Mer", country="DE")
        touched = self.status().lines()
        now = content_of_series(DocumentText.load(), edition.number, edition.day)
        assert touched == in_words(difference(content_by_digest(edition.content_sha256), now))

    def test_the_name_of_whoever_engages_a_vendor_is_compared_too(self, series: Any, people: Any) -> None:
        with recording():
            engaging, vendor = make_vendor(name="Huvud AB"), Vendor.objects.get(name="Apsis")
            vendor.engaged_by = engaging
            vendor.save()
            series.columns = "vendor purpose vendor_engaged_by verdict"
            series.save()
        published_now(series, people)
        assert not self.status().has_moved
        with recording():
            engaging.name = "Huvud Holding AB"
            engaging.save()
        assert "Huvud Holding AB" in " ".join(self.status().lines())

    def test_a_verdict_moves_with_a_decision_on_its_country(self, series: Any, people: Any) -> None:
        with recording():
            series.columns = "vendor purpose verdict"
            series.save()
        published_now(series, people)
        with recording():
            make_mechanism(
                code="us", label="US", kind="adequacy", countries="US", valid_from=date(2020, 1, 1), recurring=True
            )
        assert "Signr" in " ".join(self.status().lines())

    def test_an_edition_grows_old(self, edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
        later = timezone.now() + timedelta(days=340)
        monkeypatch.setattr(timezone, "now", lambda: later)
        assert self.codes() == ["edition_year_old"]

    def test_the_overview_says_so(self, edition: Edition, admin: Client) -> None:
        assert "BITRÄDESAVTAL 1" in text_of(admin.get(reverse("admin:index")))
        with recording():
            make_activity(vendor=make_vendor(name="Ny AB"))
        assert "The register has moved since" in text_of(admin.get(reverse("admin:index")))
        assert "Ny AB" in text_of(admin.get(reverse("admin:findings")))

    def test_check_register_says_so(self, edition: Edition, reference: None, capsys: Any) -> None:
        with recording():
            make_activity(vendor=make_vendor(name="Ny AB"))
        with pytest.raises(SystemExit):
            call_command("check_register", format="json")
        said = json.loads(capsys.readouterr().out)
        assert [each["rule"] for each in said["editions"]] == ["register_moved"]


class TestOriginal:
    """The imported original is edition 1 of its day, with its own bytes."""

    @pytest.fixture
    def original_import(self, tmp_path: Path) -> ChangeSet:
        call_command("import_register", str(ORIGINAL), reason="first", stdout=io.StringIO())
        return ChangeSet.objects.get(imported_file__isnull=False)

    @pytest.fixture
    def recorded(self, original_import: ChangeSet, quick_papers: None) -> Edition:
        from registry.editions.forms.edition_forms import write_files

        with recording():
            return elsewhere.record_elsewhere(original_import, write_files)

    def test_it_is_recorded_with_its_own_bytes(self, recorded: Edition) -> None:
        assert (recorded.number, recorded.day, recorded.elsewhere) == (1, date(2020, 6, 18), True)
        assert bytes(EditionFile.objects.get(sha256=recorded.files["document"]).content) == ORIGINAL.read_bytes()
        assert recorded.row_count == 38
        assert Edition.objects.in_force(recorded.series, date(2021, 1, 1)) == recorded
        assert Edition.objects.in_force(recorded.series, date(2020, 6, 17)) is None

    def test_the_register_says_the_same_right_after(self, recorded: Edition) -> None:
        assert not moved.statuses()[0].has_moved

    def test_an_import_makes_no_edition_by_itself(self, original_import: ChangeSet) -> None:
        assert not Edition.objects.exists()

    def test_it_is_offered_and_recorded_at_a_click(
        self, original_import: ChangeSet, admin: Client, quick_papers: None
    ) -> None:
        assert "2020-06-18" in text_of(admin.get(PAGE))
        admin.post(reverse("admin:edition_record", args=[original_import.pk]))
        assert Edition.objects.get().elsewhere
        assert "Record it" not in text_of(admin.get(PAGE))

    def test_it_is_recorded_once(self, recorded: Edition, original_import: ChangeSet) -> None:
        from registry.editions.forms.edition_forms import write_files

        with pytest.raises(StepRefused), recording():
            elsewhere.record_elsewhere(original_import, write_files)

    def imported_by(self, user: User | None, day: str) -> ChangeSet:
        """The original as a document of another day."""
        content = ORIGINAL.read_bytes().replace(b"2020-06-18", day.encode())
        with change_set(user=user, source=Source.IMPORT, reason="another") as opened:
            describe_import("other.txt", hashlib.sha256(content).hexdigest())
            make_vendor()
            keep_file("other.txt", content)
            return opened.write_row()

    def test_whoever_imported_it_does_not_record_it(self, people: Any, quick_papers: None) -> None:
        from registry.editions.forms.edition_forms import write_files

        change = self.imported_by(people["cia"], "2021-01-01")
        with pytest.raises(StepRefused, match="somebody else"), recording():
            elsewhere.record_elsewhere(change, write_files, user=people["cia"])

    def test_a_day_to_come_is_not_recorded(self, people: Any) -> None:
        assert elsewhere.recordable(self.imported_by(None, "2099-01-01")) is None

    @pytest.mark.usefixtures("recorded", "quick_papers")
    def test_nothing_is_recorded_once_an_edition_was_prepared_here(self, people: Any) -> None:
        change = self.imported_by(None, str(timezone.localdate()))
        assert elsewhere.recordable(change) is not None
        prepared(DocumentText.load(), people["anna"], timezone.localdate() + timedelta(days=1))
        assert elsewhere.recordable(change) is None

    def test_other_files_are_no_editions(self, admin: Client) -> None:
        with recording():
            make_vendor()
        change = ChangeSet.objects.latest("pk")
        assert elsewhere.recordable(change) is None
        admin.post(reverse("admin:edition_record", args=[change.pk]))
        assert not Edition.objects.exists()
        assert not ImportedFile.objects.exists()


@pytest.mark.usefixtures("quick_papers")
class TestPages:
    def test_two_people_take_an_edition_to_its_readers(self, series: Any, sign_in: Any) -> None:
        preparer = sign_in(*SEEN, "prepare_edition", name="anna")
        approver = sign_in(*SEEN, "approve_edition", "publish_edition", name="bo")
        assert "It is the first edition" in text_of(preparer.get(reverse("admin:edition_prepare", args=[series.pk])))
        preparer.post(
            reverse("admin:edition_prepare", args=[series.pk]), {"day": timezone.localdate(), "change_reason": "spring"}
        )
        edition = Edition.objects.get()
        page = reverse("admin:edition", args=[edition.pk])
        assert "Name findings" in text_of(preparer.get(page))
        findings = {"rule": list(edition.findings), "because": "Known"}
        preparer.post(reverse("admin:edition_findings", args=[edition.pk]), findings)
        assert "somebody else approves it" not in text_of(preparer.get(page))  # may not approve at all
        shown = approver.get(page)
        assert "You approve exactly this content" in text_of(shown)
        digest = shown.context["edition"].content_sha256
        approver.post(reverse("admin:edition_approve", args=[edition.pk]), {"digest": digest})
        approver.post(reverse("admin:edition_publish", args=[edition.pk]))
        edition.refresh_from_db()
        assert edition.is_published
        assert (edition.prepared_by.username, edition.approved_by.username) == ("anna", "bo")
        assert set(edition.files) == {"html", "document", "pdf", "docx", "xlsx", "json", "jsonld"}
        assert "Holds now: edition 1" in text_of(approver.get(PAGE))

    def test_each_step_is_on_record_with_its_reason(self, series: Any, people: Any, admin: Client) -> None:
        edition = published_now(series, people)
        admin.post(reverse("admin:edition_withdraw", args=[edition.pk]), {"because": "Wrong list"})
        newest = ChangeSet.objects.latest("pk")
        assert (newest.reason, newest.user_name) == ("Wrong list", "admin")
        assert "Wrong list" in text_of(admin.get(reverse("admin:edition", args=[edition.pk])))
        assert "published" in text_of(admin.get(reverse("admin:registry_edition_history", args=[edition.pk])))

    def test_a_file_is_downloaded_and_recorded(self, series: Any, people: Any, admin: Client) -> None:
        edition = published_now(series, people)
        response = admin.post(reverse("admin:edition_file", args=[edition.pk]), {"form": "document"})
        assert response.getvalue() == exported_document()
        assert ChangeSet.objects.latest("pk").source == Source.EXPORT

    def test_which_edition_held_on_a_day(self, series: Any, people: Any, admin: Client) -> None:
        published_now(series, people)
        held = text_of(admin.get(PAGE, {"day": str(timezone.localdate())}))
        assert "BITRÄDESAVTAL: edition 1" in held
        assert "none" in text_of(admin.get(PAGE, {"day": "2019-01-01"}))

    def test_an_edition_has_no_form_to_change_it(self, series: Any, people: Any, admin: Client) -> None:
        edition = published_now(series, people)
        address = reverse("admin:registry_edition_change", args=[edition.pk])
        assert admin.get(address).headers["Location"] == reverse("admin:edition", args=[edition.pk])
        admin.post(address, {"number": 9})
        assert (
            admin.post(reverse("admin:registry_edition_delete", args=[edition.pk]), {"post": "yes"}).status_code == 403
        )
        edition.refresh_from_db()
        assert edition.number == 1

    def test_a_series_is_made_with_the_rows_of_a_saved_view(self, series: Any, admin: Client) -> None:
        owner = User.objects.get(username="admin")
        view = SavedView.objects.create(owner=owner, name="USA", query="country=US&sort=vendor&column=vendor")
        address = reverse("admin:registry_documenttext_add")
        data = form_data(admin.get(address), name="For customers", title="Biträden", change_reason="x")
        data |= {"chosen_rows": str(view.pk), "chosen_columns": ["vendor", "country"]}
        assert admin.post(address, data).status_code == 302
        made = DocumentText.objects.get(name="For customers")
        assert (made.rows, made.columns) == ("country=US", "vendor country")
        page = text_of(admin.get(reverse("admin:registry_documenttext_change", args=[made.pk])))
        assert "As now: Land: USA" in page, page[page.index("Rows") :][:400]

    def test_a_series_names_the_vendors(self, series: Any, admin: Client) -> None:
        address = reverse("admin:registry_documenttext_change", args=[series.pk])
        data = form_data(admin.get(address), chosen_columns=["country"], change_reason="x")
        assert "choose that column too" in text_of(admin.post(address, data))

    def test_only_an_administrator_opens_a_series(self, series: Any, sign_in: Any) -> None:
        editor = sign_in(*SEEN, "change_documenttext", name="anna")
        address = reverse("admin:registry_documenttext_change", args=[series.pk])
        data = form_data(editor.get(address), closing="Slut", is_public="on", by_one_person="on", change_reason="x")
        response = editor.post(address, data)
        assert response.status_code == 302, response.context["adminform"].form.errors
        series.refresh_from_db()
        assert (series.closing, series.is_public, series.by_one_person) == ("Slut", False, False)

    def test_what_readers_see_at_once_is_not_an_editor_s(self, series: Any, people: Any, sign_in: Any) -> None:
        published_now(series, people)
        editor = sign_in(*SEEN, "change_documenttext", name="edith")
        address = reverse("admin:registry_documenttext_change", args=[series.pk])
        changed = {"name": "Evil", "slug": "evil", "address": "https://evil.example/", "closing": "Slut"}
        data = form_data(editor.get(address), **changed, change_reason="x")
        assert editor.post(address, data).status_code == 302
        series.refresh_from_db()
        assert (series.name, series.slug, series.address, series.closing) == ("", "bitradesavtal", "", "Slut")

    def test_the_address_stays_once_an_edition_is_prepared(self, series: Any, people: Any, admin: Client) -> None:
        prepared(series, people["anna"])
        address = reverse("admin:registry_documenttext_change", args=[series.pk])
        data = form_data(admin.get(address), slug="other", change_reason="x")
        assert "present address" in text_of(admin.post(address, data))

    def test_an_approver_is_told_that_the_register_has_moved(self, series: Any, people: Any, admin: Client) -> None:
        edition = prepared(series, people["anna"])
        page = reverse("admin:edition", args=[edition.pk])
        assert "has moved since it was prepared" not in text_of(admin.get(page))
        with recording():
            make_activity(vendor=make_vendor(name="Ny AB"))
        assert "The register has moved since it was prepared: New vendor: Ny AB" in text_of(admin.get(page))

    def test_who_may_not_prepare_sees_no_form(self, series: Any, sign_in: Any) -> None:
        page = sign_in(*SEEN, name="rita").get(reverse("admin:edition_prepare", args=[series.pk]))
        assert 'name="day"' not in page.content.decode()

    def test_organisation_and_texts_stand_on_it(self, series: Any, people: Any) -> None:
        with recording():
            Organisation.objects.create(pk=1, name="Värdbolaget AB", registration_number="556000-0000")
        edition = published_now(series, people)
        page = bytes(EditionFile.objects.get(sha256=edition.files["html"]).content).decode()
        for text in ("Värdbolaget AB", "556000-0000", "Personuppgiftsbiträden", edition.content_sha256):
            assert text in page


@pytest.mark.usefixtures("quick_papers")
class TestCommands:
    def test_a_script_takes_the_same_steps(self, series: Any, people: Any, tmp_path: Path) -> None:
        said = io.StringIO()
        call_command("prepare_edition", "bitradesavtal", user="anna", reason="spring", stdout=said)
        edition = Edition.objects.get()
        assert edition.content_sha256 in said.getvalue()
        digest = {"digest": edition.content_sha256}
        with pytest.raises(CommandError, match="High findings"):
            call_command("approve_edition", "bitradesavtal", "1", user="bo", **digest)
        name_all(edition)
        with pytest.raises(CommandError, match="right"):
            call_command("approve_edition", "bitradesavtal", "1", user="anna", **digest)
        with pytest.raises(CommandError, match="approved"):
            call_command("publish_edition", "bitradesavtal", user="cia")
        call_command("approve_edition", "bitradesavtal", "1", user="bo", stdout=said, **digest)
        call_command("publish_edition", "bitradesavtal", user="cia", folder=tmp_path, stdout=said)
        folder = tmp_path / "bitradesavtal"
        assert (folder / "1" / "bitradesavtal-1.txt").read_bytes() == exported_document()
        assert {each.name for each in folder.iterdir()} >= {"index.html", "feed.atom", "editions.json", "1"}
        listed = io.StringIO()
        call_command("editions", format="json", stdout=listed)
        assert [(row["number"], row["state"]) for row in json.loads(listed.getvalue())] == [(1, "published")]

    def test_files_are_written_by_whoever_may_publish(self, series: Any, people: Any, tmp_path: Path) -> None:
        published_now(series, people)
        with pytest.raises(CommandError, match="right"):
            call_command("publish_edition", "bitradesavtal", user="anna", folder=tmp_path)
        assert not list(tmp_path.iterdir())

    def test_nobody_unknown_takes_a_step(self, series: Any) -> None:
        with pytest.raises(CommandError, match="no such account"):
            call_command("prepare_edition", "bitradesavtal", user="nobody")

    def test_a_series_that_is_not_there(self, series: Any, people: Any) -> None:
        with pytest.raises(CommandError, match="Known: bitradesavtal"):
            call_command("prepare_edition", "x", user="anna")


@pytest.fixture
def three_years(series: Any, people: Any, monkeypatch: pytest.MonkeyPatch) -> list[Edition]:
    """An edition in each of three years, with a vendor more each time."""
    created_at: Any = ChangeSet._meta.get_field("created_at")
    now = timezone.now()
    editions = []
    for year in range(3):
        later = now + timedelta(days=366 * year)
        monkeypatch.setattr(timezone, "now", lambda later=later: later)
        monkeypatch.setattr(created_at, "_get_default", lambda later=later: later)
        with recording():
            make_activity(vendor=make_vendor(name=f"År {year}"), purpose="Drift")
        editions.append(published_now(series, people))
    return editions


@pytest.mark.usefixtures("quick_papers")
def test_each_of_three_years_has_its_edition(three_years: list[Edition]) -> None:
    series = three_years[0].series
    for edition, following in zip(three_years, [*three_years[1:], None], strict=True):
        assert edition.holds_from is not None
        assert Edition.objects.in_force(series, edition.holds_from) == edition
        assert Edition.objects.in_force(series, edition.holds_from + timedelta(days=365)) == edition
        if following is not None:
            assert Edition.objects.in_force(series, edition.holds_from + timedelta(days=366)) == following
    assert [edition.row_count for edition in three_years] == [3, 4, 5]
