"""What is to be done: open questions, what is due, who loses cover, who engages whom, and reminders."""

import io
from datetime import date, timedelta

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from registry.core.months import months_later
from registry.findings.questions import QUESTIONS
from registry.law.verdicts import Verdict
from registry.models import (
    AgreementKind,
    Answer,
    Article,
    ChangeSet,
    LegalBasis,
    ProcessingActivity,
    Role,
    Source,
    Transfer,
    TransferMechanism,
    Vendor,
    YesNoUnknown,
    law_on,
)
from registry.models.reviews import review_due
from registry.models.vendors import VendorCircle
from registry.web.sub_processors import engagers, sub_processors
from tests.factories import make_activity, make_agreement, make_mechanism, make_transfer, make_vendor
from tests.integration.pages import form_data, text_of, url

pytestmark = pytest.mark.django_db

ON = date(2026, 11, 24)


def save(recording, entry, **values):
    with recording():
        for name, value in values.items():
            setattr(entry, name, value)
        entry.save()


class TestOpenQuestions:
    def test_they_are_counted_and_listed(self, admin, imported, reference):
        page = text_of(admin.get("/admin/questions/?question=role"))
        assert "What is this vendor? 37" in page
        assert "Is the recipient on the list, or in the sector? 8" in page
        assert "Salesforce" in page

    def test_one_click_leads_to_the_field_and_saving_to_the_next(self, admin, imported, reference):
        path = admin.get("/admin/questions/?question=role").context["rows"][0]["cells"][0]["address"]
        address, field = path.split("#")
        page = admin.get(address)
        assert f'id="{field}"' in page.content.decode()
        assert "37 open questions of this kind" in text_of(page)
        answered = admin.post(address, form_data(page, role=Role.PROCESSOR, _next_question="1"))
        following = Vendor.objects.filter(role=Role.NOT_ASSESSED).order_by("pk").first()
        assert answered.url == f"{url('vendor_change', following.pk)}?question=role#id_role"
        assert Vendor.objects.filter(role=Role.PROCESSOR).count() == 1

    def test_after_the_last_one_the_list_says_so(self, admin, imported, reference):
        basis = LegalBasis.objects.get()
        address = url("legalbasis_change", basis.pk) + "?question=article"
        data = form_data(admin.get(address), article=Article.LEGITIMATE_INTERESTS, _next_question="1")
        page = admin.post(address, data, follow=True)
        assert "No open questions of this kind are left." in text_of(page)

    def test_each_question_leads_to_its_field(self, admin, imported, reference, recording):
        with recording():
            activity = ProcessingActivity.objects.all()[0]
            activity.legal_basis, activity.country = None, ""
            activity.save()
            other = ProcessingActivity.objects.all()[1]
            for name in ("special_categories", "identity_numbers", "criminal_data"):
                setattr(other, name, Answer.YES)
            other.save()
            unclassified = make_mechanism(code="x", label="Something")
            group = TransferMechanism.objects.get(code="scc")
            fourth = TransferMechanism.objects.get(code="scc_2021_m4")
            for mechanism in (unclassified, group, fourth):
                make_transfer(activity=activity, mechanism=mechanism)
            listed = TransferMechanism.objects.get(code="dpf")
            make_transfer(activity=activity, mechanism=listed, recipient_qualifies="yes")
        for question in QUESTIONS:
            path, field = question.path(question.entries[0]).split("#")
            assert f'id="{field}"' in admin.get(path).content.decode(), question.code

    def test_only_those_that_one_may_see(self, sign_in, imported, reference):
        page = text_of(sign_in("view_vendor").get("/admin/questions/"))
        assert "What is this vendor?" in page
        assert "special categories" not in page
        assert sign_in("view_vendor", name="b").get("/admin/questions/?question=article").status_code == 403
        assert sign_in(name="c").get("/admin/questions/").status_code == 403

    def test_an_unknown_question_is_not_found(self, admin, imported):
        assert admin.get("/admin/questions/?question=nonsense").status_code == 404


