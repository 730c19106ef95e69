"""Updating the mechanisms of the register from the reference data of the release.

``plan_synchronisation()`` only reads; ``Synchronisation.apply()`` writes in bulk and with history, inside the open
change set. Values that staff edited are kept and reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from registry.core.days import next_day
from registry.core.fields import AnyField
from registry.core.text import unique_key
from registry.history.bulk_writes import Writes
from registry.law import catalogue
from registry.mechanisms.lookup import FreeCodes, MechanismLookup
from registry.models import MechanismAlias, Source, Tracked, TransferMechanism

EDITED, REMOVED, TAKEN = "edited by staff", "removed by staff", "taken"
#: Sources of change sets that create entries from reference data.
CREATING_SOURCES = {Source.REFERENCE, Source.IMPORT, Source.COMMAND}

HistoryValues = Mapping[str, Any]


@dataclass(frozen=True)
class ReferenceDifference:
    """A field of an entry that differs from the reference data."""

    entry: str
    field: str
    before: str
    after: str
    #: Why the value of the register is kept; empty if it is changed.
    kept: str = ""

    def __str__(self) -> str:
        if not self.kept:
            return f"changed: {self.entry}: {self.field}: {self.before} → {self.after}"
        return f"kept ({self.kept}): {self.entry}: {self.field}: {self.before} (reference data: {self.after})"


@dataclass
class Synchronisation:
    """What will be written, and what differs."""

    mechanisms: Writes = field(default_factory=Writes)
    aliases: Writes = field(default_factory=Writes)
    differences: list[ReferenceDifference] = field(default_factory=list)
    #: The last days of validity that mechanisms of the register receive.
    ends: set[date] = field(default_factory=set)

    @property
    def changed(self) -> list[ReferenceDifference]:
        return [difference for difference in self.differences if not difference.kept]

    @property
    def kept(self) -> list[ReferenceDifference]:
        return [difference for difference in self.differences if difference.kept]

    @property
    def summary(self) -> str:
        return (
            f"{len(self.mechanisms.new)} mechanisms and {len(self.aliases.new)} wordings new,"
            f" {len(self.changed)} changed, {len(self.kept)} kept"
        )

    @property
    def days_after(self) -> list[date]:
        """Return the days on which activities may lose cover because of the update."""
        return list(map(next_day, sorted(self.ends)))

    def lines(self) -> Iterator[str]:
        for mechanism in self.mechanisms.new:
            yield f"new: {mechanism}"
        for alias in self.aliases.new:
            yield f"new: {alias} (wording of {alias.mechanism})"
        yield from map(str, (*self.changed, *self.kept))

    def apply(self) -> None:
        """Write everything; new mechanisms that replace others first, so that each is written once."""
        waiting = list(self.mechanisms.new)
        while waiting:
            ready = [each for each in waiting if each.replaced_by is None or not each.replaced_by._state.adding]
            TransferMechanism.objects.bulk_create(ready)
            waiting = [each for each in waiting if each._state.adding]
        replace(self.mechanisms, new=[]).write(TransferMechanism)
        self.aliases.write(MechanismAlias)


def plan_synchronisation() -> Synchronisation:
    return Synchroniser().plan()


class Synchroniser:
    def __init__(self) -> None:
        self.register = MechanismLookup()
        self.codes = FreeCodes(self.register.by_code)
        models: tuple[type[Tracked], ...] = (TransferMechanism, MechanismAlias)
        self.written = {model: last_written(model) for model in models}
        self.result = Synchronisation()
        self.mechanisms = self.matches()

    def plan(self) -> Synchronisation:
        matched = list(self.mechanisms.items())
        for code in catalogue.mechanisms_by_code():
            if code not in self.mechanisms:
                self.create(code)
        for code, mechanism in matched:
            self.update(mechanism, code)
        for code, mechanism in self.mechanisms.items():
            next_code = catalogue.mechanisms_by_code()[code]["replaced_by"]
            if not next_code or next_code in self.mechanisms:
                self.set_successor(mechanism, self.mechanisms.get(next_code))
        for code, mechanism in self.mechanisms.items():
            for wording in catalogue.wordings(code):
                self.add_wording(mechanism, wording)
        return self.result

    def matches(self) -> dict[str, TransferMechanism]:
        """Return the existing entries by their code in the catalogue; each entry matches one code."""
        matches: dict[str, TransferMechanism] = {}
        for find in self.register.finders:
            for code in catalogue.mechanisms_by_code():
                mechanism = None if code in matches else find(code)
                if mechanism is not None and mechanism not in matches.values():
                    matches[code] = mechanism
        return matches

    def create(self, code: str) -> None:
        values = dict(catalogue.mechanisms_by_code()[code])
        del values["replaced_by"]
        if taken := self.register.named(values["label"]):
            self.report(values["label"], "label", f"means {taken}", "a mechanism of its own", TAKEN)
            return
        mechanism = TransferMechanism(**{**values, "code": self.codes.free(code)})
        self.register.add(mechanism)
        self.mechanisms[code] = mechanism
        self.result.mechanisms.new.append(mechanism)

    def update(self, mechanism: TransferMechanism, code: str) -> None:
        for name, value in catalogue.mechanisms_by_code()[code].items():
            if name not in {"code", "label", "replaced_by"} and getattr(mechanism, name) != value:
                changed = self.change(mechanism, name, value)
                if changed and name == "valid_until" and value is not None:
                    self.result.ends.add(value)
        # Documents contain the label: one that is a known wording is kept.
        if catalogue.code_of(mechanism.label) != code:
            self.relabel(mechanism, catalogue.mechanisms_by_code()[code]["label"])

    def relabel(self, mechanism: TransferMechanism, label: str) -> None:
        other = self.register.named(label)
        if other is not None and other != mechanism:
            self.report(mechanism, "label", mechanism.label, label, TAKEN)
        elif self.change(mechanism, "label", label):
            self.register.add(mechanism)

    def set_successor(self, mechanism: TransferMechanism, successor: TransferMechanism | None) -> None:
        if mechanism._state.adding:
            mechanism.replaced_by = successor
        elif mechanism.replaced_by != successor:
            self.change(mechanism, "replaced_by", successor)

    def add_wording(self, mechanism: TransferMechanism, wording: str) -> None:
        key = unique_key(wording)
        alias, labelled = self.register.aliases.get(key), self.register.by_label.get(key)
        if labelled is not None and unique_key(labelled.label) == key:
            if labelled is not mechanism:
                self.report(wording, "wording of", labelled, mechanism, TAKEN)
        elif alias is not None:
            if alias.mechanism != mechanism:
                self.change(alias, "mechanism", mechanism)
        elif key in self.register.removed_wordings:
            self.report(wording, "wording of", None, mechanism, REMOVED)
        else:
            self.result.aliases.new.append(MechanismAlias(mechanism=mechanism, label=wording))

    def change(self, entry: Tracked, name: str, value: object) -> bool:
        """Set a value and return True, if the present one is still the value that the reference data gave."""
        column: AnyField = entry._meta.get_field(name)  # type: ignore[assignment]
        given = self.written[type(entry)].get(entry.pk, {})
        now = getattr(entry, column.attname)
        edited = column.attname not in given or given[column.attname] != now
        self.report(entry, str(column.verbose_name), getattr(entry, name), value, EDITED if edited else "")
        if not edited:
            setattr(entry, name, value)
            self.writes(entry).change(entry, name)
        return not edited

    def writes(self, entry: Tracked) -> Writes:
        return self.result.aliases if isinstance(entry, MechanismAlias) else self.result.mechanisms

    def report(self, entry: object, name: str, before: object, after: object, kept: str = "") -> None:
        self.result.differences.append(
            ReferenceDifference(str(entry), name, value_text(before), value_text(after), kept)
        )


def value_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value not in (None, "") else "–"


def last_written(model: type[Tracked]) -> dict[int, dict[str, object]]:
    """Return the last value that the reference data gave, by entry and field.

    Imports that created an entry count too. A history row holds all fields: only those that changed with it count.
    """
    names = [column.attname for column in model._meta.concrete_fields]
    rows = model.history.order_by("history_id").values("history_type", "change_set__source", *names)
    given: dict[int, dict[str, object]] = {}
    before: dict[int, HistoryValues] = {}
    for row in rows:
        key, source = row[model._meta.pk.attname], row["change_set__source"]
        if row["history_type"] == "+":
            changed: Iterable[str] = names if source in CREATING_SOURCES else ()
        else:
            by_reference = source == Source.REFERENCE
            changed = [name for name in names if by_reference and row[name] != before[key][name]]
        given.setdefault(key, {}).update({name: row[name] for name in changed})
        before[key] = row
    return given
