"""Wordings in documents: recognised by label, alias or catalogue, in this order; kept as the document has them."""

import pytest

from registry.document import DocumentProblems
from registry.models import MechanismAlias, MechanismKind, ProcessingActivity, Transfer, TransferMechanism, Vendor
from tests.factories import make_mechanism
from tests.integration.imports import document, exported, planned

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("how wordings are understood")]


@pytest.fixture
def take(recording):
    """Imports a document with one row for each legal ground, and gives the transfers in order."""

    def take_in(*grounds):
        with recording():
            planned("document", document(*grounds)).apply()
        return list(Transfer.objects.select_related("mechanism").order_by("activity__position", "position", "pk"))

    return take_in


def known(transfer):
    return transfer.mechanism.code, transfer.mechanism.label, transfer.wording


def test_a_wording_of_the_catalogue_becomes_the_mechanism_it_stands_for(take):
    scc, dpf, again = take("Avtal + SCC", "Avtal + EU-U.S. DPF", "Avtal + standardavtalsklausuler")
    assert known(scc) == ("scc", "Standardavtalsklausuler", "SCC")
    assert known(dpf) == ("dpf", "Data Privacy Framework", "EU-U.S. DPF")
    assert known(again) == ("scc", "Standardavtalsklausuler", "standardavtalsklausuler")
    assert scc.mechanism.kind == MechanismKind.STANDARD_CLAUSES
    assert scc.mechanism.names_a_group
    assert TransferMechanism.objects.count() == 2


def test_the_label_itself_is_no_other_wording(take):
    (transfer,) = take("Avtal + Privacy Shield")
    assert known(transfer) == ("privacy_shield", "Privacy Shield", "")


def test_what_nobody_knows_becomes_unclassified(take):
    (transfer,) = take("Avtal + Samtycke")
    assert (transfer.mechanism.code, transfer.mechanism.kind) == ("samtycke", MechanismKind.UNCLASSIFIED)


def test_an_alias_of_the_register_goes_before_the_catalogue(take, recording):
    with recording():
        module = make_mechanism(code="ours", label="Våra klausuler", kind="standard_clauses")
        MechanismAlias.objects.create(mechanism=module, label="SCC")
    (transfer,) = take("Avtal + scc")
    assert known(transfer) == ("ours", "Våra klausuler", "scc")


def test_a_label_of_the_register_goes_before_an_alias(take, recording):
    with recording():
        own = make_mechanism(code="scc", label="SCC")
        other = make_mechanism(code="other", label="Annat")
        MechanismAlias.objects.bulk_create([MechanismAlias(mechanism=other, label="SCC")])
    (transfer,) = take("Avtal + SCC")
    assert transfer.mechanism == own


def test_a_mechanism_that_staff_renamed_is_still_recognised(take, recording):
    take("Avtal + Privacy Shield")
    with recording():
        shield = TransferMechanism.objects.get()
        shield.label = "Skölden"
        shield.save()
    shields = take("Avtal + EU-US Privacy Shield", "Avtal + Privacy Shield")
    assert {transfer.mechanism.code for transfer in shields} == {"privacy_shield"}


def test_an_unclassified_mechanism_made_before_its_wording_was_known_is_taken(take, recording):
    make_mechanism(code="scc", label="SCC")
    own, other = take("Avtal + SCC", "Avtal + Standard contractual clauses")
    assert own.mechanism == other.mechanism
    assert (own.wording, other.wording) == ("", "Standard contractual clauses")


def test_a_code_that_an_unknown_wording_happens_to_have_is_not_mistaken(take, recording):
    make_mechanism(code="certification", label="Certification")
    (transfer,) = take("Avtal + Godkänd certifieringsmekanism")
    assert known(transfer) == ("certification-2", "Godkänd certifieringsmekanism", "")


def test_an_alias_that_staff_took_away_is_not_recognised_any_more(take, recording):
    with recording():
        group = make_mechanism(code="scc", label="Standardavtalsklausuler", kind="standard_clauses")
        MechanismAlias.objects.create(mechanism=group, label="SCC")
    with recording():
        MechanismAlias.objects.get().delete()
    (transfer,) = take("Avtal + SCC")
    assert transfer.mechanism.kind == MechanismKind.UNCLASSIFIED


