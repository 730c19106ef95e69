"""What bringing the mechanisms up to the reference data would do, worked out once, and then done.

``synchronisation()`` reads and writes nothing; ``apply()`` writes it, in bulk and with history, inside the change set
that is open. What staff edited stays as it is, and is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from registry.core.days import next_day
from registry.core.text import unique_key
from registry.history.bulk_writes import Writes
from registry.law import catalogue
from registry.mechanisms.lookup import FreeCodes, MechanismLookup
from registry.models import MechanismAlias, Source, Tracked, TransferMechanism

EDITED, REMOVED, TAKEN = "edited by staff", "removed by staff", "taken"
#: What an import wrote when it made an entry, it took from the reference data of its day.
MAKERS = {Source.REFERENCE, Source.IMPORT, Source.COMMAND}

HistoryValues = Mapping[str, Any]


@dataclass(frozen=True)
class ReferenceDifference:
    entry: str
    field: str
    before: str
    after: str
    #: Why it is kept; empty where it is changed.
    kept: str = ""

    def __str__(self) -> str:
        if not self.kept:
            return f"changed: {self.entry}: {self.field}: {self.before} → {self.after}"
        return f"kept ({self.kept}): {self.entry}: {self.field}: {self.before} (reference data: {self.after})"


@dataclass
class Synchronisation:
    mechanisms: Writes = field(default_factory=Writes)
    aliases: Writes = field(default_factory=Writes)
    differences: list[ReferenceDifference] = field(default_factory=list)
    #: The last valid days that mechanisms of the register get.
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
        """The days on which the register may lose cover by what is new."""
        return list(map(next_day, sorted(self.ends)))

    def lines(self) -> Iterator[str]:
        for mechanism in self.mechanisms.new:
            yield f"new: {mechanism}"
        for alias in self.aliases.new:
            yield f"new: {alias} (wording of {alias.mechanism})"
        yield from map(str, (*self.changed, *self.kept))

    def apply(self) -> None:
        """First the mechanisms that replace others, so that these are written once."""
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
        self.doing = Synchronisation()
        self.mechanisms = self.matches()

    def plan(self) -> Synchronisation:
        matched = list(self.mechanisms.items())
        for code in catalogue.mechanisms_by_code():
            if code not in self.mechanisms:
                self.make(code)
        for code, mechanism in matched:
            self.bring_up(mechanism, code)
        for code, mechanism in self.mechanisms.items():
            next_code = catalogue.mechanisms_by_code()[code]["replaced_by"]
            if not next_code or next_code in self.mechanisms:
                self.succeed(mechanism, self.mechanisms.get(next_code))
        for code, mechanism in self.mechanisms.items():
            for wording in catalogue.wordings(code):
                self.word(mechanism, wording)
        return self.doing

    def matches(self) -> dict[str, TransferMechanism]:
        """The entries that the register has already, by their code in the catalogue; none stands for two."""
        found: dict[str, TransferMechanism] = {}
        for way in self.register.ways:
            for code in catalogue.mechanisms_by_code():
                mechanism = None if code in found else way(code)
                if mechanism is not None and mechanism not in found.values():
                    found[code] = mechanism
        return found

    def make(self, code: str) -> None:
        values = dict(catalogue.mechanisms_by_code()[code])
        del values["replaced_by"]
        if taken := self.register.named(values["label"]):
            self.tell(values["label"], "label", f"means {taken}", "a mechanism of its own", TAKEN)
            return
        mechanism = TransferMechanism(**{**values, "code": self.codes.free(code)})
        self.register.add(mechanism)
        self.mechanisms[code] = mechanism
        self.doing.mechanisms.new.append(mechanism)

    def bring_up(self, mechanism: TransferMechanism, code: str) -> None:
        for name, value in catalogue.mechanisms_by_code()[code].items():
            if name not in {"code", "label", "replaced_by"} and getattr(mechanism, name) != value:
                changed = self.change(mechanism, name, value)
                if changed and name == "valid_until" and value is not None:
                    self.doing.ends.add(value)
        # Documents hold the label: one that they may use stays.
        if catalogue.code_of(mechanism.label) != code:
            self.relabel(mechanism, catalogue.mechanisms_by_code()[code]["label"])

    def relabel(self, mechanism: TransferMechanism, label: str) -> None:
        other = self.register.named(label)
        if other is not None and other != mechanism:
            self.tell(mechanism, "label", mechanism.label, label, TAKEN)
        elif self.change(mechanism, "label", label):
            self.register.add(mechanism)

    def succeed(self, mechanism: TransferMechanism, successor: TransferMechanism | None) -> None:
        if mechanism._state.adding:
            mechanism.replaced_by = successor
        elif mechanism.replaced_by != successor:
            self.change(mechanism, "replaced_by", successor)

    def word(self, mechanism: TransferMechanism, wording: str) -> None:
        key = unique_key(wording)
        alias, labelled = self.register.aliases.get(key), self.register.by_label.get(key)
        if labelled is not None and unique_key(labelled.label) == key:
            if labelled is not mechanism:
                self.tell(wording, "wording of", labelled, mechanism, TAKEN)
        elif alias is not None:
            if alias.mechanism != mechanism:
                self.change(alias, "mechanism", mechanism)
        elif key in self.register.taken_away:
            self.tell(wording, "wording of", None, mechanism, REMOVED)
        else:
            self.doing.aliases.new.append(MechanismAlias(mechanism=mechanism, label=wording))

    def change(self, entry: Tracked, name: str, value: Any) -> bool:
        """Whether it may be: the value is still the one that the reference data gave."""
        column: Any = entry._meta.get_field(name)
        ours = self.written[type(entry)].get(entry.pk, {})
        now = getattr(entry, column.attname)
        edited = column.attname not in ours or ours[column.attname] != now
        self.tell(entry, str(column.verbose_name), getattr(entry, name), value, EDITED if edited else "")
        if not edited:
            setattr(entry, name, value)
            self.writes(entry).change(entry, name)
        return not edited

    def writes(self, entry: Tracked) -> Writes:
        return self.doing.aliases if isinstance(entry, MechanismAlias) else self.doing.mechanisms

    def tell(self, entry: object, name: str, before: object, after: object, kept: str = "") -> None:
        self.doing.differences.append(
            ReferenceDifference(str(entry), name, value_text(before), value_text(after), kept)
        )


def value_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value not in (None, "") else "–"


def last_written(model: type[Tracked]) -> dict[int, dict[str, Any]]:
    """By entry and field the value that the reference data gave last, an import on its behalf included. A history row
    holds all fields, also those that somebody else had edited before: only what changed with it counts."""
    names = [column.attname for column in model._meta.concrete_fields]
    rows = model.history.order_by("history_id").values("history_type", "change_set__source", *names)
    given: dict[int, dict[str, Any]] = {}
    before: dict[int, HistoryValues] = {}
    for row in rows:
        key, source = row[model._meta.pk.attname], row["change_set__source"]
        if row["history_type"] == "+":
            changed: Iterable[str] = names if source in MAKERS else ()
        else:
            ours = source == Source.REFERENCE
            changed = [name for name in names if ours and row[name] != before[key][name]]
        given.setdefault(key, {}).update({name: row[name] for name in changed})
        before[key] = row
    return given