class TestReviews:
    @given(
        last=st.dates(date(2015, 1, 1), date(2026, 12, 31)),
        months=st.integers(1, 40),
        on=st.dates(date(2016, 1, 1), date(2030, 1, 1)),
    )
    def test_months_later_is_never_beyond_the_month(self, last, months, on):
        due = months_later(last, months)
        assert (due.year * 12 + due.month) - (last.year * 12 + last.month) == months
        assert due.day == last.day or (due + timedelta(days=1)).day == 1

    def test_both_say_the_same_about_what_is_due(self, recording):
        lasts = [date(2024, 1, 31), date(2024, 2, 29), date(2024, 8, 31), date(2023, 12, 1), date(2024, 4, 30)]
        with recording():
            Vendor.objects.bulk_create(
                Vendor(name=f"{last} {months}", last_reviewed_on=last, review_interval_months=months)
                for last in lasts
                for months in (1, 6, 12, 13, 24)
            )
        vendors = list(Vendor.objects.all())
        on = date(2024, 2, 27)
        while on < date(2024, 12, 31):
            due = set(Vendor.objects.filter(review_due(on)).values_list("pk", flat=True))
            assert due == {v.pk for v in vendors if v.review_due_on <= on}, on
            on += timedelta(days=1)

    def mark(self, client, vendor, **values):
        asked = client.post(
            reverse("admin:vendors_action"), {"action": "mark_as_reviewed", "_selected_action": [vendor.pk], **values}
        )
        if "apply" in values:
            return asked
        version = asked.context["form"]["version"].value()
        return {"apply": "1", "version": version, "last_reviewed_on": "2026-01-01", "change_reason": "yearly"}

    def test_a_review_is_bound_to_the_state_reviewed(self, admin, imported, reference, recording):
        vendor = Vendor.objects.get(name="Salesforce")
        self.mark(admin, vendor, **self.mark(admin, vendor))
        vendor.refresh_from_db()
        assert vendor.reviewed_in == ChangeSet.objects.first()
        page = text_of(admin.get(url("vendor_change", vendor.pk)))
        assert "Reviewed on 2026-01-01. Unchanged since." in page
        save(recording, vendor.activities.get(), retention="a year")
        assert "Changed since review." in text_of(admin.get(url("vendor_change", vendor.pk)))
        assert "Salesforce" in text_of(admin.get("/admin/due/"))
        page = admin.get(reverse("admin:vendors") + "?review=changed")
        assert [vendor.name for vendor in page.context["page"].object_list] == ["Salesforce"]

    @pytest.mark.parametrize("what", ["vendor", "activity", "agreement", "transfer"])
    def test_each_part_counts(self, admin, imported, reference, recording, what):
        vendor = Vendor.objects.get(name="Salesforce")
        self.mark(admin, vendor, **self.mark(admin, vendor))
        vendor.refresh_from_db()
        activity = vendor.activities.get()
        with recording():
            if what == "agreement":
                make_agreement(vendor=vendor, kind=AgreementKind.OTHER)
            elif what == "transfer":
                activity.transfers.all().delete()
        if what in {"vendor", "activity"}:
            save(recording, {"vendor": vendor, "activity": activity}[what], notes="changed")
        assert Vendor.objects.with_review().get(pk=vendor.pk).changed_since_review

    def test_what_changed_while_it_was_looked_at_is_not_reviewed(self, admin, imported, recording):
        vendor = Vendor.objects.get(name="Salesforce")
        looked_at = self.mark(admin, vendor)
        save(recording, vendor.activities.get(), retention="a year")
        page = self.mark(admin, vendor, **looked_at)
        assert "changed while you were looking at it" in text_of(page)
        vendor.refresh_from_db()
        assert (vendor.last_reviewed_on, vendor.reviewed_in) == (None, None)

    def test_a_review_in_the_future_is_refused(self, admin, imported):
        vendor = Vendor.objects.get(name="Salesforce")
        looked_at = self.mark(admin, vendor)
        page = self.mark(admin, vendor, **{**looked_at, "last_reviewed_on": "2999-01-01"})
        assert "has not come yet" in text_of(page)

    def test_a_day_typed_by_hand_is_bound_to_no_state(self, admin, imported, reference, recording):
        vendor = Vendor.objects.get(name="Salesforce")
        save(recording, vendor, last_reviewed_on=date(2025, 1, 1))
        assert "In which state is not on record" in text_of(admin.get(url("vendor_change", vendor.pk)))

    def test_undoing_the_mark_takes_the_binding_back(self, admin, imported, reference):
        vendor = Vendor.objects.get(name="Salesforce")
        self.mark(admin, vendor, **self.mark(admin, vendor))
        address = url("changeset_undo", ChangeSet.objects.first().pk)
        admin.post(address, {"digest": admin.get(address).context["undo_plan"].digest})
        vendor.refresh_from_db()
        assert (vendor.last_reviewed_on, vendor.reviewed_in) == (None, None)