def test_an_alias_that_went_with_its_mechanism_was_not_taken_away(take, recording):
    with recording():
        group = make_mechanism(code="scc", label="Standardavtalsklausuler", kind="standard_clauses")
        MechanismAlias.objects.create(mechanism=group, label="SCC")
    with recording():
        group.delete()
    (transfer,) = take("Avtal + SCC")
    assert transfer.mechanism.code == "scc"


def test_what_came_in_by_another_wording_leaves_and_comes_back_unchanged(take):
    take("Avtal + SCC + BCR", "Avtal + Adequacy decision", "+ EU–US DPF")
    for code in ("document", "xlsx", "csv", "json"):
        again = planned(code, exported(code))
        assert not again.changes_anything
    assert b"Avtal + SCC + BCR" in exported("document")


def test_two_wordings_of_one_mechanism_in_a_cell_are_refused_by_line(db):
    with pytest.raises(DocumentProblems) as refused:
        planned("document", document("Avtal", "Avtal + SCC + BCR + Standardavtalsklausuler"))
    (problem,) = refused.value.problems
    assert (problem.line, problem.code, problem.column) == (3, "same_mechanism", "legal_ground")
    assert problem.message == (
        '"Standardavtalsklausuler" and "SCC" in the legal ground "Avtal + SCC + BCR + Standardavtalsklausuler"'
        " stand for the same mechanism; keep one"
    )
    assert not Vendor.objects.exists()


@pytest.mark.parametrize("ground", ["SCC + Standardklausuler", "Standardklausuler + SCC"])
def test_that_is_so_in_each_order_beside_what_is_recorded(take, ground):
    take("Avtal + SCC")
    with pytest.raises(DocumentProblems, match="stand for the same mechanism"):
        planned("document", document(f"Avtal + {ground}"))


def test_another_wording_of_the_same_mechanism_keeps_what_is_recorded(take, recording):
    (before,) = take("Avtal + SCC")
    (after,) = take("Avtal + Standardavtalsklausuler")
    assert (after.pk, after.wording) == (before.pk, "")


class TestSaidWhichIsMeant:
    """Staff says which instrument "SCC" stands for. The document goes on saying "SCC"."""

    @pytest.fixture
    def meant(self, take, recording):
        (transfer,) = take("Avtal + SCC")
        with recording():
            transfer.mechanism = make_mechanism(code="scc_2021_m2", label="Modul 2")
            transfer.save()
        return transfer

    def test_the_document_leaves_and_comes_back_unchanged(self, meant):
        assert b"Avtal + SCC" in exported("document")
        assert not planned("document", exported("document")).changes_anything

    def test_it_is_kept_where_another_part_of_the_cell_changes(self, meant, take):
        first, second = take("Samtycke + BCR + SCC")
        assert (second.pk, second.mechanism_id, second.position) == (meant.pk, meant.mechanism_id, 1)
        assert first.mechanism.code == "bcr"

    def test_its_own_label_beside_the_wording_is_refused(self, meant):
        with pytest.raises(DocumentProblems, match='"Modul 2" and "SCC"'):
            planned("document", document("Avtal + SCC + Modul 2"))

    def test_the_group_beside_it_is_another_mechanism(self, meant, take):
        assert [transfer.mechanism.code for transfer in take("Avtal + SCC + Standardklausuler")] == [
            "scc_2021_m2",
            "scc",
        ]


class TestForTwoCountries:
    """One mechanism, relied on for two countries, worded in two ways."""

    @pytest.fixture
    def two(self, take, recording):
        (transfer,) = take("Avtal + SCC")
        with recording():
            activity = ProcessingActivity.objects.get()
            support = Transfer(activity=activity, mechanism=transfer.mechanism, country="IN", position=1)
            support.save()
        return transfer, support

    def test_they_leave_and_come_back_unchanged(self, two):
        assert b"SCC + Standardavtalsklausuler" in exported("document")
        assert not planned("document", exported("document")).changes_anything

    def test_both_are_kept_where_the_document_names_the_mechanism_once(self, two, take):
        after = take("Avtal + SCC")
        assert [(t.pk, t.country, t.wording) for t in after] == [(two[0].pk, "", "SCC"), (two[1].pk, "IN", "SCC")]

    def test_both_are_kept_where_another_is_added(self, two, take):
        assert [known(transfer)[::2] for transfer in take("Avtal + SCC + Standardavtalsklausuler + BCR")] == [
            ("scc", "SCC"),
            ("scc", ""),
            ("bcr", "BCR"),
        ]
