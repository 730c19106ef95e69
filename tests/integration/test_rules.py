"""Each rule at its boundaries: what it finds, what it leaves alone, and on which day."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from registry.findings.citations import citation
from registry.findings.findings import count_findings, findings_of_rule, violating_entries
from registry.findings.questions import QUESTIONS_BY_CODE, count_open_questions
from registry.findings.rules import RULES, RULES_BY_CODE, Severity
from registry.law.verdicts import Verdict
from registry.models import (
    AgreementKind,
    Answer,
    ChangeSet,
    ImpactAssessment,
    OurRole,
    ProcessingActivity,
    Role,
    Status,
    StoredVerdict,
    TransferMechanism,
    Vendor,
    law_on,
)
from registry.models.stored_verdicts import wrong_verdicts
from tests.factories import make_activity, make_agreement, make_legal_basis, make_transfer, make_vendor
from tests.growth import double_the_register
from tests.integration.pages import form_data, text_of, url

pytestmark = pytest.mark.django_db

ON = date(2026, 11, 24)
DAY = timedelta(days=1)
#: The standard clauses of 2021, modules 2 and 3, and two mechanisms that are no data processing agreement.
MODULE_2, MODULE_3, MODULE_1, BCR = "scc_2021_m2", "scc_2021_m3", "scc_2021_m1", "bcr"


def finds(code: str, entry: Vendor | ProcessingActivity, on: date = ON) -> bool:
    return violating_entries(RULES_BY_CODE[code], law_on(on)).filter(pk=entry.pk).exists()


def explained(code: str, entry: Vendor | ProcessingActivity, on: date = ON) -> str:
    with translation.override("en"):
        found = findings_of_rule(RULES_BY_CODE[code], law_on(on))
        return next(finding.explanation for finding in found if finding.entry == entry)


def mechanism(code: str) -> TransferMechanism:
    found: TransferMechanism = TransferMechanism.objects.get(code=code)
    return found


def save(recording: Any, entry: Any, **values: object) -> None:
    with recording():
        for name, value in values.items():
            setattr(entry, name, value)
        entry.save()


@pytest.fixture
def flow(reference: None, recording: Any) -> ProcessingActivity:
    """An activity in the EU."""
    return make_activity(vendor=make_vendor(name="Exempel AB"), purpose="Fakturering", country="SE")


class TestAgreements:
    NO_AGREEMENT = (
        "no_processing_agreement",
        "no_sub_processing_agreement",
        "no_group_agreement",
        "no_joint_arrangement",
    )

    def missing(self, vendor: Vendor, on: date = ON) -> set[str]:
        return {code for code in self.NO_AGREEMENT if finds(code, vendor, on)}

    @pytest.mark.parametrize(
        ("role", "code", "enough"),
        [
            (Role.PROCESSOR, "no_processing_agreement", {AgreementKind.PROCESSING}),
            (Role.SUB_PROCESSOR, "no_sub_processing_agreement", {AgreementKind.PROCESSING}),
            (Role.GROUP_COMPANY, "no_group_agreement", {AgreementKind.PROCESSING, AgreementKind.ARRANGEMENT}),
            (Role.JOINT_CONTROLLER, "no_joint_arrangement", {AgreementKind.ARRANGEMENT}),
            (Role.SEPARATE_CONTROLLER, "", set(AgreementKind)),
            (Role.NOT_ASSESSED, "", set(AgreementKind)),
        ],
    )
    def test_each_role_needs_one_of_its_own(
        self, flow: ProcessingActivity, recording: Any, role: Role, code: str, enough: set[AgreementKind]
    ) -> None:
        vendor = flow.vendor
        save(recording, vendor, role=role)
        none = {code} if code else set()
        assert self.missing(vendor) == none
        for kind in AgreementKind:
            agreement = make_agreement(vendor=vendor, kind=kind, signed_on=ON)
            assert self.missing(vendor) == (set() if kind in enough else none), kind
            assert self.missing(vendor, ON - DAY) == none
            with recording():
                agreement.delete()

    @pytest.mark.parametrize("role", [Role.SUB_PROCESSOR, Role.GROUP_COMPANY])
    def test_one_that_ended_is_none_from_the_day_after(
        self, flow: ProcessingActivity, recording: Any, role: Role
    ) -> None:
        save(recording, flow.vendor, role=role)
        make_agreement(vendor=flow.vendor, kind=AgreementKind.PROCESSING, signed_on=date(2020, 1, 1), valid_until=ON)
        assert not self.missing(flow.vendor, ON)
        assert self.missing(flow.vendor, ON + DAY)

    def test_each_says_what_is_missing_in_its_own_words(self, flow: ProcessingActivity, recording: Any) -> None:
        texts = set()
        for role, code in (
            (Role.PROCESSOR, "no_processing_agreement"),
            (Role.SUB_PROCESSOR, "no_sub_processing_agreement"),
            (Role.GROUP_COMPANY, "no_group_agreement"),
            (Role.JOINT_CONTROLLER, "no_joint_arrangement"),
        ):
            save(recording, flow.vendor, role=role)
            texts.add(explained(code, flow.vendor))
        assert len(texts) == 4
        assert all("Exempel AB" in text for text in texts)


class TestClausesThatAreTheAgreement:
    """Decision 2021/914 Art. 1(2)."""

    @pytest.fixture(params=[Role.PROCESSOR, Role.SUB_PROCESSOR, Role.GROUP_COMPANY])
    def vendor(self, flow: ProcessingActivity, recording: Any, request: Any) -> Vendor:
        save(recording, flow.vendor, role=request.param)
        save(recording, flow, country="US")
        return flow.vendor

    def missing(self, vendor: Vendor, on: date = ON) -> bool:
        return bool(TestAgreements().missing(vendor, on))

    @pytest.mark.parametrize(
        ("code", "is_one"),
        [(MODULE_2, True), (MODULE_3, True), (MODULE_1, False), ("scc_2021_m4", False), (BCR, False)],
    )
    def test_from_the_day_they_are_signed(
        self, vendor: Vendor, flow: ProcessingActivity, code: str, is_one: bool
    ) -> None:
        make_transfer(activity=flow, mechanism=mechanism(code), signed_on=ON)
        assert self.missing(vendor, ON - DAY)
        assert self.missing(vendor, ON) is not is_one

    def test_no_other_mechanism_of_the_reference_data_is_one(self, reference: None) -> None:
        codes = TransferMechanism.objects.filter(is_processing_agreement=True).values_list("code", flat=True)
        assert set(codes) == {MODULE_2, MODULE_3}

    def test_unsigned_ones_are_none(self, vendor: Vendor, flow: ProcessingActivity) -> None:
        make_transfer(activity=flow, mechanism=mechanism(MODULE_2))
        assert self.missing(vendor)

    def test_signed_before_there_were_any_they_are_none(
        self, vendor: Vendor, flow: ProcessingActivity, recording: Any
    ) -> None:
        first = mechanism(MODULE_2).valid_from
        assert first is not None
        transfer = make_transfer(activity=flow, mechanism=mechanism(MODULE_2), signed_on=first - DAY)
        assert self.missing(vendor)
        save(recording, transfer, signed_on=first)
        assert not self.missing(vendor)

    def test_when_the_clauses_end_so_does_the_agreement(
        self, vendor: Vendor, flow: ProcessingActivity, recording: Any
    ) -> None:
        clauses = mechanism(MODULE_2)
        make_transfer(activity=flow, mechanism=clauses, signed_on=date(2022, 1, 1))
        save(recording, clauses, valid_until=ON)
        assert not self.missing(vendor, ON)
        assert self.missing(vendor, ON + DAY)

    def test_each_activity_in_the_register_needs_them(
        self, vendor: Vendor, flow: ProcessingActivity, recording: Any
    ) -> None:
        make_transfer(activity=flow, mechanism=mechanism(MODULE_2), signed_on=date(2022, 1, 1))
        other = make_activity(vendor=vendor, purpose="Support", country="SE")
        assert self.missing(vendor)
        save(recording, other, status=Status.ENDED)
        assert not self.missing(vendor)
        save(recording, flow, status=Status.ENDED)
        assert self.missing(vendor)

    def test_they_are_no_arrangement_of_joint_controllers(
        self, vendor: Vendor, flow: ProcessingActivity, recording: Any
    ) -> None:
        make_transfer(activity=flow, mechanism=mechanism(MODULE_2), signed_on=date(2022, 1, 1))
        save(recording, vendor, role=Role.JOINT_CONTROLLER)
        assert self.missing(vendor)


class TestIdentityNumbers:
    MENTIONED = ("Atomia AB", "Signr Solutions AB", "UC AB")

    def test_the_original_document_mentions_them_three_times(self, imported: None, reference: None) -> None:
        found = list(findings_of_rule(RULES_BY_CODE["identity_numbers_not_assessed"], law_on(ON)))
        assert tuple(finding.vendor.name for finding in found) == self.MENTIONED
        with translation.override("en"):
            assert all("“personnummer”" in finding.rule.explain(finding.entry, law_on(ON)) for finding in found)
        assert set(ProcessingActivity.objects.values_list("identity_numbers", flat=True)) == {"not_assessed"}
        question = QUESTIONS_BY_CODE["identity_numbers"]
        assert [str(entry.vendor.name) for entry in question.entries] == list(self.MENTIONED)  # type: ignore[attr-defined]
        assert count_open_questions()[question] == 3

    @pytest.mark.parametrize(
        ("text", "mentions"),
        [
            ("Namn, ev. personnummer", True),
            ("PERSONNUMMER", True),
            ("organisations/personnummer", True),
            ("Personnumret", True),
            ("samordningsnummer", True),
            ("Samordningsnr.", True),
            ("pers.nr", True),
            ("Personal identity number", True),
            ("coordination numbers", True),
            ("kundnummer, organisationsnummer", False),
            ("Namn på personal", False),
            ("", False),
        ],
    )
    def test_the_words_for_them(self, flow: ProcessingActivity, recording: Any, text: str, mentions: bool) -> None:
        save(recording, flow, personal_data=text)
        assert finds("identity_numbers_not_assessed", flow) is mentions

    @pytest.mark.parametrize(
        ("answer", "ground", "found"),
        [
            (Answer.NOT_ASSESSED, "not_assessed", {"identity_numbers_not_assessed"}),
            (Answer.NOT_ASSESSED, "consent", {"identity_numbers_not_assessed"}),
            (Answer.NO, "not_assessed", set()),
            (Answer.YES, "not_assessed", {"identity_numbers_without_ground"}),
            (Answer.YES, "consent", set()),
            (Answer.YES, "purpose", set()),
            (Answer.YES, "identification", set()),
            (Answer.YES, "other_reason", set()),
        ],
    )
    def test_an_answer_closes_the_question_and_yes_needs_a_ground(
        self, flow: ProcessingActivity, recording: Any, answer: Answer, ground: str, found: set[str]
    ) -> None:
        save(recording, flow, personal_data="personnummer", identity_numbers=answer, identity_numbers_ground=ground)
        codes = ("identity_numbers_not_assessed", "identity_numbers_without_ground")
        assert {code for code in codes if finds(code, flow)} == found


@pytest.mark.parametrize(
    ("special", "state", "reason", "link", "found"),
    [
        ("no", ImpactAssessment.NOT_ASSESSED, "", "", "impact_assessment_not_assessed"),
        ("no", ImpactAssessment.NOT_ASSESSED, "", "https://example.com/", ""),
        ("no", ImpactAssessment.NOT_NEEDED, "", "", "impact_assessment_not_assessed"),
        ("no", ImpactAssessment.NOT_NEEDED, "Liten", "", ""),
        ("no", ImpactAssessment.NEEDED, "", "", "impact_assessment_missing"),
        ("no", ImpactAssessment.NEEDED, "Liten", "", "impact_assessment_missing"),
        ("no", ImpactAssessment.NEEDED, "", "https://example.com/", ""),
        ("yes", ImpactAssessment.NOT_ASSESSED, "", "", "special_categories_without_impact_assessment"),
        ("yes", ImpactAssessment.NOT_NEEDED, "", "", "special_categories_without_impact_assessment"),
        ("yes", ImpactAssessment.NOT_NEEDED, "Få personer", "", ""),
        ("yes", ImpactAssessment.NEEDED, "", "", "impact_assessment_missing"),
        ("yes", ImpactAssessment.NOT_ASSESSED, "", "https://example.com/", ""),
    ],
)
def test_impact_assessments(
    flow: ProcessingActivity, recording: Any, special: str, state: str, reason: str, link: str, found: str
) -> None:
    save(
        recording,
        flow,
        special_categories=special,
        impact_assessment=state,
        impact_assessment_reason=reason,
        impact_assessment_url=link,
    )
    codes = [code for code in RULES_BY_CODE if "impact_assessment" in code]
    assert [code for code in codes if finds(code, flow)] == ([found] if found else [])


class TestEndedVendors:
    @pytest.mark.parametrize(
        ("values", "found"),
        [
            ({"status": Status.ENDED}, True),
            ({"status": Status.ENDED, "ended_on": ON - DAY}, True),
            ({"status": Status.ENDED, "ended_on": ON - DAY, "data_returned_on": ON}, False),
            ({"status": Status.ENDED, "ended_on": ON - DAY, "data_returned_on": ON + DAY}, True),
            ({"status": Status.ACTIVE, "ended_on": ON}, False),
            ({"status": Status.ACTIVE, "ended_on": ON - DAY}, True),
            ({"status": Status.ACTIVE}, False),
            ({"status": Status.DRAFT, "ended_on": ON - DAY}, False),
            ({"status": Status.ENDED, "role": Role.SUB_PROCESSOR}, True),
            ({"status": Status.ENDED, "role": Role.SEPARATE_CONTROLLER}, False),
            ({"status": Status.ENDED, "role": Role.NOT_ASSESSED}, False),
        ],
    )
    def test_processors_owe_proof_that_the_data_is_gone(
        self, reference: None, recording: Any, values: dict[str, Any], found: bool
    ) -> None:
        vendor = make_vendor(**{"role": Role.PROCESSOR, **values})
        assert finds("no_return_of_data", vendor) is found

    def test_it_is_said_what_is_missing(self, reference: None, recording: Any) -> None:
        vendor = make_vendor(role=Role.PROCESSOR, status=Status.ENDED, ended_on=date(2026, 1, 31))
        assert "2026-01-31" in explained("no_return_of_data", vendor)
        save(recording, vendor, data_returned_on=date(2026, 12, 1))
        assert "2026-12-01 only" in explained("no_return_of_data", vendor)

    def test_the_page_of_an_ended_vendor_shows_it_and_nothing_else(
        self, admin: Client, reference: None, recording: Any
    ) -> None:
        vendor = make_vendor(role=Role.PROCESSOR, status=Status.ENDED)
        page = admin.get(url("vendor_change", vendor.pk))
        assert [finding.rule.code for finding, _accept in page.context["findings"]] == ["no_return_of_data"]


class TestSeat:
    @pytest.mark.parametrize(
        ("seat", "places", "found"),
        [
            ("US", ["SE"], True),
            ("US", ["SE", "NO"], True),
            ("US", ["SE", "US"], False),
            ("US", ["SE", "IN"], False),
            ("SE", ["SE"], False),
            ("NO", ["SE"], False),
            ("", ["SE"], False),
            ("US", [], False),
        ],
    )
    def test_in_a_third_country_with_all_activities_in_the_eu(
        self, reference: None, recording: Any, seat: str, places: list[str], found: bool
    ) -> None:
        vendor = make_vendor(country=seat)
        for place in places:
            make_activity(vendor=vendor, purpose=place, country=place)
        make_activity(vendor=vendor, purpose="Ended", country="US", status=Status.ENDED)
        assert finds("seat_in_third_country", vendor) is found

    def test_recorded_remote_access_answers_it(self, flow: ProcessingActivity, recording: Any) -> None:
        save(recording, flow.vendor, country="US")
        assert "Exempel AB has its seat in United States" in explained("seat_in_third_country", flow.vendor)
        make_transfer(activity=flow, mechanism=mechanism(MODULE_2), country="US")
        assert not finds("seat_in_third_country", flow.vendor)

    def test_by_the_law_of_the_day(self, flow: ProcessingActivity, recording: Any) -> None:
        save(recording, flow.vendor, country="GB")
        assert not finds("seat_in_third_country", flow.vendor, date(2020, 12, 31))
        assert finds("seat_in_third_country", flow.vendor, date(2021, 7, 15))


class TestSubProcessors:
    @pytest.fixture
    def chain(self, reference: None, recording: Any) -> list[Vendor]:
        """Each engages the next; the last one relies on Privacy Shield."""
        with recording():
            top = make_vendor(name="Top AB")
            middle = make_vendor(name="Middle AB", engaged_by=top)
            low = make_vendor(name="Low Inc.", engaged_by=middle)
            activity = make_activity(vendor=low, purpose="Support", country="US")
            make_transfer(
                activity=activity,
                mechanism=mechanism("privacy_shield"),
                recipient_qualifies="yes",
                checked_on=date(2020, 1, 1),
                signed_on=date(2020, 1, 1),
            )
        return [top, middle, low]

    def test_an_uncovered_transfer_is_a_finding_at_whoever_engages_it(self, chain: list[Vendor]) -> None:
        def found(on: date) -> list[bool]:
            return [finds("sub_processor_not_covered", vendor, on) for vendor in chain]

        assert found(date(2020, 7, 15)) == [False, False, False]
        assert found(date(2020, 7, 16)) == [False, True, False]
        text = explained("sub_processor_not_covered", chain[1], date(2020, 7, 16))
        assert "Middle AB engages Low Inc." in text

    def test_not_once_its_activity_has_ended(self, chain: list[Vendor], recording: Any) -> None:
        save(recording, chain[2].activities.get(), status=Status.ENDED)
        assert not finds("sub_processor_not_covered", chain[1], date(2020, 7, 16))

    def test_it_leads_to_them(self, admin: Client, chain: list[Vendor]) -> None:
        page = admin.get(url("vendor_change", chain[1].pk))
        assert "sub_processor_not_covered" in {each.rule.code for each, _accept in page.context["findings"]}
        assert 'id="sub-processors"' in page.content.decode()


def test_a_vendor_without_an_activity(reference: None, recording: Any) -> None:
    vendor = make_vendor()
    assert finds("no_activity", vendor)
    activity = make_activity(vendor=vendor, country="SE", status=Status.DRAFT)
    assert finds("no_activity", vendor)
    save(recording, activity, status=Status.ACTIVE)
    assert not finds("no_activity", vendor)
    save(recording, activity, status=Status.ENDED)
    assert finds("no_activity", vendor)


class TestContested:
    @pytest.fixture
    def certified(self, flow: ProcessingActivity, recording: Any) -> ProcessingActivity:
        """In the United States, with a recipient that has joined the contested framework."""
        assert mechanism("dpf").contested_by
        save(recording, flow, country="US")
        make_transfer(
            activity=flow, mechanism=mechanism("dpf"), recipient_qualifies="yes", checked_on=date(2026, 11, 1)
        )
        return flow

    def test_cover_by_a_contested_decision_alone(self, certified: ProcessingActivity) -> None:
        assert finds("contested_alone", certified)
        text = explained("contested_alone", certified)
        assert "C-703/25" in text
        assert text.endswith("Nothing else covers the transfer.")

    def test_before_it_began_there_was_none(self, certified: ProcessingActivity) -> None:
        assert not finds("contested_alone", certified, date(2023, 7, 9))

    @pytest.mark.parametrize(
        ("facts", "found"),
        [
            ({"signed_on": ON, "assessed_on": ON}, False),
            ({"signed_on": ON + DAY, "assessed_on": ON}, True),
            ({}, True),
            ({"signed_on": ON, "assessed_on": ON, "country": "IN"}, True),
        ],
    )
    def test_something_to_fall_back_on(self, certified: ProcessingActivity, facts: dict[str, Any], found: bool) -> None:
        make_transfer(activity=certified, mechanism=mechanism(MODULE_2), position=1, **facts)
        assert finds("contested_alone", certified) is found

    def test_the_other_mechanism_may_come_first(self, certified: ProcessingActivity) -> None:
        make_transfer(
            activity=certified, mechanism=mechanism(MODULE_2), position=0, signed_on=date(2022, 1, 1), assessed_on=ON
        )
        assert not finds("contested_alone", certified)

    def test_one_that_covers_nothing_is_another_finding(self, certified: ProcessingActivity, recording: Any) -> None:
        save(recording, certified.transfers.get(), recipient_qualifies="no")
        assert not finds("contested_alone", certified)
        assert finds("transfer_not_covered", certified)

    def test_of_a_second_country(self, certified: ProcessingActivity, recording: Any) -> None:
        save(recording, certified.transfers.get(), country="US")
        save(recording, certified, country="SE")
        assert finds("contested_alone", certified)

    def test_it_is_stored_with_the_verdict(self, certified: ProcessingActivity, recording: Any) -> None:
        stored = StoredVerdict.objects.get(activity=certified)
        assert (stored.verdict, stored.contested, stored.needless) == (Verdict.COVERED, True, False)
        assert not list(wrong_verdicts())
        StoredVerdict.objects.update(contested=False)
        assert [claim.pk for claim, _right in wrong_verdicts()] == [certified.pk]
        framework = mechanism("dpf")
        save(recording, framework, contested_by="")
        assert not StoredVerdict.objects.get(activity=certified).contested


class TestNeedlessMechanisms:
    @pytest.fixture
    def moved(self, flow: ProcessingActivity, recording: Any) -> ProcessingActivity:
        """A vendor that moved to Ireland and kept "+ Privacy Shield"."""
        save(recording, flow, country="IE")
        make_transfer(activity=flow, mechanism=mechanism("privacy_shield"))
        return flow

    @pytest.mark.parametrize(
        ("country", "of_transfer", "on", "found"),
        [
            ("IE", "", ON, True),
            ("NO", "", ON, True),
            ("US", "", ON, False),
            ("IE", "US", ON, False),
            ("US", "IE", ON, True),
            ("GB", "", date(2020, 12, 31), True),
            ("GB", "", date(2021, 7, 15), False),
            ("CH", "", ON, False),
        ],
    )
    def test_beside_a_country_to_which_there_is_no_transfer(
        self, moved: ProcessingActivity, recording: Any, country: str, of_transfer: str, on: date, found: bool
    ) -> None:
        save(recording, moved, country=country)
        save(recording, moved.transfers.get(), country=of_transfer)
        assert finds("needless_mechanism", moved, on) is found

    def test_it_is_said_which_and_why(self, moved: ProcessingActivity) -> None:
        text = explained("needless_mechanism", moved)
        assert text == "Privacy Shield is recorded where no mechanism is needed: Ireland is in the EU."

    def address(self, activity: ProcessingActivity) -> str:
        return f"/admin/activities/{activity.pk}/needless-mechanisms/"

    def answer(self, client: Client, activity: ProcessingActivity, reason: str) -> dict[str, str]:
        form = client.get(self.address(activity)).context["form"]
        return {"transfers": form["transfers"].value(), "change_reason": reason}

    def test_a_click_removes_it_with_a_reason_and_it_can_be_undone(
        self, admin: Client, moved: ProcessingActivity
    ) -> None:
        make_transfer(activity=moved, mechanism=mechanism(MODULE_2), country="US", position=1)
        page = admin.get(url("processingactivity_change", moved.pk))
        assert f'href="{self.address(moved)}"' in page.content.decode()
        assert f'href="{self.address(moved)}"' in admin.get("/admin/findings/?rule=needless_mechanism").content.decode()
        asked = admin.get(self.address(moved))
        assert "Privacy Shield Ireland is in the EU." in text_of(asked)
        before = ChangeSet.objects.count()
        data = self.answer(admin, moved, "Moved to Ireland")
        done = admin.post(self.address(moved), data, follow=True)
        assert "1 mechanism was removed." in text_of(done)
        assert [each.mechanism.code for each in moved.transfers.all()] == [MODULE_2]
        newest = ChangeSet.objects.first()
        assert (ChangeSet.objects.count(), newest.reason) == (before + 1, "Moved to Ireland")
        assert not finds("needless_mechanism", moved)
        undo = url("changeset_undo", newest.pk)
        admin.post(undo, {"digest": admin.get(undo).context["undo_plan"].digest})
        assert finds("needless_mechanism", moved)

    def test_it_needs_a_reason(self, admin: Client, moved: ProcessingActivity) -> None:
        page = admin.post(self.address(moved), self.answer(admin, moved, " "))
        assert "This field is required" in text_of(page)
        assert moved.transfers.exists()

    def test_what_changed_meanwhile_is_not_removed(
        self, admin: Client, moved: ProcessingActivity, recording: Any
    ) -> None:
        data = self.answer(admin, moved, "Moved")
        make_transfer(activity=moved, mechanism=mechanism(BCR), position=1)
        assert "They have changed meanwhile" in text_of(admin.post(self.address(moved), data))
        save(recording, moved, country="US")
        assert admin.post(self.address(moved), data).status_code == 200
        assert moved.transfers.count() == 2

    def test_by_the_law_of_today_whatever_day_was_looked_at(
        self, admin: Client, moved: ProcessingActivity, recording: Any
    ) -> None:
        save(recording, moved, country="GB")
        page = admin.get(url("processingactivity_change", moved.pk) + "?law=2020-06-01")
        assert "Mechanism where none is needed" in text_of(page)
        assert self.address(moved) not in page.content.decode()
        assert "No mechanism of this activity" in text_of(admin.get(self.address(moved) + "?law=2020-06-01"))

    def test_who_may_not_remove_may_look(self, sign_in: Any, moved: ProcessingActivity) -> None:
        client = sign_in("view_processingactivity", "view_transfer", "view_vendor", "change_transfer")
        assert self.address(moved) not in client.get(url("processingactivity_change", moved.pk)).content.decode()
        page = client.get(self.address(moved))
        assert "Privacy Shield" in text_of(page)
        assert 'name="change_reason"' not in page.content.decode()
        keys = " ".join(str(each.pk) for each in moved.transfers.all())
        assert client.post(self.address(moved), {"transfers": keys, "change_reason": "x"}).status_code == 403
        assert sign_in("view_processingactivity", name="other").get(self.address(moved)).status_code == 403
        assert moved.transfers.exists()

    def test_an_activity_that_is_not_there(self, admin: Client, reference: None) -> None:
        assert admin.get("/admin/activities/999999/needless-mechanisms/").status_code == 404


class TestAllRules:
    @pytest.fixture
    def everything(self, imported: None, reference: None, recording: Any) -> None:
        """The original document, with entries that violate each rule that it does not."""
        today, yes_without_ground = timezone.localdate(), {"criminal_data": "yes", "identity_numbers": "yes"}
        with recording():
            for role in (Role.PROCESSOR, Role.SUB_PROCESSOR, Role.GROUP_COMPANY, Role.JOINT_CONTROLLER):
                make_vendor(name=f"Vendor {role}", role=role, country="US", review_interval_months=1)
            ending = Vendor.objects.get(name="Vendor processor")
            make_agreement(vendor=ending, kind="processing", signed_on=date(2020, 1, 1), valid_until=today + 9 * DAY)
            make_vendor(name="Without agreement", role=Role.PROCESSOR)
            make_vendor(name="Gone", role=Role.PROCESSOR, status=Status.ENDED)
            make_activity(vendor=Vendor.objects.get(name="Gone"), country="SE")
            abroad = make_vendor(name="Abroad", country="US")
            make_activity(vendor=abroad, country="SE", purpose="Drift")
            engaged = make_vendor(name="Engaged", engaged_by=abroad)
            make_activity(vendor=engaged, country="IN")
            yes = make_activity(vendor=engaged, country="IE", special_categories="yes", **yes_without_ground)
            make_transfer(activity=yes, mechanism=mechanism("privacy_shield"))
            make_activity(vendor=engaged, country="SE", impact_assessment="needed")
            certified = make_activity(vendor=engaged, country="US")
            make_transfer(activity=certified, mechanism=mechanism("dpf"), recipient_qualifies="yes", checked_on=today)
            make_activity(vendor=engaged, country="SE", legal_basis=make_legal_basis(label="SCC"))
            make_activity(vendor=engaged, country="")

    def test_each_is_found_explained_in_both_languages_and_leads_to_its_field(
        self, admin: Client, everything: None
    ) -> None:
        law = law_on(timezone.localdate())
        found = set()

        @cache
        def form(path: str) -> str:
            return admin.get(path).content.decode()

        for rule in RULES:
            for finding in findings_of_rule(rule, law):
                texts = {}
                for language in ("sv", "en"):
                    with translation.override(language):
                        texts[language] = rule.explain(finding.entry, law)
                        assert "%(" not in texts[language] + str(rule.title) + str(rule.remedy) + rule.citation
                assert texts["sv"] != texts["en"], rule.code
                path, field = finding.path.split("#")
                assert f'id="{field}"' in form(path), (rule.code, field)
                found.add(rule.code)
                break
        # Forms and imports refuse duplicates.
        assert found == set(RULES_BY_CODE) - {"vendor_twice", "activity_twice"}

    def test_all_are_counted_in_one_query_for_each_kind_of_entry(self, everything: None) -> None:
        law = law_on(timezone.localdate())

        def counting() -> int:
            with CaptureQueriesContext(connection) as captured:
                assert count_findings(law) is count_findings(law)  # the second time without a query
            return sum("COUNT(" in each["sql"] for each in captured)

        assert counting() == 2
        double_the_register()
        assert counting() == 2

    def test_the_most_severe_come_first(self) -> None:
        order = [list(Severity).index(rule.severity) for rule in RULES]
        assert order == sorted(order)

    def test_the_original_document_is_not_drowned(self, imported: None, reference: None) -> None:
        counts = {rule.code: each.open for rule, each in count_findings(law_on(ON)).items() if each.open}
        assert counts == {
            "transfer_not_covered": 12,
            "transfer_needs_check": 2,
            "legal_basis_not_assessed": 38,
            "special_categories_not_assessed": 38,
            "identity_numbers_not_assessed": 3,
            "role_not_assessed": 37,
            "our_role_not_assessed": 38,
            "criminal_data_not_assessed": 38,
            "impact_assessment_not_assessed": 38,
            "no_data_subjects": 38,
            "no_retention": 38,
            "no_security_measures": 38,
            "no_review_interval": 37,
        }


@pytest.mark.parametrize(
    ("article", "act", "english", "swedish"),
    [
        ("28(3)(g)", "", "Art. 28(3)(g)", "art. 28.3 g"),
        ("", "3:10", "Swedish Data Protection Act, ch. 3 s. 10", "3 kap. 10 § dataskyddslagen"),
        ("", "3:8–9", "Swedish Data Protection Act, ch. 3 ss. 8–9", "3 kap. 8–9 §§ dataskyddslagen"),
        (
            "10",
            "3:8–9",
            "Art. 10, Swedish Data Protection Act, ch. 3 ss. 8–9",
            "art. 10, 3 kap. 8–9 §§ dataskyddslagen",
        ),
        ("", "", "", ""),
    ],
)
def test_provisions_are_cited_in_words_of_the_language(article: str, act: str, english: str, swedish: str) -> None:
    with translation.override("en"):
        assert citation(article, act) == english
    with translation.override("sv"):
        assert citation(article, act) == swedish


def test_new_fields_are_edited_in_rows_kept_in_history_and_undone(admin: Client, flow: ProcessingActivity) -> None:
    address = url("processingactivity_change", flow.pk)
    values = {
        "special_categories": "yes",
        "special_categories_ground": "9(2)(a)",
        "criminal_data": "no",
        "identity_numbers": "yes",
        "identity_numbers_ground": "consent",
        "our_role": OurRole.PROCESSOR,
        "impact_assessment": "not_needed",
        "impact_assessment_reason": "Liten",
    }
    page = admin.get(address)
    rows = page.content.decode().split("form-row")
    for name in ("special_categories", "criminal_data", "identity_numbers"):
        assert any(f'id="id_{name}"' in row and f'id="id_{name}_ground"' in row for row in rows), name
    admin.post(address, form_data(page, **values))
    flow.refresh_from_db()
    assert {name: getattr(flow, name) for name in values} == values
    history = text_of(admin.get(url("processingactivity_history", flow.pk)))
    assert "Our role not assessed processor for others" in history
    newest = url("changeset_undo", ChangeSet.objects.first().pk)
    admin.post(newest, {"digest": admin.get(newest).context["undo_plan"].digest})
    flow.refresh_from_db()
    assert (flow.our_role, flow.identity_numbers) == ("not_assessed", "not_assessed")
