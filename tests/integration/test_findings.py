"""Findings: what is wrong on a day, said of entries, accepted for a while, never hidden."""

import io
import json
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from registry.findings.findings import findings_of_rule, violating_entries
from registry.findings.rules import RULES
from registry.models import (
    Acceptance,
    AgreementKind,
    Answer,
    Article,
    ChangeSet,
    ImpactAssessment,
    OurRole,
    ProcessingActivity,
    Role,
    Source,
    Status,
    Vendor,
    change_set,
    law_on,
)
from tests.factories import make_activity, make_agreement, make_legal_basis, make_vendor
from tests.growth import double_the_register, queries_of_pages, thin_the_register
from tests.integration.beginnings import bring_reference
from tests.integration.layers import layer
from tests.integration.pages import form_data, text_of, url

pytestmark = pytest.mark.django_db

ON = date(2026, 11, 24)
PAGE = "/admin/findings/"


def law(on=ON):
    return law_on(on)


def violated(entry, on=ON):
    """The codes of the rules that an entry violates."""
    return {
        rule.code
        for rule in RULES
        if isinstance(entry, rule.model) and violating_entries(rule, law(on)).filter(pk=entry.pk).exists()
    }


@layer
def sound():
    """A vendor with an activity about which nothing is found."""
    bring_reference()
    with change_set(source=Source.COMMAND, reason="set-up of a test"):
        vendor = make_vendor(
            name="Exempel AB", role=Role.PROCESSOR, review_interval_months=12, last_reviewed_on=ON - timedelta(days=9)
        )
        make_agreement(vendor=vendor, kind=AgreementKind.PROCESSING, signed_on=date(2020, 1, 1))
        basis = make_legal_basis(label="Avtal", article=Article.CONTRACT)
        return make_activity(
            vendor=vendor,
            purpose="Fakturering",
            personal_data="Namn",
            data_subjects="Kunder",
            country="SE",
            legal_basis=basis,
            special_categories=Answer.NO,
            criminal_data=Answer.NO,
            our_role=OurRole.CONTROLLER,
            retention="Sju år",
            security_measures="Kryptering",
            impact_assessment=ImpactAssessment.NOT_NEEDED,
            impact_assessment_reason="Låg risk",
        )


def change(recording, entry, **values):
    with recording():
        for name, value in values.items():
            setattr(entry, name, value)
        entry.save()
    return violated(entry)


def test_a_sound_entry_has_none(sound):
    assert violated(sound) == violated(sound.vendor) == set()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"country": "US"}, {"transfer_not_covered"}),
        ({"country": "CA"}, {"transfer_needs_check"}),
        ({"country": "GB"}, set()),
        ({"legal_basis": None}, {"legal_basis_not_assessed"}),
        ({"special_categories": Answer.NOT_ASSESSED}, {"special_categories_not_assessed"}),
        ({"special_categories": Answer.YES}, {"special_categories_without_ground"}),
        ({"special_categories": Answer.YES, "special_categories_ground": "9(2)(b)"}, set()),
        ({"identity_numbers": Answer.NO, "personal_data": "Personnummer"}, set()),
        ({"identity_numbers": Answer.YES}, {"identity_numbers_without_ground"}),
        ({"identity_numbers": Answer.YES, "identity_numbers_ground": "identification"}, set()),
        ({"criminal_data": Answer.NOT_ASSESSED}, {"criminal_data_not_assessed"}),
        ({"criminal_data": Answer.YES}, {"criminal_data_without_ground"}),
        ({"criminal_data": Answer.YES, "criminal_data_ground": "regulations"}, set()),
        ({"our_role": OurRole.NOT_ASSESSED}, {"our_role_not_assessed"}),
        ({"our_role": OurRole.PROCESSOR}, set()),
        ({"retention": ""}, {"no_retention"}),
        ({"security_measures": ""}, {"no_security_measures"}),
        ({"data_subjects": ""}, {"no_data_subjects"}),
        ({"country": ""}, {"country_not_stated", "transfer_needs_check"}),
        ({"personal_data": ""}, {"no_personal_data"}),
        ({"status": Status.ENDED, "country": "US"}, set()),
        ({"status": Status.DRAFT, "country": "US"}, set()),
    ],
)
def test_what_is_found_about_an_activity(sound, recording, values, expected):
    assert change(recording, sound, **values) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"role": Role.NOT_ASSESSED}, {"role_not_assessed"}),
        ({"role": Role.SEPARATE_CONTROLLER}, set()),
        ({"review_interval_months": None}, {"no_review_interval"}),
        ({"review_interval_months": 12, "last_reviewed_on": None}, {"review_overdue"}),
        ({"review_interval_months": 12, "last_reviewed_on": ON - timedelta(days=365)}, set()),
        ({"review_interval_months": 12, "last_reviewed_on": ON - timedelta(days=366)}, {"review_overdue"}),
        ({"review_interval_months": 12, "last_reviewed_on": None, "started_on": ON}, set()),
        ({"role": Role.NOT_ASSESSED, "status": Status.ENDED}, set()),
        ({"role": Role.NOT_ASSESSED, "status": Status.DRAFT}, set()),
    ],
)
def test_what_is_found_about_a_vendor(sound, recording, values, expected):
    assert change(recording, sound.vendor, **values) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"signed_on": None}, {"no_processing_agreement"}),
        ({"signed_on": ON + timedelta(days=1)}, {"no_processing_agreement"}),
        ({"signed_on": ON}, set()),
        ({"valid_until": ON - timedelta(days=1)}, {"no_processing_agreement"}),
        ({"valid_until": ON}, {"agreement_ends_soon"}),
        ({"valid_until": ON + timedelta(days=90)}, {"agreement_ends_soon"}),
        ({"valid_until": ON + timedelta(days=91)}, set()),
        ({"kind": AgreementKind.OTHER}, {"no_processing_agreement"}),
    ],
)
def test_what_agreements_must_be(sound, recording, values, expected):
    change(recording, sound.vendor.agreements.get(), **values)
    assert violated(sound.vendor) == expected