class TestDue:
    def test_it_lists_reviews_and_agreements(self, admin, imported, reference, recording):
        first, second = Vendor.objects.all()[:2]
        save(recording, first, review_interval_months=12, last_reviewed_on=date(2025, 11, 1))
        make_agreement(vendor=second, kind=AgreementKind.PROCESSING, valid_until=ON + timedelta(days=90))
        page = text_of(admin.get(f"/admin/due/?law={ON}"))
        assert f"{first} 2026-11-01 overdue 2025-11-01" in page
        assert f"{second}: data processing agreement 2027-02-22" in page
        assert "No agreement ends" in text_of(admin.get("/admin/due/?law=2026-11-23"))

    def test_a_day_that_is_none_is_an_error(self, admin, reference):
        assert admin.get("/admin/due/?law=x").status_code == 400

    def test_it_needs_the_right_to_look(self, sign_in, reference):
        assert sign_in("view_vendor").get("/admin/due/").status_code == 403


class TestEnding:
    @pytest.fixture
    def shield(self, imported, reference):
        return TransferMechanism.objects.get(code="privacy_shield")

    def address(self, mechanism, query=""):
        return f"/admin/mechanisms/{mechanism.pk}/ending/{query}"

    def test_the_work_list(self, admin, shield):
        page = admin.get(self.address(shield))
        assert len(page.context["losses"]) == 8
        assert "On 2020-07-16 8 activities lose cover." in text_of(page)

    def test_what_would_happen(self, admin, shield, recording):
        dpf = TransferMechanism.objects.get(code="dpf")
        activity = ProcessingActivity.objects.get(vendor__name="MaxMind INC.")
        make_transfer(activity=activity, mechanism=dpf, recipient_qualifies=YesNoUnknown.YES)
        page = admin.get(self.address(dpf, "?last_day=2026-12-31"))
        (row,) = page.context["losses"]
        assert (row["loss"].activity, row["loss"].after.verdict) == (activity, Verdict.NOT_COVERED)
        assert "This is what would happen." in text_of(page)
        dpf.refresh_from_db()
        assert dpf.valid_until is None

    def test_those_in_the_country_of_a_decision_that_ends(self, admin, imported, reference, recording):
        activity = ProcessingActivity.objects.first()
        save(recording, activity, country="CH")
        page = admin.get(self.address(TransferMechanism.objects.get(code="ch_2000"), "?last_day=2026-12-31"))
        assert [row["loss"].activity for row in page.context["losses"]] == [activity]

    def moving(self, page, *activities, **values):
        return {
            "activity": [activity.pk for activity in activities],
            "successor": TransferMechanism.objects.get(code="scc_2021_m2").pk,
            "recipient_qualifies": "unknown",
            "signed_on": "2026-11-01",
            "assessed_on": "2026-11-02",
            "change_reason": "Privacy Shield is void",
            **values,
        }

    def test_several_move_to_a_successor_as_one_act_with_a_reason(self, admin, shield, recording):
        first, second = (row["loss"].activity for row in admin.get(self.address(shield)).context["losses"][:2])
        save(recording, first.transfers.get(), recipient_qualifies="yes", wording="Privacy shield (EU)")
        before = ChangeSet.objects.count()
        response = admin.post(self.address(shield), self.moving(None, first, second), follow=True)
        assert "2 activities were moved." in text_of(response)
        assert ChangeSet.objects.count() == before + 1
        newest = ChangeSet.objects.first()
        assert newest.reason == "Privacy Shield is void"
        moved = Transfer.objects.filter(activity__in=[first, second])
        assert {(t.mechanism.code, t.recipient_qualifies, t.wording, t.assessed_on) for t in moved} == {
            ("scc_2021_m2", "unknown", "", date(2026, 11, 2))
        }
        assert newest.historicaltransfer_rows.count() == 2
        assert len(response.context["losses"]) == 6
        law = law_on(ON)
        assert ProcessingActivity.objects.with_verdict(law).get(pk=first.pk).verdict == Verdict.COVERED

    def test_one_that_relied_on_the_law_alone_gets_a_transfer(self, admin, imported, reference, recording):
        activity = ProcessingActivity.objects.all()[0]
        save(recording, activity, country="CH")
        decision = TransferMechanism.objects.get(code="ch_2000")
        address = self.address(decision, "?last_day=2026-12-31")
        admin.post(address, self.moving(None, activity))
        assert [t.mechanism.code for t in activity.transfers.all()] == ["scc_2021_m2"]

    @pytest.mark.parametrize(
        ("values", "complaint"),
        [
            ({"change_reason": ""}, "This field is required"),
            ({"successor": ""}, "This field is required"),
            ({"activity": []}, "Choose the activities to move"),
            ({"activity": ["999999"]}, "no longer lose cover"),
            ({"signed_on": "yesterday"}, "Enter a valid date"),
        ],
    )
    def test_what_is_missing_is_said_and_nothing_moves(self, admin, shield, values, complaint):
        activity = admin.get(self.address(shield)).context["losses"][0]["loss"].activity
        before = ChangeSet.objects.count()
        page = admin.post(self.address(shield), self.moving(None, activity, **values))
        assert complaint in text_of(page)
        assert ChangeSet.objects.count() == before

    def test_none_moves_where_one_relies_on_the_successor_already(self, admin, shield, recording):
        first, second = (row["loss"].activity for row in admin.get(self.address(shield)).context["losses"][:2])
        make_transfer(activity=first, mechanism=TransferMechanism.objects.get(code="scc_2021_m2"))
        # with clauses that are not assessed it still loses cover
        page = admin.post(self.address(shield), self.moving(None, first, second))
        assert Transfer.objects.filter(activity=second, mechanism=shield).exists()
        assert "already relies on this mechanism" in text_of(page) or "no longer lose cover" in text_of(page)

    def test_export(self, admin, shield):
        response = admin.post(self.address(shield), {"export": "1"})
        sheet = load_workbook(io.BytesIO(response.getvalue())).worksheets[0]
        assert sheet.max_row == 9
        assert ChangeSet.objects.first().source == Source.EXPORT

    @pytest.mark.parametrize("data", [{"export": "1"}, {"activity": ["1"], "change_reason": "x"}])
    def test_who_may_only_look_may_look(self, sign_in, shield, data):
        client = sign_in("view_transfermechanism", "view_processingactivity", "view_transfer")
        page = client.get(self.address(shield))
        assert "MaxMind" in text_of(page)
        assert 'name="successor"' not in page.content.decode()
        assert client.post(self.address(shield), data).status_code == 403

    def test_a_day_that_is_none_is_an_error(self, admin, shield):
        assert admin.get(self.address(shield, "?last_day=x")).status_code == 400

    def test_whoever_ends_a_mechanism_is_told_who_stands_on_it(self, admin, shield):
        address = url("transfermechanism_change", shield.pk)
        data = form_data(admin.get(address), valid_until="2020-07-14", last_day_new="2020-07-14")
        page = admin.post(address, data, follow=True)
        assert "8 activities lose cover. Show them" in text_of(page)


