"""Importing what a row records about its transfers: mechanism, country and further facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from registry.core.text import text_key
from registry.document import legal_ground
from registry.document.problems import excerpt
from registry.files.columns import TRANSFER_COLUMN
from registry.files.importing.plan import EntryPlan
from registry.files.nested import NO_MECHANISM, TRANSFER_FACTS, NestedLine, transfer_lines
from registry.history.field_changes import FieldChange
from registry.models import Transfer, TransferMechanism

if TYPE_CHECKING:
    from registry.files.importing.legal_grounds import LegalGroundImport


class TransferImport:
    """Collects the changes of the transfers of one row.

    The lines are complete: a wording of the legal ground without a line has one transfer without recorded facts.
    """

    def __init__(
        self,
        grounds: LegalGroundImport,
        entry: EntryPlan,
        transfers: Mapping[str, list[Transfer]],
        without_mechanism: Sequence[Transfer],
    ) -> None:
        self.grounds = grounds
        self.collector = grounds.collector
        self.entry = entry
        self.transfers_by_label = transfers
        self.without_mechanism = without_mechanism

    def record(self, lines: Sequence[NestedLine], before: Sequence[NestedLine]) -> None:
        """Collect the changes from the lines before to those of the file."""
        facts_by_label: dict[str, list[Mapping[str, Any]]] = {}
        for label, facts in lines:
            facts_by_label.setdefault(text_key(label), []).append(facts)
        keys = {text_key(label) for label in self.transfers_by_label}
        for label, _facts in lines:
            if label and text_key(label) not in keys:
                ground = legal_ground("", list(self.transfers_by_label))
                self.refuse("transfer_without_ground", mechanism=excerpt(label), ground=excerpt(ground))
        after: list[Transfer] = []
        for position, (label, transfers) in enumerate(self.transfers_by_label.items()):
            after += self.set_transfers(label, position, transfers, facts_by_label.get(text_key(label), [{}]))
        after += self.set_without_mechanism(facts_by_label.get("", []))
        after_lines = transfer_lines(after)
        if not self.entry.is_new and after_lines != list(before):
            write = TRANSFER_COLUMN.type.write
            change = FieldChange(TRANSFER_COLUMN.heading, str(write(before)), str(write(after_lines)), prose=True)
            self.entry.changes.append(change)

    def set_transfers(
        self, label: str, position: int, transfers: Sequence[Transfer], wanted: Sequence[Mapping[str, object]]
    ) -> list[Transfer]:
        """Return the transfers of one wording, one for each of the wanted facts."""
        remaining, result = list(transfers), []
        mechanisms = [self.mechanism(label, facts) for facts in wanted]
        keys = [(mechanism.code, facts.get("country", "")) for mechanism, facts in zip(mechanisms, wanted, strict=True)]
        if len(set(keys)) < len(keys):
            self.refuse("transfer_twice", mechanism=excerpt(label))
        matches = [
            next((each for each in remaining if (each.mechanism_code, each.country) == key), None) for key in keys
        ]
        remaining = [each for each in remaining if each not in matches]
        for mechanism, facts, known in zip(mechanisms, wanted, matches, strict=True):
            transfer = known or (remaining.pop(0) if remaining else self.grounds.new_transfer(self.entry, mechanism))
            self.write(transfer, mechanism, facts)
            self.grounds.set_wording(transfer, label, position)
            result.append(transfer)
        writes = self.collector.writes[Transfer]
        writes.gone += [each for each in remaining if not each._state.adding]
        writes.new = [each for each in writes.new if each not in remaining] if remaining else writes.new
        return result

    def set_without_mechanism(self, wanted: Sequence[Mapping[str, object]]) -> list[Transfer]:
        """Return the transfers without a mechanism, one for each country that the lines name."""
        known = {transfer.country: transfer for transfer in self.without_mechanism}
        places = [facts.get("country", "") for facts in wanted]
        if len(set(places)) < len(places):
            self.refuse("transfer_twice", mechanism=excerpt(str(NO_MECHANISM)))
        if any("mechanism" in facts for facts in wanted):
            self.refuse("no_mechanism_named", mechanism=excerpt(str(NO_MECHANISM)))
        result = []
        for place, facts in zip(places, wanted, strict=True):
            transfer = known.pop(place, None) or self.grounds.new_transfer(self.entry, None)
            self.write(transfer, None, facts)
            result.append(transfer)
        self.collector.writes[Transfer].gone += known.values()
        return result

    def mechanism(self, label: str, facts: Mapping[str, Any]) -> TransferMechanism:
        code = facts.get("mechanism")
        mechanism = self.grounds.wordings.by_code.get(code) if code else None
        if code and mechanism is None:
            self.refuse("unknown_mechanism", code=excerpt(code))
        return mechanism or self.grounds.mechanism(label)

    def write(self, transfer: Transfer, mechanism: TransferMechanism | None, facts: Mapping[str, object]) -> None:
        if transfer.mechanism_code != (mechanism.code if mechanism else ""):
            transfer.mechanism = mechanism
            self.collector.writes[Transfer].change(transfer, "mechanism")
        for fact in TRANSFER_FACTS[1:]:
            value = facts.get(fact.field, Transfer._meta.get_field(fact.field).get_default())  # type: ignore[union-attr]
            if getattr(transfer, fact.field) != value:
                self.collector.write(transfer, fact.field, value)
        self.collector.check(self.entry, transfer)

    def refuse(self, code: str, /, **params: object) -> None:
        self.collector.refuse(self.entry, code, TRANSFER_COLUMN.key, **params)
