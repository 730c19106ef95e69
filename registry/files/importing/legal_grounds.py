"""Importing legal grounds: the legal basis, the mechanisms and the transfers that a row names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from registry.core.fields import AnyField
from registry.core.text import text_key, unique_key
from registry.document import legal_ground, mechanisms_in
from registry.document.problems import excerpt
from registry.files.batches import unique_labels
from registry.files.importing.change_collector import ChangeCollector, with_shared_choices
from registry.files.importing.plan import EntryPlan
from registry.files.importing.transfers import TransferImport
from registry.files.nested import NestedLine, transfer_lines
from registry.history.field_changes import FieldChange
from registry.history.keyset import in_pages
from registry.law.catalogue import code_of, mechanisms_by_code
from registry.mechanisms.lookup import FreeCodes, MechanismLookup
from registry.models import LegalBasis, ProcessingActivity, Transfer, TransferMechanism

LABEL: AnyField = LegalBasis._meta.get_field("label")


class LegalGroundImport:
    """Collects the changes of legal bases, mechanisms and transfers."""

    def __init__(self, collector: ChangeCollector) -> None:
        self.collector = collector
        #: By the key of the label; of duplicates the oldest.
        self.bases: dict[str, LegalBasis] = {}
        self.by_id: dict[int, LegalBasis] = {}
        for basis in LegalBasis.objects.order_by("pk"):
            self.by_id[basis.pk] = basis
            self.bases.setdefault(unique_key(basis.label), basis)
        #: Texts in the column of the legal basis that name mechanisms, in order.
        self.recognised: dict[str, None] = {}
        self.wordings = MechanismLookup()
        self.codes = FreeCodes(self.wordings.by_code)
        mechanisms = {mechanism.pk: mechanism for mechanism in self.wordings.by_code.values()}
        self.transfers_by_activity: dict[int, list[Transfer]] = {}
        all_transfers = with_shared_choices(Transfer, in_pages(Transfer.objects.all(), "id"))
        for transfer in sorted(all_transfers, key=attrgetter("position", "pk")):
            transfer.mechanism = mechanisms.get(transfer.mechanism_id)
            self.transfers_by_activity.setdefault(transfer.activity_id, []).append(transfer)

    def set_legal_ground(
        self, entry: EntryPlan, basis_label: str, wanted: Sequence[str], lines: Sequence[NestedLine] | None = None
    ) -> None:
        """Collect the changes that give an activity this legal basis and the wanted mechanisms.

        ``lines`` record more about the transfers; None if the file has no such column.
        """
        basis_label, *wanted = map(as_label, (basis_label, *wanted))
        activity = entry.activity
        before_basis = activity.legal_basis.label if activity.legal_basis else ""
        if basis_label != before_basis:
            basis_label, wanted = self.without_mechanisms(basis_label, wanted)
        all_transfers = self.transfers_by_activity.get(activity.pk, [])
        transfers = [transfer for transfer in all_transfers if transfer.mechanism is not None]
        before, lines_before = unique_labels(transfer.label for transfer in transfers), transfer_lines(all_transfers)
        if unique_key(before_basis) != unique_key(basis_label):
            basis = activity.legal_basis = self.basis(basis_label)
            if basis is not None and basis._state.adding:
                self.collector.check(entry, basis)
            self.collector.writes[ProcessingActivity].change(activity, "legal_basis")
        by_label = (
            self.transfers(entry, transfers, wanted) if before != wanted else transfers_by_label(transfers, wanted)
        )
        if not entry.is_new and (unique_key(before_basis), before) != (unique_key(basis_label), wanted):
            after = legal_ground(basis_label, wanted)
            change = FieldChange(_("Legal ground"), legal_ground(before_basis, before), after)
            entry.add_change(change, activity, "legal_basis")
        if lines is not None and (lines or lines_before) and lines_before != list(lines):
            bare = [transfer for transfer in all_transfers if transfer.mechanism is None]
            TransferImport(self, entry, by_label, bare).record(lines, lines_before)

    def basis(self, label: str) -> LegalBasis | None:
        if not label:
            return None
        key = unique_key(label)
        if key not in self.bases:
            self.bases[key] = self.collector.mark(LegalBasis(label=label), "label")
            self.collector.writes[LegalBasis].new.append(self.bases[key])
        return self.bases[key]

    def without_mechanisms(self, basis: str, wanted: list[str]) -> tuple[str, list[str]]:
        """Return the basis and the mechanisms; mechanisms named in place of the basis are moved to the mechanisms."""
        mechanisms = mechanisms_in(basis, self.wordings.is_mechanism) if basis else ()
        if not mechanisms:
            return basis, wanted
        self.recognised[basis] = None
        return "", unique_labels([*map(as_label, mechanisms), *wanted])

    def transfers(
        self, entry: EntryPlan, transfers: list[Transfer], wanted: Sequence[str]
    ) -> dict[str, list[Transfer]]:
        """Return the transfers of each wanted wording, and collect what is new and what is removed.

        Transfers that are still named are kept with all that is recorded about them. They are matched by their wording,
        whichever mechanism staff have assigned to it, else by their mechanism.
        """
        worded = transfers_by_label(transfers, wanted)
        by_label: dict[str, list[Transfer]] = {}
        named = {each.mechanism_code: label for label, known in worded.items() for each in known}
        kept = {each.pk for known in worded.values() for each in known}
        for position, label in enumerate(wanted):
            known = worded[label]
            mechanisms = [each.mechanism for each in known if each.mechanism] or [self.mechanism(label)]
            codes = {mechanism.code for mechanism in mechanisms}
            if not known and mechanisms[0].code in named:
                self.refuse_same_mechanism(entry, wanted, label, named[mechanisms[0].code])
                continue
            known = known + [each for each in transfers if each.pk not in kept and each.mechanism_code in codes]
            if not known:
                known = [self.new_transfer(entry, mechanisms[0])]
            for transfer in known:
                self.set_wording(transfer, label, position)
            named |= dict.fromkeys(codes, label)
            kept |= {each.pk for each in known}
            by_label[label] = known
        self.collector.writes[Transfer].gone += [transfer for transfer in transfers if transfer.pk not in kept]
        return by_label

    def new_transfer(self, entry: EntryPlan, mechanism: TransferMechanism | None) -> Transfer:
        if mechanism is not None and mechanism._state.adding:
            self.collector.check(entry, mechanism)
        transfer = Transfer(activity=entry.activity, mechanism=mechanism)
        self.collector.writes[Transfer].new.append(transfer)
        return transfer

    def set_wording(self, transfer: Transfer, label: str, position: int) -> None:
        wording = "" if transfer.mechanism and label == transfer.mechanism.label else label
        for name, value in (("position", position), ("wording", wording)):
            if getattr(transfer, name) != value:
                setattr(transfer, name, value)
                self.collector.writes[Transfer].change(transfer, name)

    def refuse_same_mechanism(self, entry: EntryPlan, wanted: Sequence[str], label: str, other: str) -> None:
        basis = entry.activity.legal_basis
        ground = legal_ground(basis.label if basis else "", wanted)
        words = {"mechanism": excerpt(label), "other": excerpt(other), "ground": excerpt(ground)}
        self.collector.refuse(entry, "same_mechanism", "legal_ground", **words)

    def mechanism(self, label: str) -> TransferMechanism:
        """Return the mechanism that the register, else the catalogue, knows by the label.

        For an unknown label a new one is collected, which is unclassified and covers nothing.
        """
        return (
            self.wordings.named(label)
            or self.catalogued(label)
            or self.new_mechanism({"label": label, "code": slugify(label)[:50] or "mechanism"})
        )

    def catalogued(self, label: str) -> TransferMechanism | None:
        code = code_of(label)
        if code is None or unique_key(label) in self.wordings.removed_wordings:
            return None
        values = {name: value for name, value in mechanisms_by_code()[code].items() if name != "replaced_by"}
        return self.wordings.catalogued(code) or self.new_mechanism(values)

    def new_mechanism(self, values: Mapping[str, Any]) -> TransferMechanism:
        code = self.codes.free(values["code"])
        mechanism = self.collector.mark(TransferMechanism(**{**values, "code": code}), *values)
        self.wordings.add(mechanism)
        self.collector.writes[TransferMechanism].new.append(mechanism)
        return mechanism


def transfers_by_label(transfers: Sequence[Transfer], wanted: Sequence[str]) -> dict[str, list[Transfer]]:
    return {label: [each for each in transfers if text_key(each.label) == text_key(label)] for label in wanted}


def as_label(text: str) -> str:
    """Return a text as the register stores labels."""
    return LABEL.to_python(text)