class TestSubProcessors:
    @pytest.fixture
    def chain(self, reference, recording):
        with recording():
            top = make_vendor(name="Top")
            middle = make_vendor(name="Middle", engaged_by=top)
            low = make_vendor(name="Low", engaged_by=middle)
            make_activity(vendor=low, purpose="p", country="US")
        return top, middle, low

    def test_the_tree_with_countries_and_verdicts(self, admin, chain):
        top, middle, low = chain
        law = law_on(ON)
        (node,) = sub_processors(top, law)
        assert (node.vendor, node.verdict) == (middle, None)
        assert [(n.vendor, n.countries, n.verdict) for n in node.below] == [(low, ["US"], Verdict.NOT_COVERED)]
        assert engagers(low) == [top, middle]
        assert "Low US not covered" in text_of(admin.get(url("vendor_change", top.pk)))
        assert "Engaged by: Top → Middle" in text_of(admin.get(url("vendor_change", low.pk)))

    def test_a_circle_is_refused_by_the_form(self, admin, chain):
        top, _middle, low = chain
        address = url("vendor_change", top.pk)
        page = admin.post(address, form_data(admin.get(address), engaged_by=low.pk))
        assert "in a circle: Top → Low → Middle → Top" in text_of(page)

    @pytest.mark.parametrize("write", ["save", "bulk_update"])
    def test_a_circle_is_impossible_on_whichever_way(self, chain, recording, write):
        top, _middle, low = chain
        top.engaged_by = low
        with pytest.raises(VendorCircle, match="Top → Low → Middle → Top"), recording():
            if write == "save":
                top.save()
            else:
                Vendor.objects.bulk_update([top], ["engaged_by"])
        top.refresh_from_db()
        assert top.engaged_by is None

    def test_two_changes_that_make_a_circle_together(self, recording, reference):
        with recording():
            first, second = make_vendor(name="A"), make_vendor(name="B")
        first.engaged_by, second.engaged_by = second, first
        with pytest.raises(VendorCircle), recording():
            Vendor.objects.bulk_update([first, second], ["engaged_by"])


