"""Two entries that mean the same become one: previewed, in one change set, and undone as a whole."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from registry.core import fields
from registry.findings.duplicates import twin_groups, twins_of
from registry.history.merges import merged_from, merged_into, successor_key
from registry.history.ownership import tracked_models
from registry.history.time_travel import as_at
from registry.history.undo import plan_undo
from registry.models import (
    Acceptance,
    Agreement,
    ChangeSet,
    LegalBasis,
    MechanismAlias,
    NameKind,
    ProcessingActivity,
    Source,
    Transfer,
    TransferMechanism,
    User,
    Vendor,
    VendorName,
    Watch,
    change_set,
)
from registry.models.stored_verdicts import wrong_verdicts
from registry.web.merging import forms, pages
from registry.web.merging.links import LINKS, MODELS
from registry.web.merging.pairs import entries_to_merge
from registry.web.merging.plan import MergePlan, plan_merge
from registry.web.merging.writing import write_merge
from tests.factories import make_activity, make_agreement, make_legal_basis, make_mechanism, make_transfer, make_vendor
from tests.integration.pages import text_of, url

pytestmark = pytest.mark.django_db


@contextmanager
def as_before() -> Iterator[None]:
    """Write texts and keys as release 1.0.0 did: as they come."""

    def key(value: str) -> str:
        return unicodedata.normalize("NFC", " ".join(value.split()).casefold())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fields, "clean_text", lambda value: value.strip())
        patch.setattr(fields, "unique_key", key)
        yield


def planned(keep: Any, gone: Any, **answers: str) -> MergePlan:
    found = entries_to_merge(type(keep), [keep.pk, gone.pk])
    named = {name.replace("__", "-"): value for name, value in answers.items()}
    return plan_merge(found[keep.pk], found[gone.pk], named)


def merge(keep: Any, gone: Any, **answers: str) -> ChangeSet:
    with change_set(source=Source.ADMIN, reason="the same"):
        plan = planned(keep, gone, **answers)
        assert not plan.hindrances
        write_merge(plan)
    return newest()


def newest() -> ChangeSet:
    found = ChangeSet.objects.first()
    assert found is not None
    return found


def state() -> dict[str, list[Any]]:
    """Every row of the register."""
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in tracked_models()}


def undo() -> None:
    plan = plan_undo(newest())
    assert plan.possible, plan.hindrances
    with change_set(source=Source.UNDO, reason="not the same"):
        plan.apply()


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def boss(make_user: Callable[..., User]) -> User:
    return make_user(name="boss")


@pytest.fixture
def two(boss: User) -> tuple[Vendor, Vendor]:
    """Two vendors with all that can point to a vendor, and some of it at both."""
    with change_set(source=Source.COMMAND, reason="set-up"):
        keep = make_vendor(name="Exempel AB", website="https://example.com")
        gone = make_vendor(name="Exempel Aktiebolag", notes="Säljaren heter Bo", website="https://example.org")
        basis, mechanism = make_legal_basis(label="Avtal"), make_mechanism(label="SCC 2021")
        for vendor in (keep, gone):
            activity = make_activity(vendor=vendor, purpose="Drift", country="US")
            make_transfer(activity=activity, mechanism=mechanism)
            make_agreement(vendor=vendor, kind="processing", reference="A 1", signed_on=date(2024, 1, 1))
            Acceptance.objects.create(
                rule="role_not_assessed", vendor=vendor, accepted_by=boss, why="x", until=timezone.localdate()
            )
        same = ProcessingActivity.objects.get(vendor=gone)
        same.personal_data, same.legal_basis = "Namn", basis
        same.save()
        make_transfer(activity=same, mechanism=make_mechanism(label="BCR"))
        make_transfer(activity=make_activity(vendor=gone, purpose="Support"), mechanism=mechanism)
        make_agreement(vendor=gone, kind="other", reference="B 2")
        VendorName.objects.create(vendor=gone, name="Exemplet")
        make_vendor(name="Under AB", engaged_by=gone, replaced_by=gone)
        gone.engaged_by = keep
        gone.save()
    Watch.objects.create(user=boss, vendor=gone)
    return keep, gone


class TestVendors:
    def test_what_points_to_the_one_points_to_the_other(self, two: tuple[Vendor, Vendor]) -> None:
        keep, gone = two
        before = ChangeSet.objects.count()
        merge(keep, gone)
        assert ChangeSet.objects.count() == before + 1
        assert not Vendor.objects.filter(pk=gone.pk).exists()
        vendor = Vendor.objects.get(pk=keep.pk)
        assert (vendor.name, vendor.notes, vendor.website) == (
            "Exempel AB",
            "Säljaren heter Bo",
            "https://example.com",
        )
        assert sorted(vendor.activities.values_list("purpose", flat=True)) == ["Drift", "Support"]
        assert sorted(vendor.agreements.values_list("reference", flat=True)) == ["A 1", "B 2"]
        names = VendorName.objects.filter(vendor=keep).order_by("name").values_list("name", "kind")
        assert list(names) == [("Exempel Aktiebolag", NameKind.OTHER), ("Exemplet", NameKind.OTHER)]
        under = Vendor.objects.get(name="Under AB")
        assert under.engaged_by == under.replaced_by == vendor
        assert vendor.engaged_by is None
        assert Acceptance.objects.get().vendor == vendor

    def test_activities_that_are_the_same_become_one_with_the_transfers_of_both(
        self, two: tuple[Vendor, Vendor]
    ) -> None:
        keep, gone = two
        merge(keep, gone)
        activity = ProcessingActivity.objects.select_related("legal_basis").get(purpose="Drift")
        assert (activity.personal_data, str(activity.legal_basis)) == ("Namn", "Avtal")
        assert sorted(each.label for each in activity.transfers.all()) == ["BCR", "SCC 2021"]
        assert list(wrong_verdicts()) == []

    def test_a_value_of_the_other_is_taken_where_it_is_chosen(self, two: tuple[Vendor, Vendor]) -> None:
        keep, gone = two
        merge(
            keep,
            gone,
            **{f"take__vendor__{gone.pk}__name": "gone", f"take__vendor__{gone.pk}__website": "gone"},
        )
        vendor = Vendor.objects.get(pk=keep.pk)
        assert (vendor.name, vendor.website) == ("Exempel Aktiebolag", "https://example.org")
        assert VendorName.objects.filter(vendor=keep, name="Exempel AB").exists()
        undo()
        assert Vendor.objects.get(pk=keep.pk).name == "Exempel AB"

    def test_both_of_two_that_are_the_same_may_stay(self, two: tuple[Vendor, Vendor]) -> None:
        keep, gone = two
        activity = ProcessingActivity.objects.get(vendor=gone, purpose="Drift")
        agreement = Agreement.objects.get(vendor=gone, reference="A 1")
        answers = {f"twin__processingactivity__{activity.pk}": "move", f"twin__agreement__{agreement.pk}": "move"}
        assert "Give the word" in planned(keep, gone, **answers).hindrances[0]
        merge(keep, gone, **answers, **{f"word__twin__processingactivity__{activity.pk}": "Norge"})
        assert ProcessingActivity.objects.get(pk=activity.pk).purpose == "Drift (Norge)"
        assert ProcessingActivity.objects.get(pk=activity.pk).purpose_key == "drift (norge)"
        assert Agreement.objects.filter(vendor=keep, reference="A 1").count() == 2
        assert Transfer.objects.filter(activity=activity).count() == 2

    def test_a_word_that_another_purpose_has_is_refused(self, two: tuple[Vendor, Vendor]) -> None:
        keep, gone = two
        make_activity(vendor=keep, purpose="drift (norge)")
        activity = ProcessingActivity.objects.get(vendor=gone, purpose="Drift")
        answers = {
            f"twin__processingactivity__{activity.pk}": "move",
            f"word__twin__processingactivity__{activity.pk}": "Norge",
        }
        assert "the same purpose" in planned(keep, gone, **answers).hindrances[0]

    def test_undone_everything_is_as_it_was(self, two: tuple[Vendor, Vendor]) -> None:
        keep, gone = two
        before = state()
        merge(keep, gone)
        call_command("verify_history")
        undo()
        assert state() == before
        call_command("verify_history")

    def test_a_day_before_shows_both(self, two: tuple[Vendor, Vendor]) -> None:
        keep, gone = two
        before = newest()
        merge(keep, gone)
        with as_at(before.pk):
            assert set(Vendor.objects.values_list("pk", flat=True)) >= {keep.pk, gone.pk}
            assert ProcessingActivity.objects.filter(vendor=gone).count() == 2

    def test_it_is_on_record_which_went_into_which(self, two: tuple[Vendor, Vendor]) -> None:
        keep, gone = two
        done = merge(keep, gone)
        (into,) = merged_from(Vendor, keep.pk)
        assert (into.gone, into.name, into.change_set) == (gone.pk, "Exempel Aktiebolag", done)
        assert merged_into(Vendor, gone.pk) == into
        assert successor_key(Vendor, gone.pk) == keep.pk
        undo()
        assert merged_from(Vendor, keep.pk) == []
        assert merged_into(Vendor, gone.pk) is None

    def test_one_that_went_into_one_that_went_lives_on_in_the_last(self) -> None:
        first, second, third = (make_vendor() for _ in range(3))
        merge(second, first)
        merge(third, second)
        assert successor_key(Vendor, first.pk) == third.pk

    def test_who_watches_the_one_that_goes_watches_the_other(self, two: tuple[Vendor, Vendor]) -> None:
        keep, gone = two
        merge(keep, gone)
        assert set(Watch.objects.values_list("vendor_id", flat=True)) == {keep.pk, gone.pk}

    def test_a_vendor_that_would_engage_itself_through_others_is_refused(self) -> None:
        with change_set(source=Source.COMMAND, reason="set-up"):
            keep = make_vendor(name="A")
            gone = make_vendor(name="B", engaged_by=make_vendor(name="C", engaged_by=keep))
        assert "A → C → A" in planned(keep, gone).hindrances[0]

    def test_what_the_one_that_stays_says_of_the_other_is_emptied(self) -> None:
        with change_set(source=Source.COMMAND, reason="set-up"):
            gone = make_vendor()
            keep = make_vendor(engaged_by=gone, replaced_by=gone)
        before = state()
        merge(keep, gone)
        vendor = Vendor.objects.get(pk=keep.pk)
        assert vendor.engaged_by is vendor.replaced_by is None
        undo()
        assert state() == before

    def test_values_that_do_not_fit_together_are_an_obstacle(self) -> None:
        keep = make_vendor(started_on=date(2025, 1, 1))
        gone = make_vendor(ended_on=date(2024, 1, 1))
        assert "cannot end before it starts" in planned(keep, gone).hindrances[0]


class TestTwins:
    """Entries that read the same, as data of an older release may hold."""

    @pytest.fixture
    def vendors(self) -> tuple[Vendor, Vendor]:
        with as_before(), change_set(source=Source.COMMAND, reason="in 1.0.0"):
            keep, gone = make_vendor(name="Exempel AB"), make_vendor(name="Exem\u200bpel AB")
            make_activity(vendor=keep, purpose="Fakturering")
            make_activity(vendor=gone, purpose="Faktu\xadrering")
            make_activity(vendor=gone, purpose="Fakturering\u200b och annat")
        return keep, gone

    def test_vendors(self, vendors: tuple[Vendor, Vendor]) -> None:
        keep, gone = vendors
        assert twins_of(keep) == [gone]
        before = state()
        merge(keep, gone)
        assert twin_groups(Vendor) == []
        assert not VendorName.objects.exists()
        assert keep.activities.count() == 2
        call_command("verify_history")
        undo()
        assert state() == before
        call_command("verify_history")

    def test_the_one_with_the_older_key_may_stay(self, vendors: tuple[Vendor, Vendor]) -> None:
        gone, keep = vendors
        before = state()
        merge(keep, gone, **{f"take__vendor__{gone.pk}__name": "gone"})
        assert Vendor.objects.get().name_key == "exempel ab"
        undo()
        assert state() == before

    def test_activities_of_one_vendor(self) -> None:
        with as_before(), change_set(source=Source.COMMAND, reason="in 1.0.0"):
            vendor, mechanism = make_vendor(), make_mechanism()
            keep = make_activity(vendor=vendor, purpose="Drift", country="US")
            gone = make_activity(vendor=vendor, purpose="Dri\u200bft", country="IN")
            make_transfer(activity=gone, mechanism=mechanism)
        assert twin_groups(ProcessingActivity) == [[keep, gone]]
        before = state()
        merge(keep, gone, **{f"take__processingactivity__{gone.pk}__country": "gone"})
        activity = ProcessingActivity.objects.get()
        assert (activity.country, activity.transfers.count()) == ("IN", 1)
        undo()
        assert state() == before
        call_command("verify_history")

    def test_legal_bases(self) -> None:
        keep, gone = make_legal_basis(label="Avtal"), make_legal_basis(label="AVTAL", article="6(1)(b)")
        activity = make_activity(legal_basis=gone)
        assert twin_groups(LegalBasis) == [[keep, gone]]
        before = state()
        merge(keep, gone, **{f"take__legalbasis__{gone.pk}__label": "gone"})
        assert list(LegalBasis.objects.values_list("label", "article")) == [("AVTAL", "6(1)(b)")]
        assert ProcessingActivity.objects.get(pk=activity.pk).legal_basis == keep
        undo()
        assert state() == before
        call_command("verify_history")

    def test_mechanisms(self) -> None:
        with as_before(), change_set(source=Source.COMMAND, reason="in 1.0.0"):
            keep = make_mechanism(label="SCC")
            gone = make_mechanism(label="S\u200bCC", kind="standard_clauses", code="scc")
            MechanismAlias.objects.create(mechanism=gone, label="Klausulerna")
            make_mechanism(label="Old", replaced_by=gone)
            both = make_activity(country="US")
            for mechanism in (keep, gone):
                make_transfer(activity=both, mechanism=mechanism)
            make_transfer(activity=make_activity(country="US"), mechanism=gone, signed_on=date(2024, 1, 1))
        assert twins_of(gone) == [keep]
        before = state()
        merge(keep, gone, **{f"take__transfermechanism__{gone.pk}__code": "gone"})
        assert Transfer.objects.filter(mechanism=keep, wording="").count() == 2
        assert TransferMechanism.objects.get(pk=keep.pk).code == "scc"
        assert TransferMechanism.objects.get(label="Old").replaced_by == keep
        assert MechanismAlias.objects.get().mechanism == keep
        undo()
        assert state() == before
        call_command("verify_history")

    def test_a_mechanism_with_another_label_leaves_the_document_its_wording(self) -> None:
        keep, gone = make_mechanism(label="SCC 2021"), make_mechanism(label="Klausuler")
        make_transfer(mechanism=gone)
        make_transfer(mechanism=gone, wording="Klausulerna")
        merge(keep, gone)
        assert sorted(Transfer.objects.values_list("wording", flat=True)) == ["Klausuler", "Klausulerna"]
        assert MechanismAlias.objects.get().label == "Klausuler"


def fields_to(model: type[Any]) -> set[tuple[type[Any], str]]:
    return {
        (other, field.name)
        for other in tracked_models()
        for field in other._meta.concrete_fields
        if field.related_model is model
    }


@pytest.mark.parametrize("model", MODELS.values(), ids=str)
def test_each_foreign_key_to_what_can_be_merged_is_followed(model: type[Any]) -> None:
    assert {(link.model, link.field) for link in LINKS[model]} == fields_to(model)


def test_each_foreign_key_of_a_model_that_has_links_is_followed() -> None:
    for model in LINKS:
        assert {(link.model, link.field) for link in LINKS[model]} == fields_to(model)


@pytest.mark.uncounted("a merge of more rows: the other tests of it")
def test_queries_do_not_grow_with_what_belongs_to_it(boss: User) -> None:
    def queries(size: int) -> int:
        with change_set(source=Source.COMMAND, reason="set-up"):
            keep, gone = make_vendor(), make_vendor()
            mechanism = make_mechanism()
            for number in range(size):
                for vendor in (keep, gone):
                    activity = make_activity(vendor=vendor, purpose=f"same {number}", personal_data=vendor.name)
                    make_transfer(activity=activity, mechanism=mechanism)
                    make_agreement(vendor=vendor, kind="processing", reference=f"{number}")
                make_transfer(activity=make_activity(vendor=gone), mechanism=mechanism)
                make_transfer(activity=activity)
                make_agreement(vendor=gone, kind="other", reference=f"{number}")
                VendorName.objects.create(vendor=gone, name=f"{gone.name} {number}")
                make_vendor(engaged_by=gone, replaced_by=gone)
        with CaptureQueriesContext(connection) as captured:
            merge(keep, gone)
        assert keep.activities.count() == 2 * size
        return len(captured)

    assert queries(2) == queries(12)


def page_of(keep: Any, gone: Any = None) -> str:
    address = reverse("admin:merge", args=[keep._meta.model_name, keep.pk])
    return address if gone is None else f"{address}?gone={gone.pk}"


def preview(client: Client, keep: Any, gone: Any, **answers: str) -> Any:
    """Send what the button of the questions sends."""
    questions = client.get(page_of(keep, gone))
    data = {name: str(value) for name, value in questions.context["hidden"]}
    for bound in questions.context["form"]:
        data[bound.html_name] = str(bound.value() or "")
    named = {name.replace("__", "-"): value for name, value in answers.items()}
    return client.post(questions.context["action"], {**data, **named})


def confirm(client: Client, page: Any, **changes: str) -> Any:
    """Send what the button of the preview sends."""
    data = {name: str(value) for name, value in [*page.context["hidden"], *page.context["posted"]]}
    data |= {"digest": page.context["plan"].digest, "change_reason": "The same company"}
    return client.post(page.context["action"], {**data, **changes}, follow=True)


class TestPages:
    def test_two_vendors_are_merged_after_a_preview(self, admin: Client, two: tuple[Vendor, Vendor]) -> None:
        keep, gone = two
        questions = text_of(admin.get(page_of(keep, gone)))
        assert "Of the one that stays" in questions
        assert "Säljaren heter Bo" in questions
        before = state()
        page = preview(admin, keep, gone)
        assert state() == before
        assert "Becomes another name: Exempel Aktiebolag" in text_of(page)
        done = confirm(admin, page)
        assert "“Exempel Aktiebolag” was merged into “Exempel AB”." in text_of(done)
        assert done.redirect_chain[-1][0] == url("vendor_change", keep.pk)
        assert newest().reason == "The same company"
        assert not Vendor.objects.filter(pk=gone.pk).exists()

    def test_the_page_says_what_becomes_of_what_points_to_it(self, admin: Client, two: tuple[Vendor, Vendor]) -> None:
        page = text_of(admin.get(page_of(*two)))
        assert "Vendors by “engaged by” 1" in page
        assert "Processing activities 1" in page
        assert "Exempel Aktiebolag: Support" in page
        assert "1 more watch begins" in page

    def test_it_is_undone_from_the_message(self, admin: Client, two: tuple[Vendor, Vendor]) -> None:
        before = state()
        done = confirm(admin, preview(admin, *two))
        address = reverse("admin:registry_changeset_undo", args=[newest().pk])
        assert address in done.text
        page = admin.get(address)
        admin.post(address, {"digest": page.context["undo_plan"].digest, "change_reason": "They are two"})
        assert state() == before

    def test_both_histories_say_so(self, admin: Client, two: tuple[Vendor, Vendor]) -> None:
        keep, gone = two
        confirm(admin, preview(admin, keep, gone))
        kept, went = (admin.get(url("vendor_history", each.pk)) for each in (keep, gone))
        assert "Merged from Exempel Aktiebolag" in text_of(kept)
        assert url("vendor_history", gone.pk) in kept.text
        assert "It was merged into another entry" in text_of(went)
        assert url("vendor_history", keep.pk) in went.text

    def test_links_and_saved_views_lead_to_the_one_that_stays(self, admin: Client, two: tuple[Vendor, Vendor]) -> None:
        keep, gone = two
        confirm(admin, preview(admin, keep, gone))
        link = admin.get(url("vendor_change", gone.pk), follow=True)
        assert link.redirect_chain[-1][0] == url("vendor_change", keep.pk)
        assert "merged into another entry" in text_of(link)
        assert admin.get(page_of(gone), follow=True).redirect_chain[-1][0] == page_of(keep)
        view = admin.get(reverse("admin:register"), {"vendor_is": str(gone.pk), "status": "all"})
        assert view.status_code == 200
        assert "Support" in text_of(view)

    def test_saved_views_of_a_legal_basis_and_a_mechanism_too(self, admin: Client) -> None:
        with change_set(source=Source.COMMAND, reason="set-up"):
            bases = make_legal_basis(label="Avtal"), make_legal_basis(label="AVTAL")
            mechanisms = make_mechanism(code="kept"), make_mechanism(code="went")
            activity = make_activity(legal_basis=bases[1], purpose="Support")
            make_transfer(activity=activity, mechanism=mechanisms[1])
            make_activity(purpose="Drift")
        for keep, gone in (bases, mechanisms):
            confirm(admin, preview(admin, keep, gone))
        for query in ("legal_basis=AVTAL", "mechanism=went"):
            page = text_of(admin.get(f"{reverse('admin:register')}?{query}"))
            assert "Support" in page
            assert "Drift" not in page

    def test_what_changed_after_the_preview_is_shown_again(self, admin: Client, two: tuple[Vendor, Vendor]) -> None:
        keep, gone = two
        page = preview(admin, keep, gone)
        with change_set(source=Source.COMMAND, reason="meanwhile"):
            gone.legal_name = "Exempel Aktiebolag (publ)"
            gone.save()
        again = confirm(admin, page)
        assert "The register has changed since the preview." in text_of(again)
        assert "was changed while you had the page open" in text_of(again)
        assert "Exempel Aktiebolag (publ)" in text_of(again)
        assert Vendor.objects.filter(pk=gone.pk).exists()
        confirm(admin, again)
        assert not Vendor.objects.filter(pk=gone.pk).exists()

    def test_a_state_that_is_no_number_is_refused(self, admin: Client, two: tuple[Vendor, Vendor]) -> None:
        page = preview(admin, *two)
        assert confirm(admin, page, digest="of another plan", version="then").status_code == 400

    def test_a_reason_is_asked_for_once(self, admin: Client, two: tuple[Vendor, Vendor]) -> None:
        page = preview(admin, *two)
        asked = confirm(admin, page, change_reason="", reason_asked="no")
        assert "Say why you change this" in text_of(asked)
        assert Vendor.objects.filter(pk=two[1].pk).exists()
        confirm(admin, asked, change_reason="", reason_asked="yes")
        assert not Vendor.objects.filter(pk=two[1].pk).exists()

    def test_what_stands_in_the_way_is_said_beside_the_questions(self, admin: Client) -> None:
        keep, gone = make_vendor(started_on=date(2025, 1, 1)), make_vendor(ended_on=date(2024, 1, 1))
        page = preview(admin, keep, gone)
        assert "A vendor cannot end before it starts." in text_of(page)
        assert "plan" in page.context
        assert 'name="digest"' not in page.text

    def test_of_many_pairs_the_page_asks_about_some_and_says_what_becomes_of_the_others(
        self, admin: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(forms, "MOST_ASKED", 1)
        monkeypatch.setattr(pages, "LISTED", 1)
        monkeypatch.setattr(pages, "LINES", 1)
        with change_set(source=Source.COMMAND, reason="set-up"):
            keep, gone = make_vendor(), make_vendor()
            for number in range(3):
                make_activity(vendor=keep, purpose=f"p {number}")
                make_activity(vendor=gone, purpose=f"p {number}", personal_data="Namn")
        questions = text_of(admin.get(page_of(keep, gone)))
        assert "2 more pairs differ." in questions
        page = preview(admin, keep, gone)
        assert text_of(page).count("and 2 more") == 2
        confirm(admin, page)
        assert ProcessingActivity.objects.filter(vendor=keep, personal_data="Namn").count() == 3

    def test_a_vendor_is_offered_what_reads_the_same_and_what_may_be_the_same(self, admin: Client) -> None:
        with as_before(), change_set(source=Source.COMMAND, reason="in 1.0.0"):
            keep, twin = make_vendor(name="Exempel AB"), make_vendor(name="Exem\u200bpel AB")
            formed = make_vendor(name="Exempel Inc")
            former = make_vendor(name="Annat")
            VendorName.objects.create(vendor=former, name="Exempel", kind=NameKind.FORMER)
        page = admin.get(page_of(keep))
        assert [each for each, _name in page.context["twins"]] == [twin]
        assert "Exem‹U+200B›pel AB" in text_of(page)
        assert {each.vendor for each in page.context["perhaps"]} >= {formed, former}

    def test_duplicates_of_each_kind_are_listed_with_a_link(self, admin: Client) -> None:
        with as_before(), change_set(source=Source.COMMAND, reason="in 1.0.0"):
            twins: list[tuple[Any, ...]] = [
                (make_vendor(name="Exempel AB"), make_vendor(name="Exem\u200bpel AB")),
                (make_legal_basis(label="Avtal"), make_legal_basis(label="AVTAL")),
                (make_mechanism(label="SCC"), make_mechanism(label="S\u200bCC", code="scc")),
            ]
            vendor = make_vendor()
            twins += [tuple(make_activity(vendor=vendor, purpose=text) for text in ("Drift", "Dri\xadft"))]
        for keep, gone in twins:
            page = admin.get(reverse("admin:merge_duplicates", args=[keep._meta.model_name]))
            assert page_of(keep, gone) in page.text
            assert page_of(gone, keep) in page.text
            confirm(admin, preview(admin, keep, gone))
            assert "No two of them read the same." in text_of(
                admin.get(reverse("admin:merge_duplicates", args=[keep._meta.model_name]))
            )

    def test_the_finding_leads_there(self, admin: Client) -> None:
        with as_before(), change_set(source=Source.COMMAND, reason="in 1.0.0"):
            keep = make_vendor(name="Exempel AB")
            make_vendor(name="Exem\u200bpel AB")
        assert page_of(keep) in admin.get(url("vendor_change", keep.pk)).text
        findings = admin.get(reverse("admin:findings"), {"rule": "vendor_twice"})
        assert page_of(keep) in findings.text

    def test_an_activity_offers_the_duplicates_of_its_parts(self, admin: Client) -> None:
        basis = make_legal_basis(label="Avtal")
        make_legal_basis(label="AVTAL")
        assert page_of(basis) in admin.get(page_of(make_activity(legal_basis=basis))).text

    def test_activities_of_different_vendors_are_not_merged(self, admin: Client) -> None:
        page = admin.get(page_of(make_activity(), make_activity()))
        assert "belong to different vendors" in text_of(page)

    def test_an_entry_is_not_merged_into_itself_nor_with_one_that_is_gone(self, admin: Client) -> None:
        vendor = make_vendor()
        assert "Choose two different entries." in text_of(admin.get(page_of(vendor, vendor)))
        assert "was deleted meanwhile" in text_of(admin.get(f"{page_of(vendor)}?gone=999999"))
        assert admin.get(reverse("admin:merge", args=["vendor", 999999])).status_code == 404
        assert admin.get(reverse("admin:merge", args=["user", vendor.pk])).status_code == 404

    def test_who_may_not_change_what_moves_is_told(
        self, sign_in: Callable[..., Client], two: tuple[Vendor, Vendor]
    ) -> None:
        client = sign_in("view_vendor", "change_vendor", "delete_vendor")
        page = preview(client, *two)
        assert page.status_code == 403
        assert sign_in("view_vendor", "change_vendor", name="olle").get(page_of(*two)).status_code == 403


class TestAgain:
    def test_three_that_read_the_same_become_one_and_three_again(self) -> None:
        with as_before(), change_set(source=Source.COMMAND, reason="in 1.0.0"):
            first, second, third = (
                make_vendor(name=name) for name in ("Exempel AB", "Exem\u200bpel AB", "E\u200bxempel AB")
            )
            for vendor in (first, second, third):
                make_activity(vendor=vendor, purpose="Drift")
        assert twin_groups(Vendor) == [[first, second, third]]
        before = state()
        merge(second, first)
        between = newest()
        merge(second, third)
        assert twin_groups(Vendor) == []
        assert {each.gone for each in merged_from(Vendor, second.pk)} == {first.pk, third.pk}
        undo()
        plan = plan_undo(between)
        assert plan.possible, plan.hindrances
        with change_set(source=Source.UNDO, reason="not the same"):
            plan.apply()
        assert state() == before
        call_command("verify_history")

    def test_what_was_undone_is_merged_again_and_undone_again(self, two: tuple[Vendor, Vendor]) -> None:
        keep, gone = two
        before = state()
        for _time in range(2):
            merge(keep, gone)
            assert [each.gone for each in merged_from(Vendor, keep.pk)] == [gone.pk]
            undo()
            assert state() == before

    def test_an_undoing_that_is_undone_merges_again(self, two: tuple[Vendor, Vendor]) -> None:
        before = state()
        merge(*two)
        merged = state()
        for expected in (before, merged, before):
            undo()
            assert state() == expected
        call_command("verify_history")

    def test_so_it_does_with_what_reads_the_same(self) -> None:
        with as_before(), change_set(source=Source.COMMAND, reason="in 1.0.0"):
            keep, gone = make_vendor(name="Exempel AB"), make_vendor(name="Exem\u200bpel AB")
        before = state()
        merge(keep, gone)
        for _time in range(3):
            undo()
        assert state() == before

    def test_what_somebody_changed_since_stands_in_the_way_of_undoing(self, two: tuple[Vendor, Vendor]) -> None:
        keep, gone = two
        done = merge(keep, gone)
        activity = ProcessingActivity.objects.get(purpose="Support")
        with change_set(source=Source.ADMIN, reason="later"):
            activity.notes = "x"
            activity.save()
        (why,) = plan_undo(done).hindrances
        assert "Exempel AB: Support" in why

    def test_a_third_with_the_name_that_is_chosen_stands_in_the_way(self, admin: Client) -> None:
        with as_before(), change_set(source=Source.COMMAND, reason="in 1.0.0"):
            third, keep, gone = (make_vendor(name=name) for name in ("Exempel AB", "Annat AB", "Exem\u200bpel AB"))
        page = preview(admin, keep, gone, **{f"take__vendor__{gone.pk}__name": "gone"})
        before = state()
        done = confirm(admin, page)
        assert "Nothing was changed: the register does not allow it." in text_of(done)
        assert state() == before
        assert third.name_key == "exempel ab"