def test_an_agreement_that_ends_is_none_where_another_goes_on(sound, recording):
    change(recording, sound.vendor.agreements.get(), valid_until=ON)
    make_agreement(vendor=sound.vendor, kind=AgreementKind.PROCESSING, signed_on=ON)
    assert violated(sound.vendor) == set()


@pytest.mark.parametrize("values", [{"status": Status.ENDED}, {"ended_on": ON - timedelta(days=1)}])
def test_an_ended_vendor_with_an_active_activity(sound, recording, values):
    change(recording, sound.vendor, **values)
    assert violated(sound) == {"ended_vendor"}


#: What the original document has none of: test_rules.py has entries for these.
NOT_HERE = {
    *("no_processing_agreement", "no_sub_processing_agreement", "no_group_agreement", "no_joint_arrangement"),
    *("ended_vendor", "no_return_of_data", "sub_processor_not_covered", "seat_in_third_country", "no_activity"),
    *("special_categories_without_ground", "special_categories_without_impact_assessment"),
    *("criminal_data_without_ground", "identity_numbers_without_ground", "impact_assessment_missing"),
    *("contested_alone", "needless_mechanism", "no_personal_data"),
    *("vendor_twice", "activity_twice", "mechanism_as_legal_basis", "country_not_stated"),
}


def test_each_finding_speaks_of_its_entry_and_leads_to_the_field(admin, imported, reference, recording):
    with recording():
        vendor = Vendor.objects.get(name="Salesforce")
        for name, value in {"role": Role.PROCESSOR, "review_interval_months": 12}.items():
            setattr(vendor, name, value)
        vendor.save()
        make_agreement(
            vendor=vendor, kind=AgreementKind.PROCESSING, signed_on=date(2019, 1, 1), valid_until=ON + timedelta(days=9)
        )
    seen = set()
    for rule in RULES:
        for finding in findings_of_rule(rule, law()):
            seen.add(rule.code)
            assert finding.explanation
            path, field = finding.path.split("#")
            page = admin.get(path).content.decode()
            assert f'id="{field}"' in page, (rule.code, field)
            break
    assert seen == {rule.code for rule in RULES} - NOT_HERE


def test_the_original_document_as_its_law_changed(imported, reference):
    before, after = law(date(2020, 7, 15)), law(date(2020, 7, 16))
    rule = {rule.code: rule for rule in RULES}
    names = {f.vendor.name for f in findings_of_rule(rule["transfer_not_covered"], before)}
    assert len(list(findings_of_rule(rule["transfer_needs_check"], before))) == 10
    assert len(names) == 4
    assert {"Google GSuite", "LiveAgent"} < names
    assert len(list(findings_of_rule(rule["transfer_needs_check"], after))) == 2
    assert len(list(findings_of_rule(rule["transfer_not_covered"], after))) == 12
    told = {f.explanation for f in findings_of_rule(rule["transfer_not_covered"], after)}
    assert any("Privacy Shield" in text and "2020-07-15" in text and "C-311/18" in text for text in told)


