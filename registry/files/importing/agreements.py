"""Importing agreements: the lines of a file, matched with the agreements of the register."""

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

#: Keys by which a line is matched with an agreement of the register, the most reliable first.
MATCHING_KEYS: Sequence[Callable[[NestedLine], object]] = (
    lambda line: (line[0], sorted(line[1].items(), key=lambda fact: fact[0])),
    lambda line: (line[0], line[1].get("reference"), line[1].get("signed_on")),
    lambda line: (line[0], line[1].get("reference")),
    lambda line: (line[0], line[1].get("signed_on")),
    lambda line: line[0],
)


class AgreementImport:
    """Collects the changes of agreements."""

    def __init__(self, collector: ChangeCollector) -> None:
        self.collector = collector
        self.imported: set[int] = set()

    @cached_property
    def known(self) -> dict[int, list[Agreement]]:
        by_vendor: dict[int, list[Agreement]] = {}
        for agreement in Agreement.objects.all():
            by_vendor.setdefault(agreement.vendor_id, []).append(agreement)
        return by_vendor

    def set_agreements(self, entry: EntryPlan, vendor: Vendor, lines: Sequence[NestedLine]) -> None:
        """Collect the changes that give a vendor these agreements; all rows of a vendor agree, so the first counts."""
        if id(vendor) in self.imported:
            return
        self.imported.add(id(vendor))
        known = agreements_in_order(self.known.get(vendor.pk, ()))
        before = agreement_lines(known)
        if before == list(lines):
            return
        write = AGREEMENT_COLUMN.type.write
        if not vendor._state.adding:
            change = FieldChange(AGREEMENT_COLUMN.heading, str(write(before)), str(write(lines)), prose=True)
            entry.changes.append(change)
        pairs, removed = match_agreements(known, before, lines)
        for line, agreement in pairs:
            self.write(entry, vendor, line, agreement)
        self.collector.writes[Agreement].gone += removed

    def write(self, entry: EntryPlan, vendor: Vendor, line: NestedLine, agreement: Agreement | None) -> None:
        kind, facts = line
        if agreement is None:
            agreement = Agreement(vendor=vendor)
            self.collector.writes[Agreement].new.append(agreement)
        values = {"kind": kind} | {
            fact.field: facts.get(fact.field, empty_agreement_value(fact.field)) for fact in AGREEMENT_FACTS
        }
        for name, value in values.items():
            if agreement._state.adding or getattr(agreement, name) != value:
                self.collector.write(agreement, name, value)
        if agreement.signed_on and agreement.valid_until and agreement.valid_until < agreement.signed_on:
            self.collector.refuse(entry, "agreement_ends_before", AGREEMENT_COLUMN.key, day=str(agreement.valid_until))
        self.collector.check(entry, agreement)


def empty_agreement_value(name: str) -> str | None:
    field: Any = Agreement._meta.get_field(name)
    return None if field.null else ""


def match_agreements(
    known: Iterable[Agreement], before: Iterable[NestedLine], lines: Iterable[NestedLine]
) -> tuple[list[tuple[NestedLine, Agreement | None]], list[Agreement]]:
    """Return each line with the agreement that it matches, and the agreements without a line."""
    lines = list(lines)
    remaining = list(zip(before, known, strict=True))
    matches: dict[int, Agreement] = {}
    for key_of in MATCHING_KEYS:
        for index, line in enumerate(lines):
            if index not in matches:
                pair = next((pair for pair in remaining if key_of(pair[0]) == key_of(line)), None)
                if pair is not None:
                    remaining.remove(pair)
                    matches[index] = pair[1]
    pairs = [(line, matches.get(index)) for index, line in enumerate(lines)]
    return pairs, [agreement for _line, agreement in remaining]
