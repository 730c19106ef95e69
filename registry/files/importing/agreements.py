"""The agreements that an import lists for a vendor, and those that the register has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from registry.files.columns import AGREEMENT_COLUMN
from registry.files.importing.change_collector import ChangeCollector
from registry.files.importing.plan import EntryPlan
from registry.files.nested import AGREEMENT_FACTS, NestedLine, agreement_lines, agreements_in_order
from registry.history.field_changes import FieldChange
from registry.models import Agreement, Vendor

#: How a line of the file is recognised among the agreements of the register, the surest way first.
MATCHING_KEYS: Sequence[Callable[[NestedLine], Any]] = (
    lambda line: (line[0], sorted(line[1].items(), key=lambda fact: fact[0])),
    lambda line: (line[0], line[1].get("reference"), line[1].get("signed_on")),
    lambda line: (line[0], line[1].get("reference")),
    lambda line: (line[0], line[1].get("signed_on")),
    lambda line: line[0],
)


class AgreementImport:
    def __init__(self, draft: ChangeCollector) -> None:
        self.draft = draft
        self.said: set[int] = set()

    @cached_property
    def known(self) -> dict[int, list[Agreement]]:
        found: dict[int, list[Agreement]] = {}
        for agreement in Agreement.objects.all():
            found.setdefault(agreement.vendor_id, []).append(agreement)
        return found

    def sign(self, entry: EntryPlan, vendor: Vendor, wanted: Sequence[NestedLine]) -> None:
        """Each row of a vendor says the same, so the first is enough."""
        if id(vendor) in self.said:
            return
        self.said.add(id(vendor))
        known = agreements_in_order(self.known.get(vendor.pk, ()))
        before = agreement_lines(known)
        if before == list(wanted):
            return
        write = AGREEMENT_COLUMN.kind.write
        if not vendor._state.adding:
            change = FieldChange(AGREEMENT_COLUMN.heading, str(write(before)), str(write(wanted)), prose=True)
            entry.changes.append(change)
        pairs, gone = match_agreements(known, before, wanted)
        for line, agreement in pairs:
            self.write(entry, vendor, line, agreement)
        self.draft.writes[Agreement].gone += gone

    def write(self, entry: EntryPlan, vendor: Vendor, line: NestedLine, agreement: Agreement | None) -> None:
        kind, facts = line
        if agreement is None:
            agreement = Agreement(vendor=vendor)
            self.draft.writes[Agreement].new.append(agreement)
        values = {"kind": kind} | {
            fact.field: facts.get(fact.field, empty_agreement_value(fact.field)) for fact in AGREEMENT_FACTS
        }
        for name, value in values.items():
            if agreement._state.adding or getattr(agreement, name) != value:
                self.draft.write(agreement, name, value)
        if agreement.signed_on and agreement.valid_until and agreement.valid_until < agreement.signed_on:
            self.draft.refuse(entry, "agreement_ends_before", AGREEMENT_COLUMN.key, day=str(agreement.valid_until))
        self.draft.check(entry, agreement)


def empty_agreement_value(name: str) -> Any:
    field: Any = Agreement._meta.get_field(name)
    return None if field.null else ""


def match_agreements(
    known: Iterable[Agreement], before: Iterable[NestedLine], wanted: Iterable[NestedLine]
) -> tuple[list[tuple[NestedLine, Agreement | None]], list[Agreement]]:
    """Each line with the agreement that it speaks of, and the agreements that no line does."""
    lines, left = list(wanted), list(zip(before, known, strict=True))
    found: dict[int, Agreement] = {}
    for way in MATCHING_KEYS:
        for at, line in enumerate(lines):
            if at not in found:
                match = next((each for each in left if way(each[0]) == way(line)), None)
                if match is not None:
                    left.remove(match)
                    found[at] = match[1]
    return [(line, found.get(at)) for at, line in enumerate(lines)], [agreement for _line, agreement in left]