class TestAccepting:
    def accept(self, client, entry, /, **values):
        address = url("acceptance_add") + f"?rule=transfer_not_covered&activity={entry.pk}"
        data = {"why": "Waits for the new clauses", "until": "2099-12-31", **values}
        return client.post(address, form_data(client.get(address), **data))

    @pytest.fixture
    def us(self, sound, recording):
        change(recording, sound, country="US")
        return sound

    def test_it_is_on_record_and_stays_visible(self, admin, us):
        assert self.accept(admin, us, change_reason="Decided by the board").status_code == 302
        acceptance = Acceptance.objects.get()
        assert (acceptance.accepted_by.username, acceptance.rule) == ("admin", "transfer_not_covered")
        row = Acceptance.history.get()
        assert (row.change_set.reason, row.why) == ("Decided by the board", "Waits for the new clauses")
        page = text_of(admin.get(url("processingactivity_change", us.pk)))
        assert "Accepted until 2099-12-31 by admin: Waits for the new clauses" in page
        assert "Exempel AB: Fakturering" in text_of(admin.get(f"{PAGE}?rule=transfer_not_covered"))

    def test_after_its_day_the_finding_is_open_again(self, us, recording, make_user):
        with recording():
            Acceptance.objects.create(
                rule="transfer_not_covered", activity=us, why="w", until=ON, accepted_by=make_user()
            )
        (rule,) = (rule for rule in RULES if rule.code == "transfer_not_covered")
        assert not next(findings_of_rule(rule, law(ON))).is_open
        assert next(findings_of_rule(rule, law(ON + timedelta(days=1)))).is_open

    @pytest.mark.parametrize(
        ("values", "complaint"),
        [
            ({"until": "2020-01-01"}, "This day is in the past"),
            ({"why": ""}, "This field is required"),
            ({"activity": ""}, "This finding is about a processing activity"),
        ],
    )
    def test_what_it_needs(self, admin, us, values, complaint):
        assert complaint in text_of(self.accept(admin, us, **values))
        assert not Acceptance.objects.exists()

    def test_it_is_accepted_once(self, admin, us):
        self.accept(admin, us)
        assert self.accept(admin, us).status_code == 200
        assert Acceptance.objects.count() == 1

    def test_who_may_not_may_not(self, sign_in, us):
        client = sign_in("view_processingactivity", "view_acceptance", "view_vendor")
        assert "Accept until" not in text_of(client.get(url("processingactivity_change", us.pk)))
        response = client.post(url("acceptance_add"), {"rule": "transfer_not_covered", "activity": us.pk})
        assert response.status_code == 403
        assert not Acceptance.objects.exists()

    def test_changing_it_names_who_did(self, admin, us, recording, make_user):
        with recording():
            acceptance = Acceptance.objects.create(
                rule="transfer_not_covered", activity=us, why="w", until=ON, accepted_by=make_user()
            )
        address = url("acceptance_change", acceptance.pk)
        assert admin.post(address, form_data(admin.get(address), until="2099-01-01")).status_code == 302
        acceptance.refresh_from_db()
        assert (acceptance.until, acceptance.accepted_by.username) == (date(2099, 1, 1), "admin")

    def test_it_goes_with_its_entry_and_is_kept_in_the_history(self, us, recording, make_user):
        with recording():
            Acceptance.objects.create(
                rule="transfer_not_covered", activity=us, why="w", until=ON, accepted_by=make_user()
            )
            us.delete()
        assert [row.history_type for row in Acceptance.history.order_by("history_id")] == ["+", "-"]


