"""What an import records about the transfers of a row: by which instrument, for which country, with which facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from registry.core.text import text_key
from registry.document import legal_ground
from registry.document.problems import excerpt
from registry.files.columns import TRANSFER_COLUMN
from registry.files.importing.plan import EntryPlan
from registry.files.nested import TRANSFER_FACTS, NestedLine, transfer_lines
from registry.history.field_changes import FieldChange
from registry.models import Qualifies, Transfer, TransferMechanism

if TYPE_CHECKING:
    from registry.files.importing.legal_grounds import LegalGroundImport


class TransferImport:
    """The lines say all that is recorded: a wording of the legal ground without a line has one transfer, of which
    nothing more is known."""

    def __init__(self, grounds: LegalGroundImport, entry: EntryPlan, relied: Mapping[str, list[Transfer]]) -> None:
        self.grounds = grounds
        self.draft = grounds.draft
        self.entry = entry
        self.relied = relied

    def record(self, evidence: Sequence[NestedLine], before: Sequence[NestedLine]) -> None:
        spoken: dict[str, list[Mapping[str, Any]]] = {}
        for label, facts in evidence:
            spoken.setdefault(text_key(label), []).append(facts)
        keys = {text_key(label) for label in self.relied}
        for label, _facts in evidence:
            if text_key(label) not in keys:
                ground = legal_ground("", list(self.relied))
                self.refuse("transfer_without_ground", mechanism=excerpt(label), ground=excerpt(ground))
        after: list[Transfer] = []
        for position, (label, transfers) in enumerate(self.relied.items()):
            after += self.of_wording(label, position, transfers, spoken.get(text_key(label), [{}]))
        lines = transfer_lines(after)
        if not self.entry.is_new and lines != list(before):
            write = TRANSFER_COLUMN.kind.write
            change = FieldChange(TRANSFER_COLUMN.heading, str(write(before)), str(write(lines)), prose=True)
            self.entry.changes.append(change)

    def of_wording(
        self, label: str, position: int, transfers: Sequence[Transfer], wanted: Sequence[Mapping[str, Any]]
    ) -> list[Transfer]:
        left, found = list(transfers), []
        mechanisms = [self.mechanism(label, facts) for facts in wanted]
        about = [
            (mechanism.code, facts.get("country", "")) for mechanism, facts in zip(mechanisms, wanted, strict=True)
        ]
        if len(set(about)) < len(about):
            self.refuse("transfer_twice", mechanism=excerpt(label))
        same = [next((each for each in left if (each.mechanism.code, each.country) == key), None) for key in about]
        left = [each for each in left if each not in same]
        for mechanism, facts, known in zip(mechanisms, wanted, same, strict=True):
            transfer = known or (left.pop(0) if left else self.grounds.new_transfer(self.entry, mechanism))
            self.write(transfer, mechanism, facts)
            self.grounds.word(transfer, label, position)
            found.append(transfer)
        writes = self.draft.writes[Transfer]
        writes.gone += [each for each in left if not each._state.adding]
        writes.new = [each for each in writes.new if each not in left] if left else writes.new
        return found

    def mechanism(self, label: str, facts: Mapping[str, Any]) -> TransferMechanism:
        code = facts.get("mechanism")
        meant = self.grounds.wordings.by_code.get(code) if code else None
        if code and meant is None:
            self.refuse("unknown_mechanism", code=excerpt(code))
        return meant or self.grounds.mechanism(label)

    def write(self, transfer: Transfer, mechanism: TransferMechanism, facts: Mapping[str, Any]) -> None:
        if transfer.mechanism is not mechanism and transfer.mechanism.code != mechanism.code:
            transfer.mechanism = mechanism
            self.draft.writes[Transfer].change(transfer, "mechanism")
        for fact in TRANSFER_FACTS[1:]:
            value = facts.get(fact.field, empty_transfer_value(fact.field))
            if getattr(transfer, fact.field) != value:
                self.draft.write(transfer, fact.field, value)
        self.draft.check(self.entry, transfer)

    def refuse(self, code: str, /, **params: Any) -> None:
        self.draft.refuse(self.entry, code, TRANSFER_COLUMN.key, **params)


def empty_transfer_value(name: str) -> Any:
    if name == "recipient_qualifies":
        return Qualifies.UNKNOWN
    field: Any = Transfer._meta.get_field(name)
    return None if field.null else ""
