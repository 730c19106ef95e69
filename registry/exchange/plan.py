"""What an import would do, worked out once against the whole register, and then done.

``plan(incoming)`` reads and writes nothing. ``Plan.apply()`` writes it, in bulk and with history, inside the change set
that is open. The digest says whether two plans are the same: what was previewed is what is imported.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from functools import cache
from itertools import batched
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, ForeignKey, Model
from django.utils.text import slugify
from django.utils.translation import gettext as _

from registry.audit.timeline import FieldChange
from registry.catalogue import by_code, code_of
from registry.document import DocumentProblems, Problem, legal_ground
from registry.document.problems import shown
from registry.exchange.columns import Column
from registry.exchange.incoming import Incoming, IncomingRow
from registry.exchange.outgoing import each_once
from registry.exchange.positions import positions
from registry.exchange.progress import COMPARING, WRITING, counted
from registry.exchange.wordings import Wordings
from registry.models import (
    DocumentText,
    LegalBasis,
    ProcessingActivity,
    Status,
    Tracked,
    Transfer,
    TransferMechanism,
    Vendor,
)
from registry.models.fields import CleanTextField
from registry.models.querysets import POSITION_STEP
from registry.text import text_key, unique_key

Key = tuple[str, str]

#: So many are written, and then told.
TOGETHER = 2000


@dataclass
class EntryPlan:
    line: int
    activity: ProcessingActivity
    is_new: bool
    changes: list[FieldChange] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.activity)


@dataclass
class Writes:
    """The objects to write, with the fields that change."""

    new: list[Any] = field(default_factory=list)
    changed: dict[int, Any] = field(default_factory=dict)
    fields: set[str] = field(default_factory=set)
    gone: list[Any] = field(default_factory=list)

    def change(self, entry: Any, name: str) -> None:
        if entry.pk is not None:
            self.changed[entry.pk] = entry
            self.fields.add(name)

    def write(self, model: type[Tracked]) -> None:
        if self.gone:
            model._default_manager.filter(pk__in=[entry.pk for entry in self.gone]).delete()
        for entries in batched(counted(WRITING, self.new, len(self.new)), TOGETHER):
            model._default_manager.bulk_create(entries, batch_size=500)
        for entries in batched(counted(WRITING, self.changed.values(), len(self.changed)), TOGETHER):
            model._default_manager.bulk_update(entries, sorted(self.fields), batch_size=200)


@dataclass
class Plan:
    entries: list[EntryPlan]
    unchanged: int
    missing: list[ProcessingActivity]
    texts: list[FieldChange]
    document_text: DocumentText | None
    writes: dict[type[Any], Writes]

    @property
    def new(self) -> list[EntryPlan]:
        return [entry for entry in self.entries if entry.is_new]

    @property
    def changed(self) -> list[EntryPlan]:
        return [entry for entry in self.entries if not entry.is_new]

    @property
    def summary(self) -> str:
        return (
            f"{len(self.new)} new, {len(self.changed)} changed, {self.unchanged} unchanged, {len(self.missing)} missing"
        )

    @property
    def changes_anything(self) -> bool:
        return bool(self.entries or self.texts)

    @property
    def digest(self) -> str:
        said = [
            [(entry.is_new, entry.name, list(map(astuple, entry.changes))) for entry in self.entries],
            list(map(astuple, self.texts)),
            [activity.pk for activity in self.missing],
            self.unchanged,
        ]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()

    def apply(self, *, end_missing: bool = False) -> None:
        if end_missing:
            for activity in self.missing:
                activity.status = Status.ENDED
                self.writes[ProcessingActivity].change(activity, "status")
        for model, writes in self.writes.items():
            writes.write(model)
        if self.document_text is not None:
            self.document_text.save()


def plan(incoming: Incoming) -> Plan:
    """Raises ``DocumentProblems`` where the register cannot take what the file says."""
    return Planner().plan(incoming)


class Planner:
    def __init__(self) -> None:
        """Each vendor, legal basis and mechanism is held once, whatever refers to it: the whole register has to fit."""
        vendors = Vendor.objects.in_bulk()
        bases: dict[int | None, LegalBasis | None] = {None: None, **LegalBasis.objects.in_bulk()}
        self.vendors = {vendor.name_key: vendor for vendor in vendors.values()}
        self.bases = {basis.label: basis for basis in bases.values() if basis}
        self.wordings = Wordings()
        self.activities: dict[Key, ProcessingActivity] = {}
        for activity in ProcessingActivity.objects.order_by("position", "id").iterator():
            activity.vendor, activity.legal_basis = vendors[activity.vendor_id], bases[activity.legal_basis_id]
            self.activities[activity.vendor.name_key, activity.purpose_key] = activity
        mechanisms = {mechanism.pk: mechanism for mechanism in self.wordings.by_code.values()}
        self.transfers: dict[int, list[Transfer]] = {}
        for transfer in Transfer.objects.order_by("activity_id", "position", "id").iterator():
            transfer.mechanism = mechanisms[transfer.mechanism_id]
            self.transfers.setdefault(transfer.activity_id, []).append(transfer)
        models = (Vendor, LegalBasis, TransferMechanism, ProcessingActivity, Transfer)
        self.writes: dict[type[Tracked], Writes] = {model: Writes() for model in models}
        self.problems: list[Problem] = []
        #: The fields that the file gave a value and that are not validated yet, by entry.
        self.unchecked: dict[int, set[str]] = {}

    def plan(self, incoming: Incoming) -> Plan:
        entries = [self.entry(row) for row in counted(COMPARING, incoming.rows, len(incoming.rows))]
        listed = {id(entry.activity) for entry in entries}
        missing = [a for a in self.activities.values() if id(a) not in listed and a.status == Status.ACTIVE]
        self.place(entries, incoming)
        text, texts = self.texts(incoming)
        if self.problems:
            raise DocumentProblems(tuple(sorted(self.problems, key=lambda problem: problem.line)))
        touched = [entry for entry in entries if entry.is_new or entry.changes]
        return Plan(touched, len(entries) - len(touched), missing, texts, text, self.writes)

    def entry(self, incoming: IncomingRow) -> EntryPlan:
        row = incoming.row
        vendor, vendor_is_new = self.vendor(row.vendor)
        key = (unique_key(row.vendor), unique_key(row.purpose))
        activity = self.activities.get(key)
        is_new = activity is None
        if activity is None:
            activity = self.made(blank(ProcessingActivity), "purpose")
            activity.vendor, activity.purpose = vendor, row.purpose
            self.writes[ProcessingActivity].new.append(activity)
        entry = EntryPlan(row.line, activity, is_new)
        if not vendor_is_new:
            self.set(entry, vendor, "name", row.vendor)
        self.set(entry, activity, "purpose", row.purpose)
        self.set(entry, activity, "personal_data", row.personal_data)
        self.set(entry, activity, "country", row.country)
        self.ground(entry, row.legal_basis, row.mechanisms)
        self.details(entry, incoming)
        if entry.is_new or entry.changes:
            self.check(entry, activity)
            self.check(entry, activity.vendor)
        return entry

    def vendor(self, name: str) -> tuple[Vendor, bool]:
        key = unique_key(name)
        known = self.vendors.get(key)
        if known is not None:
            return known, known.pk is None
        vendor = self.made(blank(Vendor), "name")
        vendor.name, vendor.name_key = name, key
        self.vendors[key] = vendor
        self.writes[Vendor].new.append(vendor)
        return vendor, True

    def details(self, entry: EntryPlan, incoming: IncomingRow) -> None:
        activity = entry.activity
        for column, value in incoming.details.items():
            if column.key == "position" and value is None:
                continue
            self.set(entry, activity.vendor if column.of_vendor else activity, column.field, value, column)
        if not any(column.key == "status" for column in incoming.details):
            self.set(entry, activity, "status", Status.ACTIVE)

    def set(self, entry: EntryPlan, target: Tracked, name: str, value: Any, column: Column | None = None) -> None:
        before, value = getattr(target, name), field_of(target, name).to_python(value)
        if before == value:
            return
        setattr(target, name, value)
        self.made(target, name)
        self.writes[type(target)].change(target, name)
        if target.pk is not None:
            label = column.heading if column else label_of(target, name)
            prose = isinstance(field_of(target, name), CleanTextField)
            entry.changes.append(FieldChange(label, self.said(before, column), self.said(value, column), prose))

    def said(self, value: Any, column: Column | None) -> str:
        return "" if value is None or value == "" else str(column.kind.write(value) if column else value)

    def ground(self, entry: EntryPlan, basis_label: str, wanted: Sequence[str]) -> None:
        basis_label, *wanted = map(as_label, (basis_label, *wanted))
        activity = entry.activity
        before_basis = activity.legal_basis.label if activity.legal_basis else ""
        transfers = self.transfers.get(activity.pk, [])
        before = each_once(transfer.label for transfer in transfers)
        if before_basis != basis_label:
            basis = activity.legal_basis = self.basis(basis_label)
            if basis is not None and basis._state.adding:
                self.check(entry, basis)
            self.writes[ProcessingActivity].change(activity, "legal_basis")
        if before != wanted:
            self.rely(entry, transfers, wanted)
        if not entry.is_new and (before_basis, before) != (basis_label, wanted):
            after = legal_ground(basis_label, wanted)
            entry.changes.append(FieldChange(_("Legal ground"), legal_ground(before_basis, before), after))

    def basis(self, label: str) -> LegalBasis | None:
        if not label:
            return None
        if label not in self.bases:
            self.bases[label] = self.made(LegalBasis(label=label), "label")
            self.writes[LegalBasis].new.append(self.bases[label])
        return self.bases[label]

    def rely(self, entry: EntryPlan, transfers: list[Transfer], wanted: Sequence[str]) -> None:
        """Keeps the transfers that are still named, with all that is recorded about them: by their wording, whichever
        instrument somebody has said is meant by it, else by their mechanism."""
        worded = {label: [each for each in transfers if text_key(each.label) == text_key(label)] for label in wanted}
        named = {each.mechanism.code: label for label, known in worded.items() for each in known}
        kept = {each.pk for known in worded.values() for each in known}
        for position, label in enumerate(wanted):
            known = worded[label]
            mechanisms = [each.mechanism for each in known] or [self.mechanism(label)]
            codes = {mechanism.code for mechanism in mechanisms}
            if not known and mechanisms[0].code in named:
                self.problems.append(self.named_twice(entry, wanted, label, named[mechanisms[0].code]))
                continue
            known = known + [each for each in transfers if each.pk not in kept and each.mechanism.code in codes]
            if not known:
                known = [self.new_transfer(entry, mechanisms[0])]
            for transfer in known:
                self.word(transfer, label, position)
            named |= dict.fromkeys(codes, label)
            kept |= {each.pk for each in known}
        self.writes[Transfer].gone += [transfer for transfer in transfers if transfer.pk not in kept]

    def new_transfer(self, entry: EntryPlan, mechanism: TransferMechanism) -> Transfer:
        if mechanism._state.adding:
            self.check(entry, mechanism)
        transfer = Transfer(activity=entry.activity, mechanism=mechanism)
        self.writes[Transfer].new.append(transfer)
        return transfer

    def word(self, transfer: Transfer, label: str, position: int) -> None:
        wording = "" if label == transfer.mechanism.label else label
        for name, value in (("position", position), ("wording", wording)):
            if getattr(transfer, name) != value:
                setattr(transfer, name, value)
                self.writes[Transfer].change(transfer, name)

    def named_twice(self, entry: EntryPlan, wanted: Sequence[str], label: str, other: str) -> Problem:
        basis = entry.activity.legal_basis
        ground = legal_ground(basis.label if basis else "", wanted)
        params = {"mechanism": shown(label), "other": shown(other), "ground": shown(ground)}
        return Problem(entry.line, "same_mechanism", params, "legal_ground")

    def mechanism(self, label: str) -> TransferMechanism:
        """What the register calls so, else what the catalogue does; an unknown wording becomes a mechanism that is
        unclassified and covers nothing."""
        return (
            self.wordings.named(label)
            or self.catalogued(label)
            or self.new_mechanism({"label": label, "code": slugify(label)[:50] or "mechanism"})
        )

    def catalogued(self, label: str) -> TransferMechanism | None:
        code = code_of(label)
        if code is None or unique_key(label) in self.wordings.taken_away:
            return None
        values = {name: value for name, value in by_code()[code].items() if name != "replaced_by"}
        return self.wordings.catalogued(code) or self.new_mechanism(values)

    def new_mechanism(self, values: Mapping[str, Any]) -> TransferMechanism:
        code = free_code(values["code"], self.wordings.by_code)
        mechanism = self.made(TransferMechanism(**{**values, "code": code}), *values)
        self.wordings.add(mechanism)
        self.writes[TransferMechanism].new.append(mechanism)
        return mechanism

    def made[Entry: Tracked](self, entry: Entry, *names: str) -> Entry:
        """Marks fields as given by the file."""
        self.unchecked.setdefault(id(entry), set()).update(names)
        return entry

    def check(self, entry: EntryPlan, target: Tracked) -> None:
        """Validates what the file gave, without a query. References were looked up; constraints are the database's."""
        for name in self.unchecked.pop(id(target), ()):
            field = field_of(target, name)
            value = getattr(target, field.attname)
            if isinstance(field, ForeignKey) or (field.blank and value in field.empty_values):
                continue
            try:
                field.clean(value, target)
            except ValidationError as error:
                params = {"column": label_of(target, name), "why": " ".join(error.messages)}
                self.problems.append(Problem(entry.line, "invalid_value", params, name))

    def place(self, entries: list[EntryPlan], incoming: Incoming) -> None:
        if incoming.document is None:
            self.append(entry for entry in entries if entry.is_new and entry.activity.position <= 0)
            return
        pages = {page[0].line for page in incoming.document.pages[1:]}
        for index, entry in enumerate(entries):
            if index:
                self.set(entry, entry.activity, "starts_page", entry.line in pages)
            elif entry.is_new:
                entry.activity.starts_page = True
        order = self.in_order([entry.activity for entry in entries])
        by_activity = {id(entry.activity): entry for entry in entries}
        places = [None if activity._state.adding else (activity.position, activity.pk) for activity in order]
        for activity, position in zip(order, positions(places), strict=True):
            entry = by_activity.get(id(activity), EntryPlan(0, activity, is_new=False))
            self.set(entry, activity, "position", position)

    def append(self, entries: Iterable[EntryPlan]) -> None:
        position = ProcessingActivity.objects.next_position()
        for offset, entry in enumerate(entries):
            entry.activity.position = position + offset * POSITION_STEP

    def in_order(self, listed: list[ProcessingActivity]) -> list[ProcessingActivity]:
        """The file's order, with every entry that is not in the file behind the one it stood behind."""
        known = {id(activity) for activity in listed}
        behind: dict[int | None, list[ProcessingActivity]] = {}
        last: int | None = None
        for activity in sorted(self.activities.values(), key=lambda a: (a.position, a.pk)):
            if id(activity) in known:
                last = id(activity)
            else:
                behind.setdefault(last, []).append(activity)
        order = list(behind.get(None, []))
        for activity in listed:
            order += [activity, *behind.get(id(activity), [])]
        return order

    def texts(self, incoming: Incoming) -> tuple[DocumentText | None, list[FieldChange]]:
        document = incoming.document
        if document is None:
            return None, []
        text, changes = DocumentText.load(), []
        for name in ("title", "dated", "heading", "introduction", "closing"):
            before, after = getattr(text, name), getattr(document, name)
            if before != after:
                setattr(text, name, after)
                changes.append(FieldChange(label_of(text, name), str(before or ""), str(after or "")))
        return (text if changes else None), changes


def blank[Entry: Tracked](model: type[Entry]) -> Entry:
    """A new entry with the defaults of its fields. Given by place, they cost Django a third of the time."""
    return model(*defaults_of(model))


@cache
def defaults_of(model: type[Tracked]) -> Sequence[Any]:
    return [field.get_default() for field in model._meta.concrete_fields]


def field_of(entry: Model, name: str) -> Field[Any, Any]:
    field: Any = entry._meta.get_field(name)
    return field


def label_of(entry: Model, name: str) -> str:
    return str(field_of(entry, name).verbose_name).capitalize()


def as_label(text: str) -> str:
    """A label as the register holds it."""
    return field_of(LegalBasis(), "label").to_python(text)


def free_code(stem: str, taken: Container[str]) -> str:
    return next(code for code in candidates(stem) if code not in taken)


def candidates(stem: str) -> Iterator[str]:
    yield stem
    number = 2
    while True:
        yield f"{stem}-{number}"
        number += 1
