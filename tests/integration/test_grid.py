"""Tables of fields: the list edited in place, and open questions answered in a table."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.findings.questions import QUESTIONS, question_about
from registry.findings.rules import RULES_BY_CODE
from registry.models import (
    Answer,
    Article,
    ChangeSet,
    LegalBasis,
    ProcessingActivity,
    Role,
    Transfer,
    TransferMechanism,
    Vendor,
)
from registry.web.lists.grid import EntryGrid
from tests.growth import double_the_register, queries_of_pages, thin_the_register
from tests.integration.pages import text_of

pytestmark = pytest.mark.django_db

EDIT, QUESTIONS_PAGE = reverse("admin:register_edit"), reverse("admin:questions")


def filled(page: Any, **changes: Any) -> dict[str, Any]:
    """What the table would send; changes are named ``{key}_{field}``."""
    data: dict[str, Any] = {"rows": page.context["keys"]}
    for form in page.context["grid"].forms:
        for bound in form:
            value = bound.value()
            if value is not None and value is not False:
                data[bound.html_name] = "on" if value is True else str(value)
    return {**data, **changes}


class TestEditingTheList:
    def test_cells_of_several_rows_are_one_change_set(self, admin: Client, imported: None) -> None:
        address = f"{EDIT}?column=vendor&column=purpose&column=data_subjects&column=country"
        page = admin.get(address)
        first, second = (form.instance.pk for form in page.context["grid"].forms[:2])
        before = ChangeSet.objects.count()
        changes = {f"row-{first}-data_subjects": "Kunder", f"row-{second}-country": "norge", "change_reason": "x"}
        saved = admin.post(address, filled(page, **changes))
        assert saved["location"].startswith(f"{reverse('admin:register')}?column=vendor")
        assert ProcessingActivity.objects.get(pk=first).data_subjects == "Kunder"
        assert ProcessingActivity.objects.get(pk=second).country == "NO"
        assert ChangeSet.objects.count() == before + 1
        assert ChangeSet.objects.first().historicalprocessingactivity_rows.count() == 2

    def test_nothing_typed_writes_nothing(self, admin: Client, imported: None) -> None:
        before = ChangeSet.objects.count()
        page = admin.post(EDIT, filled(admin.get(EDIT)), follow=True)
        assert "Nothing was changed, so nothing was recorded." in text_of(page)
        assert ChangeSet.objects.count() == before

    def test_a_legal_basis_is_typed_by_its_name(self, admin: Client, imported: None, recording: Any) -> None:
        with recording():
            basis = LegalBasis(label="Berättigat intresse")
            basis.save()
        page = admin.get(EDIT)
        key = page.context["grid"].forms[0].instance.pk
        admin.post(EDIT, filled(page, **{f"row-{key}-legal_basis": "berättigat INTRESSE"}))
        assert ProcessingActivity.objects.get(pk=key).legal_basis == basis

    @pytest.mark.parametrize(
        ("field", "text", "said"),
        [
            ("country", "Atlantis", "is not a country"),
            ("legal_basis", "Påhittad", "is not known"),
            ("purpose", "", "This field is required"),
        ],
    )
    def test_a_cell_that_is_wrong_saves_nothing_and_keeps_all(
        self, admin: Client, imported: None, field: str, text: str, said: str
    ) -> None:
        page = admin.get(EDIT)
        first, second = (form.instance.pk for form in page.context["grid"].forms[:2])
        changes = {f"row-{first}-{field}": text, f"row-{second}-personal_data": "Namn"}
        refused = admin.post(EDIT, filled(page, **changes))
        assert said in text_of(refused)
        assert "Nothing was saved yet" in text_of(refused)
        assert 'value="Namn"' in refused.content.decode() or ">\nNamn</textarea>" in refused.content.decode()
        assert ProcessingActivity.objects.get(pk=second).personal_data != "Namn"

    def test_a_conflict_is_told_as_in_the_form(self, admin: Client, imported: None, recording: Any) -> None:
        page = admin.get(EDIT)
        activity = page.context["grid"].forms[0].instance
        with recording():
            activity.personal_data = "Det andra skrev"
            activity.save()
        refused = admin.post(EDIT, filled(page, **{f"row-{activity.pk}-personal_data": "Det jag skrev"}))
        assert "Changed meanwhile" in text_of(refused)
        assert "Det jag skrev" in refused.content.decode()
        activity.refresh_from_db()
        assert activity.personal_data == "Det andra skrev"
        admin.post(EDIT, filled(refused, **{f"row-{activity.pk}-personal_data": "Det jag skrev"}))
        activity.refresh_from_db()
        assert activity.personal_data == "Det jag skrev"

    def test_what_the_database_refuses_is_said_at_its_row(self, admin: Client, imported: None) -> None:
        first, second = ProcessingActivity.objects.filter(vendor__name="Tucows Domains Inc.")
        address = f"{EDIT}?vendor=tucows"
        page = admin.get(address)
        refused = admin.post(address, filled(page, **{f"row-{second.pk}-purpose": first.purpose}))
        assert "This vendor already has an activity with this purpose." in text_of(refused)
        assert ProcessingActivity.objects.get(pk=second.pk).purpose != first.purpose

    def test_rows_that_would_say_the_same_are_refused(self, admin: Client, imported: None) -> None:
        keys = ProcessingActivity.objects.filter(vendor__name="Tucows Domains Inc.").values_list("pk", flat=True)
        address = f"{EDIT}?vendor=tucows"
        changes = {f"row-{key}-purpose": "Samma" for key in keys}
        assert "would say the same" in text_of(admin.post(address, filled(admin.get(address), **changes)))

    def test_a_row_deleted_meanwhile_is_said_and_the_rest_kept(
        self, admin: Client, imported: None, recording: Any
    ) -> None:
        page = admin.get(EDIT)
        first, second = (form.instance for form in page.context["grid"].forms[:2])
        with recording():
            ProcessingActivity.objects.get(pk=first.pk).delete()
        refused = admin.post(EDIT, filled(page, **{f"row-{second.pk}-personal_data": "Kvar"}))
        assert refused.status_code == 409
        assert "deleted meanwhile" in text_of(refused)
        assert "Kvar" in refused.content.decode()

    def test_the_next_page_follows_at_a_click(self, admin: Client, imported: None) -> None:
        double_the_register()
        page = admin.get(EDIT)
        assert page.context["next_page"] == 2
        saved = admin.post(EDIT, filled(page, _next="2"))
        assert saved["location"] == f"{EDIT}?p=2"

    def test_vendors_are_edited_in_their_list(self, admin: Client, imported: None) -> None:
        address = f"{reverse('admin:vendors_edit')}?column=vendor&column=vendor_role&column=vendor_review"
        page = admin.get(address)
        key = page.context["grid"].forms[0].instance.pk
        admin.post(address, filled(page, **{f"row-{key}-role": "processor", f"row-{key}-review_interval_months": "6"}))
        vendor = Vendor.objects.get(pk=key)
        assert (vendor.role, vendor.review_interval_months) == (Role.PROCESSOR, 6)

    def test_columns_that_cannot_be_edited_lead_back(self, admin: Client, imported: None) -> None:
        page = admin.get(f"{EDIT}?column=verdict", follow=True)
        assert "None of the columns of this list can be edited." in text_of(page)

    @pytest.mark.both_databases
    def test_the_number_of_queries_does_not_grow(self, admin: Client, imported: None, reference: None) -> None:
        counted = []
        for count in (2, 30):
            address = f"{EDIT}?column=purpose&column=notes&column=legal_ground&column=country&status=all&sort=-vendor"
            page = admin.get(address)
            keys = [form.instance.pk for form in page.context["grid"].forms[:count]]
            changes = {f"row-{key}-notes": f"note {count}" for key in keys}
            with CaptureQueriesContext(connection) as asked:
                admin.post(address, filled(page, **changes))
            counted.append(len(asked))
            assert ProcessingActivity.objects.filter(notes=f"note {count}").count() == count
        assert counted[0] == counted[1], counted


class TestAnswering:
    def test_several_rows_at_once(self, admin: Client, imported: None, reference: None) -> None:
        address = f"{QUESTIONS_PAGE}?question=special_categories"
        page = admin.get(address)
        changes = {f"row-{form.instance.pk}-special_categories": "no" for form in page.context["grid"].forms}
        done = admin.post(address, filled(page, **changes), follow=True)
        assert "38 answers were saved. No open questions of this kind are left." in text_of(done)
        assert ProcessingActivity.objects.filter(special_categories=Answer.NO).count() == 38
        assert done.context["chosen"].code != "special_categories"

    def test_the_ticked_ones_by_one_answer(self, admin: Client, imported: None, reference: None) -> None:
        address = f"{QUESTIONS_PAGE}?question=role"
        page = admin.get(address)
        keys = [form.instance.pk for form in page.context["grid"].forms[:20]]
        data = filled(page, _selected_action=keys, _answer_selected="1", **{"answer-role": "processor"})
        done = admin.post(address, data, follow=True)
        assert "20 answers were saved." in text_of(done)
        assert set(Vendor.objects.filter(role=Role.PROCESSOR).values_list("pk", flat=True)) == set(keys)
        assert len(done.context["grid"].forms) == 17

    def test_what_one_answer_settles_is_said_first(self, admin: Client, imported: None, reference: None) -> None:
        page = admin.get(f"{QUESTIONS_PAGE}?question=article")
        assert "settles 38 rows of the register" in text_of(page)
        (form,) = page.context["grid"].forms
        address = f"{QUESTIONS_PAGE}?question=article"
        admin.post(address, filled(page, **{f"row-{form.instance.pk}-article": Article.CONTRACT}))
        assert LegalBasis.objects.get().article == Article.CONTRACT

    def test_vendor_purpose_and_data_stand_beside_the_answer(self, admin: Client, imported: None) -> None:
        page = text_of(admin.get(f"{QUESTIONS_PAGE}?question=identity_numbers"))
        activity = ProcessingActivity.objects.get(vendor__name="UC AB")
        assert activity.vendor.name in page
        assert activity.personal_data in page

    def test_who_may_only_look_has_no_fields(self, sign_in: Any, imported: None, reference: None) -> None:
        client = sign_in("view_vendor")
        page = client.get(f"{QUESTIONS_PAGE}?question=role")
        assert "<select" not in page.content.decode().split('id="grid"')[1]
        assert client.post(f"{QUESTIONS_PAGE}?question=role", {"rows": "1"}).status_code == 403

    def test_it_is_the_list_of_the_findings(self, admin: Client, imported: None, reference: None) -> None:
        assert question_about(RULES_BY_CODE["role_not_assessed"]).code == "role"
        assert question_about(RULES_BY_CODE["transfer_not_covered"]) is None
        page = admin.get("/admin/findings/?rule=role_not_assessed").content.decode()
        assert f'href="{QUESTIONS_PAGE}?question=role"' in page

    @pytest.mark.both_databases
    @pytest.mark.uncounted("the pages with more rows: the other tests of them")
    def test_queries_do_not_grow(self, admin: Client, imported: None, reference: None) -> None:
        pages = [f"{QUESTIONS_PAGE}?question={question.code}" for question in QUESTIONS]
        thin_the_register()
        before = queries_of_pages(admin, pages)
        double_the_register()
        assert queries_of_pages(admin, pages) == before

    def test_mechanisms_and_transfers_are_asked_about_too(self, admin: Client, imported: None, reference: None) -> None:
        address = f"{QUESTIONS_PAGE}?question=recipient"
        page = admin.get(address)
        keys = [form.instance.pk for form in page.context["grid"].forms]
        assert keys
        admin.post(address, filled(page, **{f"row-{key}-recipient_qualifies": "yes" for key in keys}))
        assert Transfer.objects.filter(pk__in=keys, recipient_qualifies="yes").count() == len(keys)
        assert TransferMechanism.objects.exists()


def test_one_query_reads_what_all_cells_may_refer_to(imported: None) -> None:
    entries = list(ProcessingActivity.objects.all())
    with CaptureQueriesContext(connection) as asked:
        grid = EntryGrid(ProcessingActivity, entries, ["legal_basis", "purpose"])
        [str(form) for form in grid.forms]
    assert len(asked) == 1