class TestReminders:
    @pytest.fixture
    def owner(self, imported, recording, make_user):
        owner = make_user(name="owner")
        owner.email, owner.language = "owner@example.com", "en"
        owner.save()
        first, second = Vendor.objects.all()[:2]
        with recording():
            for vendor in (first, second):
                vendor.owner = owner
                vendor.save()
        save(recording, first, review_interval_months=12, last_reviewed_on=date(2025, 11, 1))
        make_agreement(vendor=second, kind=AgreementKind.PROCESSING, valid_until=ON + timedelta(days=9))
        return owner

    def send(self, *arguments, on=ON):
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command("send_reminders", *arguments, on=on, stdout=out, stderr=err)
        except SystemExit as ended:
            return ended.code, err.getvalue()
        return 0, out.getvalue()

    @pytest.fixture(autouse=True)
    def address(self, settings):
        settings.SITE_URL = "https://register.example.com"

    def test_each_owner_gets_one_letter_and_it_is_on_record(self, owner):
        assert self.send() == (0, "owner <owner@example.com>: 2 sent\n")
        (letter,) = mail.outbox
        assert letter.to == ["owner@example.com"]
        assert letter.subject == "Register of processors: 2 things are due"
        assert "the review was due on 2026-11-01" in letter.body
        assert "ends on 2026-12-03" in letter.body
        assert "https://register.example.com/admin/registry/vendor/" in letter.body
        newest = ChangeSet.objects.first()
        assert (newest.source, newest.details["to"], len(newest.details["items"])) == (Source.REMINDER, owner.pk, 2)

    def test_in_the_language_of_the_owner(self, owner):
        owner.language = "sv"
        owner.save()
        self.send()
        assert mail.outbox[0].subject.startswith("Biträdesregister")

    def test_the_same_state_is_not_mailed_twice(self, owner, recording):
        self.send()
        assert self.send() == (0, "")
        assert len(mail.outbox) == 1
        save(recording, Vendor.objects.filter(owner=owner).first(), last_reviewed_on=date(2025, 11, 2))
        self.send()
        assert len(mail.outbox) == 2
        assert "2026-11-02" in mail.outbox[1].body

    def test_a_new_stage_is_a_new_state(self, owner):
        self.send()
        self.send(on=ON + timedelta(days=10))
        assert "ended on 2026-12-03" in mail.outbox[1].body

    def test_a_check_of_a_recipient_is_asked_for_again_a_month_before_it_lapses(self, owner, reference, recording):
        listed = make_transfer(
            activity=Vendor.objects.filter(owner=owner).first().activities.first(),
            mechanism=TransferMechanism.objects.get(code="dpf"),
            recipient_qualifies="yes",
            checked_on=date(2025, 12, 25),
        )
        self.send()
        assert "holds until 2026-12-25" in mail.outbox[0].body
        self.send(on=date(2026, 12, 26))
        assert "held until 2026-12-25. Check it again" in mail.outbox[1].body
        save(recording, listed, checked_on=date(2025, 12, 26))
        assert self.send() == (0, "")

    def test_a_dry_run_sends_and_records_nothing(self, owner):
        before = ChangeSet.objects.count()
        status, out = self.send("--dry-run")
        assert status == 0
        assert out.count("owner@example.com") == 2
        assert (mail.outbox, ChangeSet.objects.count()) == ([], before)

    def test_what_could_not_be_sent_is_not_on_record_and_tried_again(self, owner, monkeypatch):
        def fail(message):
            raise OSError("the server is away")

        before = ChangeSet.objects.count()
        with monkeypatch.context() as patch:
            patch.setattr("django.core.mail.EmailMessage.send", fail)
            status, err = self.send()
        assert (status, ChangeSet.objects.count()) == (1, before)
        assert "the server is away" in err
        assert self.send()[0] == 0
        assert len(mail.outbox) == 1

    def test_an_owner_without_an_address_is_named(self, owner):
        owner.email = ""
        owner.save()
        status, err = self.send()
        assert status == 1
        assert "owner: not sent" in err

    def test_who_has_left_gets_none(self, owner):
        owner.is_active = False
        owner.save()
        assert self.send() == (0, "")

    def test_half_configured_it_sends_nothing(self, owner, settings):
        settings.SITE_URL = ""
        with pytest.raises(CommandError, match="SITE_URL is missing"):
            call_command("send_reminders")


