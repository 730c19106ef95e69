"""What an import would do, worked out once against the whole register. ``plan(incoming)`` reads and writes nothing; the
plan is applied inside the change set that is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

from django.core.exceptions import ValidationError

from registry.core.progress import COMPARING, with_progress
from registry.core.text import unique_key
from registry.document import DocumentProblems, Problem
from registry.files.cell_types import PERSON, VENDOR
from registry.files.columns import AGREEMENT_COLUMN, TRANSFER_COLUMN, Column
from registry.files.import_rows import ImportContent, ImportRow
from registry.files.importing.agreements import AgreementImport
from registry.files.importing.change_collector import ChangeCollector, label_of, new_entry, with_shared_choices
from registry.files.importing.legal_grounds import LegalGroundImport
from registry.files.importing.plan import EntryPlan, ImportPlan
from registry.files.importing.positions import positions
from registry.files.importing.references import ReferenceImport
from registry.history.field_changes import FieldChange
from registry.history.keyset import in_pages
from registry.models import DocumentText, ProcessingActivity, Status, Vendor
from registry.models.activities import POSITION_STEP

ActivityKey = tuple[str, str]


def plan_import(incoming: ImportContent, *, to_be_shown: bool = False) -> ImportPlan:
    """Takes the rows from ``incoming``. Raises ``DocumentProblems`` where the register cannot take what it says."""
    return ImportPlanner(to_be_shown).plan(incoming)


class ImportPlanner:
    def __init__(self, to_be_shown: bool) -> None:
        """Each vendor, legal basis and mechanism is held once, whatever refers to it: the whole register has to fit."""
        self.to_be_shown = to_be_shown
        vendors = {vendor.pk: vendor for vendor in with_shared_choices(Vendor, in_pages(Vendor.objects.all(), "id"))}
        self.vendors: dict[str, Vendor] = {}
        keys = {pk: unique_key(vendor.name) for pk, vendor in vendors.items()}
        for pk, vendor in vendors.items():  # of two that are there already, the one that was there first
            self.vendors.setdefault(keys[pk], vendor)
        self.draft = ChangeCollector()
        self.grounds = LegalGroundImport(self.draft)
        self.agreements = AgreementImport(self.draft)
        self.references = ReferenceImport(self.draft, self.vendors)
        self.activities: dict[ActivityKey, ProcessingActivity] = {}
        activities = with_shared_choices(ProcessingActivity, in_pages(ProcessingActivity.objects.all(), "id"))
        for activity in sorted(activities, key=attrgetter("position", "pk")):
            activity.vendor = vendors[activity.vendor_id]
            activity.legal_basis = self.grounds.by_id.get(activity.legal_basis_id or 0)
            self.activities.setdefault((keys[activity.vendor_id], unique_key(activity.purpose)), activity)

    def plan(self, incoming: ImportContent) -> ImportPlan:
        entries = [self.entry(row) for row in with_progress(COMPARING, incoming.taken(), len(incoming.rows))]
        listed = {id(entry.activity) for entry in entries}
        missing = [a for a in self.activities.values() if id(a) not in listed and a.status == Status.ACTIVE]
        self.references.resolve()
        self.place(entries, incoming)
        text, texts = self.texts(incoming)
        if self.draft.problems:
            raise DocumentProblems(self.draft.problems)
        touched = [entry for entry in entries if entry.is_new or entry.changes]
        return ImportPlan(
            touched,
            len(entries) - len(touched),
            missing,
            texts,
            text,
            self.draft.writes,
            incoming.ignored,
            list(self.grounds.recognised),
        )

    def entry(self, incoming: ImportRow) -> EntryPlan:
        row = incoming.row
        vendor, vendor_is_new = self.vendor(row.vendor)
        key = (unique_key(row.vendor), unique_key(row.purpose))
        activity = self.activities.get(key)
        is_new = activity is None
        if activity is None:
            activity = self.draft.made(new_entry(ProcessingActivity), "purpose")
            activity.vendor, activity.purpose = vendor, row.purpose
            self.draft.writes[ProcessingActivity].new.append(activity)
        entry = EntryPlan(row.line, activity, is_new)
        if is_new and self.to_be_shown:
            entry.says = incoming
        if not vendor_is_new:
            self.draft.set(entry, vendor, "name", row.vendor)
        self.draft.set(entry, activity, "purpose", row.purpose)
        self.draft.set(entry, activity, "personal_data", row.personal_data)
        self.draft.set(entry, activity, "country", row.country)
        details = incoming.details
        self.grounds.rely(entry, row.legal_basis, row.mechanisms, details.get(TRANSFER_COLUMN))
        self.details(entry, details)
        if entry.is_new or entry.changes:
            self.draft.check(entry, activity)
            self.draft.check(entry, activity.vendor)
        return entry

    def vendor(self, name: str) -> tuple[Vendor, bool]:
        key = unique_key(name)
        known = self.vendors.get(key)
        if known is not None:
            return known, known.pk is None
        vendor = self.draft.made(new_entry(Vendor), "name")
        vendor.name, vendor.name_key = name, key
        self.vendors[key] = vendor
        self.draft.writes[Vendor].new.append(vendor)
        return vendor, True

    def details(self, entry: EntryPlan, details: Mapping[Column, Any]) -> None:
        activity = entry.activity
        for column, value in details.items():
            if column is AGREEMENT_COLUMN:
                self.agreements.sign(entry, activity.vendor, value)
            elif column.kind in (PERSON, VENDOR):
                self.references.refer(entry, activity.vendor, column, value)
            elif column is not TRANSFER_COLUMN and not (column.key == "position" and value is None):
                self.draft.set(entry, activity.vendor if column.of_vendor else activity, column.field, value, column)
        if not any(column.key == "status" for column in details):
            self.draft.set(entry, activity, "status", Status.ACTIVE)

    def place(self, entries: list[EntryPlan], incoming: ImportContent) -> None:
        if incoming.document is None:
            self.append(entry for entry in entries if entry.is_new and entry.activity.position <= 0)
            return
        pages = {page[0].line for page in incoming.document.pages[1:]}
        for index, entry in enumerate(entries):
            if index:
                self.draft.set(entry, entry.activity, "starts_page", entry.line in pages)
            elif entry.is_new:
                entry.activity.starts_page = True
        order = self.in_order([entry.activity for entry in entries])
        by_activity = {id(entry.activity): entry for entry in entries}
        places = [None if activity._state.adding else (activity.position, activity.pk) for activity in order]
        for activity, position in zip(order, positions(places), strict=True):
            entry = by_activity.get(id(activity), EntryPlan(0, activity, is_new=False))
            self.draft.set(entry, activity, "position", position)

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

    def texts(self, incoming: ImportContent) -> tuple[DocumentText | None, list[FieldChange]]:
        document = incoming.document
        if document is None:
            return None, []
        text, changes = DocumentText.load(), []
        for name in ("title", "dated", "heading", "introduction", "closing"):
            before, after = getattr(text, name), getattr(document, name)
            if before != after:
                setattr(text, name, after)
                changes.append(FieldChange(label_of(text, name), str(before or ""), str(after or "")))
        if changes:
            self.check_texts(text)
        return (text if changes else None), changes

    def check_texts(self, text: DocumentText) -> None:
        try:
            text.clean_fields()
        except ValidationError as error:
            for name, why in error.message_dict.items():
                params = {"column": label_of(text, name), "why": " ".join(why)}
                self.draft.problems.append(Problem(1, "invalid_value", params, name))