class TestPages:
    def test_counts_lead_to_the_entries(self, admin, imported, reference):
        page = text_of(admin.get(f"{PAGE}?law=2020-07-16&rule=transfer_not_covered"))
        assert "Transfer not covered high Art. 44–49 12 0" in page
        assert "MailChimp" in page

    @pytest.mark.parametrize("query", ["?law=2020-13-01", "?law=yesterday", "?law=1066-10-14", "?law=9999-01-01"])
    def test_a_day_that_is_none_is_an_error(self, admin, reference, query):
        response = admin.get(PAGE + query)
        assert response.status_code == 400
        assert "is not a day" in text_of(response)

    def test_an_unknown_rule_is_not_found(self, admin, reference):
        assert admin.get(f"{PAGE}?rule=nonsense").status_code == 404

    @pytest.mark.parametrize("rights", [(), ("view_vendor",), ("view_processingactivity",)])
    def test_it_needs_the_right_to_look(self, sign_in, reference, rights):
        client = sign_in(*rights)
        assert client.get(PAGE).status_code == 403
        assert client.post(f"{PAGE}export/").status_code == 403

    @pytest.mark.uncounted("the page with more rows: the other tests of it")
    def test_queries_do_not_grow_with_rows(self, admin, imported, reference):
        pages = [f"{PAGE}?rule={rule.code}" for rule in RULES]
        thin_the_register()
        few = queries_of_pages(admin, pages)
        double_the_register()
        assert queries_of_pages(admin, pages) == few

    def test_export_holds_all_of_them_and_is_on_record(self, admin, imported, reference):
        response = admin.post(f"{PAGE}export/?rule=transfer_not_covered&law=2020-07-16")
        sheet = load_workbook(io.BytesIO(response.getvalue())).worksheets[0]
        assert sheet.max_row == 13
        newest = ChangeSet.objects.first()
        assert (newest.source, newest.details["of"]) == (Source.EXPORT, "findings")

    def test_who_may_not_export_may_not(self, sign_in, imported, reference):
        client = sign_in("view_vendor", "view_processingactivity")
        assert client.post(f"{PAGE}export/").status_code == 403

    def test_lists_show_and_filter_them(self, admin, imported, reference):
        page = admin.get(reverse("admin:register") + "?finding=transfer_not_covered&law=2020-07-16")
        assert page.context["page"].paginator.count == 12
        assert "Assessed by the law of 2020-07-16" in text_of(page)
        page = admin.get(reverse("admin:vendors") + "?finding=role_not_assessed")
        assert page.context["page"].paginator.count == 37

    @pytest.mark.parametrize(
        ("day", "verdict", "count"),
        [
            ("2020-07-15", "no_transfer", 24),
            ("2020-07-15", "needs_check", 10),
            ("2020-07-15", "not_covered", 4),
            ("2020-07-16", "needs_check", 2),
            ("2020-07-16", "not_covered", 12),
            ("2020-07-16", "covered", 0),
        ],
    )
    def test_lists_filter_verdicts_by_the_law_of_a_day(self, admin, imported, reference, day, verdict, count):
        page = admin.get(reverse("admin:register") + f"?law={day}&verdict={verdict}")
        assert page.context["page"].paginator.count == count

    def test_lists_sort_by_verdict(self, admin, imported, reference):
        page = admin.get(reverse("admin:register") + "?law=2020-07-15&sort=-verdict")
        verdicts = [activity.verdict for activity in page.context["page"].object_list]
        assert verdicts == sorted(verdicts, reverse=True)
        assert verdicts[:5] == [3, 3, 3, 3, 2]

    @pytest.mark.parametrize("name", ["vendors", "register"])
    def test_a_day_that_is_none_is_refused_and_shows_nothing(self, admin, imported, reference, name):
        response = admin.get(reverse(f"admin:{name}") + "?law=nonsense")
        assert response.status_code == 400
        assert "is not a day" in text_of(response)

    @pytest.mark.parametrize("name", ["register", "vendors"])
    def test_queries_of_lists_do_not_grow_with_rows(self, admin, imported, reference, recording, name):
        def queries():
            with CaptureQueriesContext(connection) as asked:
                admin.get(reverse(f"admin:{name}"))
            return len(asked)

        def add(count):
            with recording():
                for number in range(count):
                    vendor = make_vendor(name=f"Ny {count} {number}")
                    make_activity(vendor=vendor, purpose="Drift", country="US")

        queries()  # fills the caches of a process
        add(1)
        before = queries()
        add(20)
        assert queries() == before <= 30

    def test_an_activity_and_its_vendor_show_the_verdict_and_why(self, admin, imported, reference):
        activity = ProcessingActivity.objects.get(vendor__name="MaxMind INC.")
        for address in (url("processingactivity_change", activity.pk), url("vendor_change", activity.vendor_id)):
            page = text_of(admin.get(f"{address}?law=2020-07-15"))
            assert "needs check" in page
            assert "whether the recipient is on the list, or in the sector, is not recorded" in page
            page = text_of(admin.get(f"{address}?law=2020-07-16"))
            assert "ended on 2020-07-15 by C-311/18" in page

    def test_the_decision_is_linked(self, admin, imported, reference):
        activity = ProcessingActivity.objects.get(vendor__name="MaxMind INC.")
        page = admin.get(url("processingactivity_change", activity.pk) + "?law=2020-07-16").content.decode()
        assert "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:32016D1250" in page
        assert "CELEX:62018CJ0311" in page