AD_HOC = "IN --mechanism ad_hoc_clauses --signed-on 2020-01-01 --assessed-on 2021-01-01"


class TestAssessTransfer:
    def run(self, *arguments):
        out = io.StringIO()
        call_command("assess_transfer", *arguments, stdout=out)
        return out.getvalue().splitlines()

    def test_the_verdict_alone_then_why_with_article_decision_and_link(self, reference):
        told = self.run("US", "--on", "2020-07-16", "--mechanism", "Privacy Shield")
        assert told[0] == "not_covered"
        assert told[1] == (
            "Privacy Shield (Art. 45(9), Article 25(6) of Directive 95/46/EC, 2016/1250) ended on 2020-07-15"
            " by C-311/18 (Schrems II), 2020-07-16."
        )
        assert told[2].startswith("2016/1250: https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:32016D1250")

    @pytest.mark.parametrize(
        ("arguments", "verdict"),
        [
            ("Sverige", "no_transfer"),
            ("Kanada", "needs_check"),
            ("CA --recipient-qualifies yes", "covered"),
            ("CA --recipient-qualifies no", "not_covered"),
            ("US --mechanism dpf --recipient-qualifies yes --checked-on 2026-01-01", "covered"),
            ("IN --mechanism scc_2021_m2 --signed-on 2022-01-01 --assessed-on 2022-01-01", "covered"),
            ("IN --mechanism SCC --signed-on 2022-01-01 --assessed-on 2022-01-01", "needs_check"),
            ("US --mechanism bcr --assessed-on 2026-11-25", "needs_check"),
            (AD_HOC, "needs_check"),
            (f"{AD_HOC} --authorised-on 2020-01-01", "covered"),
            (f"{AD_HOC} --permitted-on 2020-01-01", "covered"),
            ("IN --mechanism scc_2021_m4 --signed-on 2022-01-01 --processor-adds-data no", "covered"),
            ("XO --mechanism epo_2025 --recipient-qualifies yes", "covered"),
        ],
    )
    def test_verdicts(self, reference, arguments, verdict):
        assert self.run(*arguments.split(), "--on", "2026-11-24")[0] == verdict

    def test_what_is_contested_is_said(self, reference):
        listed = ("--recipient-qualifies", "yes", "--checked-on", "2026-11-01")
        told = self.run("US", "--mechanism", "dpf", *listed, "--on", "2026-11-24")
        assert any("contested" in line and "C-703/25" in line for line in told)

    def test_in_swedish(self, reference):
        assert "Storbritannien" in "".join(self.run("GB", "--language", "sv"))

    @pytest.mark.parametrize(
        ("arguments", "advice"),
        [
            (("Kanda",), r"Unknown country: Kanda\. Did you mean CA \(Canada\)"),
            (("US", "--mechanism", "privacy"), r"Unknown mechanism: privacy\. Did you mean privacy_shield"),
            (("US", "--mechanism", "zzzzqq"), "Unknown mechanism: zzzzqq"),
            (("US", "--on", "16/7"), "is not a day"),
        ],
    )
    def test_wrong_use_is_status_two_and_names_what_is_near(self, reference, arguments, advice):
        with pytest.raises(CommandError, match=advice) as refused:
            self.run(*arguments)
        assert refused.value.returncode in (1, 2)