class TestCommand:
    def run(self, capfdbinary, *arguments):
        try:
            call_command("check_register", *arguments, language="en")
        except SystemExit as ended:
            return ended.code, capfdbinary.readouterr().out
        return 0, capfdbinary.readouterr().out

    def test_what_is_open_and_who_loses_cover(self, imported, reference, capfdbinary):
        status, out = self.run(capfdbinary, "--on", "2020-07-16")
        text = out.decode()
        assert status == 1
        assert "Lose cover on 2020-07-16: 8" in text
        assert (
            "MaxMind INC.: Antifraudsysteem [no owner]: needs check → not covered. Privacy Shield (Art. 45(9)" in text
        )
        assert "Transfer not covered (Art. 44–49, high): 12" in text

    def test_nothing_open_is_status_zero(self, sound, capfdbinary):
        assert self.run(capfdbinary, "--on", str(ON)) == (0, b"\n")

    def test_what_is_accepted_is_listed_and_not_open(self, sound, recording, make_user, capfdbinary):
        change(recording, sound, data_subjects="")
        with recording():
            Acceptance.objects.create(
                rule="no_data_subjects", activity=sound, why="Being asked", until=ON, accepted_by=make_user()
            )
        status, out = self.run(capfdbinary, "--on", str(ON))
        assert status == 0
        assert "(accepted until 2026-11-24: Being asked)" in out.decode()

    def test_json(self, imported, reference, capfdbinary):
        status, out = self.run(capfdbinary, "--on", "2020-07-16", "--format", "json")
        told = json.loads(out)
        assert status == 1
        assert len(told["lost"]) == 8
        assert {each["rule"] for each in told["findings"]} >= {"transfer_not_covered", "role_not_assessed"}

    def test_xlsx_to_a_file_is_on_record(self, imported, reference, capfdbinary, tmp_path):
        target = tmp_path / "findings.xlsx"
        status, _out = self.run(capfdbinary, "--format", "xlsx", "--output", str(target))
        assert status == 1
        assert load_workbook(target).worksheets[0].max_row > 38
        assert ChangeSet.objects.first().source == Source.EXPORT

    def test_without_reference_data_it_says_what_to_do(self, imported):
        with pytest.raises(CommandError, match="sync_reference") as refused:
            call_command("check_register")
        assert refused.value.returncode == 2

    def test_a_file_that_cannot_be_written(self, imported, reference, tmp_path):
        with pytest.raises(CommandError, match=r"nowhere.*No such file"):
            call_command("check_register", "--output", str(tmp_path / "nowhere" / "f.txt"))


def test_the_documentation_lists_the_rules():
    from pathlib import Path

    from django.utils import translation

    with translation.override("en"):
        table = [
            f"| `{rule.code}` | {rule.title} | {rule.citation} | {rule.severity.label} | {rule.remedy} |"
            for rule in RULES
        ]
    assert "\n".join(table) in Path("docs/findings.md").read_text(encoding="utf-8")


class TestOverview:
    def test_open_findings_are_counted_by_severity_and_lead_to_the_list(self, admin, imported, reference):
        page = admin.get("/admin/")
        assert [figure.count for figure, _rules in page.context["severities"]] == [12, 118, 265]
        assert "352 Open questions" in text_of(page)
        assert 'href="/admin/findings/"' in page.content.decode()

    def test_only_what_one_may_see(self, sign_in, imported, reference):
        page = text_of(sign_in("view_vendor").get("/admin/"))
        assert "Findings" not in page
        assert "74 Open questions" in page


def test_what_was_accepted_about_a_vendor_and_its_activities_is_part_of_its_history(admin, sound, recording, make_user):
    someone = make_user()
    with recording():
        for rule, owner in (("role_not_assessed", {"vendor": sound.vendor}), ("no_data_subjects", {"activity": sound})):
            Acceptance.objects.create(rule=rule, why="w", until=ON, accepted_by=someone, **owner)
    page = text_of(admin.get(url("vendor_history", sound.vendor_id)))
    assert "role_not_assessed" in page
    assert "no_data_subjects" in page
