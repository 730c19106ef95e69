"""Planning an import against the whole register.

``plan_import()`` writes nothing; the plan is applied later, inside an open change set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from operator import attrgetter

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from registry.core.progress import COMPARING, with_progress
from registry.core.text import unique_key
from registry.document import DocumentProblems, Problem
from registry.files.cell_types import PERSON, VENDOR
from registry.files.columns import AGREEMENT_COLUMN, TRANSFER_COLUMN
from registry.files.import_content import ImportContent, ImportRow
from registry.files.importing.additions import completed
from registry.files.importing.agreements import AgreementImport
from registry.files.importing.change_collector import ChangeCollector, label_of, new_entry, with_shared_choices
from registry.files.importing.legal_grounds import LegalGroundImport
from registry.files.importing.plan import EntryPlan, ImportPlan
from registry.files.importing.positions import positions
from registry.files.importing.references import ReferenceImport
from registry.files.importing.three_way import StateComparison, compare_with_states
from registry.files.importing.vendor_names import OtherNames
from registry.history.field_changes import FieldChange
from registry.history.keyset import in_pages
from registry.models import DocumentText, ProcessingActivity, Status, Vendor
from registry.models.activities import POSITION_STEP

ActivityKey = tuple[str, str]


def plan_import(
    content: ImportContent,
    *,
    for_preview: bool = False,
    choices: Mapping[str, str] | None = None,
    otherwise: str = "",
) -> ImportPlan:
    """Return the plan, consuming the rows of the content.

    A file that left the register is compared with the state that it left: see ``three_way`` for ``choices`` and
    ``otherwise``. Raises ``DocumentProblems`` if it cannot be imported, and ``OpenConflicts``.
    """
    comparison = compare_with_states(content, choices or {}, otherwise)
    if comparison is not None:
        content = replace(content, rows=comparison.rows)
    return ImportPlanner(for_preview, comparison).plan(content)


class ImportPlanner:
    """Compares rows with the register, and collects the changes."""

    def __init__(self, for_preview: bool, comparison: StateComparison | None = None) -> None:
        """Read the register. Each vendor, legal basis and mechanism is one object, so that all fit in memory."""
        self.for_preview, self.comparison = for_preview, comparison
        self.of_others = False
        vendors = {vendor.pk: vendor for vendor in with_shared_choices(Vendor, in_pages(Vendor.objects.all(), "id"))}
        self.vendors: dict[str, Vendor] = {}
        keys = {pk: unique_key(vendor.name) for pk, vendor in vendors.items()}
        for pk, vendor in vendors.items():  # of duplicates the oldest
            self.vendors.setdefault(keys[pk], vendor)
        for pk, name in comparison.renames.items() if comparison else ():
            self.vendors.setdefault(unique_key(name), vendors[pk])
        self.names = OtherNames(vendors, self.vendors)
        self.collector = ChangeCollector()
        self.grounds = LegalGroundImport(self.collector)
        self.agreements = AgreementImport(self.collector)
        self.references = ReferenceImport(self.collector, self.vendors)
        self.activities: dict[ActivityKey, ProcessingActivity] = {}
        self.activities_by_pk: dict[int, ProcessingActivity] = {}
        activities = with_shared_choices(ProcessingActivity, in_pages(ProcessingActivity.objects.all(), "id"))
        for activity in sorted(activities, key=attrgetter("position", "pk")):
            activity.vendor = vendors[activity.vendor_id]
            activity.legal_basis = self.grounds.by_id.get(activity.legal_basis_id or 0)
            self.activities.setdefault((keys[activity.vendor_id], unique_key(activity.purpose)), activity)
            self.activities_by_pk[activity.pk] = activity

    def plan(self, content: ImportContent) -> ImportPlan:
        self.of_others = content.of_others
        if self.of_others:
            self.references.add_vendor = lambda name: self.vendor(name)[0]
        entries = [self.entry(row) for row in with_progress(COMPARING, content.consume(), len(content.rows))]
        listed = {id(entry.activity) for entry in entries}
        is_empty = not entries and content.document is None
        missing = [] if is_empty else [a for a in self.activities.values() if id(a) not in listed and self.may_end(a)]
        self.refuse_second_names()
        self.refuse_repetitions(entries)
        self.references.resolve()
        self.set_positions(entries, content)
        text, texts = self.document_texts(content)
        if self.collector.problems:
            raise DocumentProblems(self.collector.problems)
        changed = [entry for entry in entries if entry.is_new or entry.changes]
        return ImportPlan(
            changed,
            len(entries) - len(changed),
            missing,
            texts,
            text,
            self.collector.writes,
            content.ignored,
            list(self.grounds.recognised),
            self.comparison,
            list(self.names.used.items()),
            content.matched,
        )

    def may_end(self, activity: ProcessingActivity) -> bool:
        """Return whether an activity that the file does not have may be ended."""
        if self.of_others:
            return False
        may_end = self.comparison.may_end if self.comparison else None
        return activity.status == Status.ACTIVE and (may_end is None or activity.pk in may_end)

    def refuse_second_names(self) -> None:
        for line, name, other in self.comparison.two_names if self.comparison else ():
            why = _("A vendor that is renamed has the new name on all its rows; here it is “%(name)s” and “%(other)s”")
            params = {"column": label_of(Vendor(), "name"), "why": why % {"name": name, "other": other}}
            self.collector.problems.append(Problem(line, "invalid_value", params, "vendor"))

    def refuse_repetitions(self, entries: list[EntryPlan]) -> None:
        """Refuse an activity that gets the vendor and the purpose of another one."""
        if self.comparison is None:
            return
        lines = {id(entry.activity): entry.line for entry in entries}
        first: dict[tuple[int, str], ProcessingActivity] = {}
        new = [entry.activity for entry in entries if entry.is_new]
        for activity in sorted([*self.activities_by_pk.values(), *new], key=lambda each: id(each) in lines):
            key = (id(activity.vendor), unique_key(activity.purpose))
            if first.setdefault(key, activity) is not activity and id(activity) in lines:
                params = {"column": label_of(activity, "purpose"), "why": _("this vendor has this purpose already")}
                self.collector.problems.append(Problem(lines[id(activity)], "invalid_value", params, "purpose"))

    def entry(self, import_row: ImportRow) -> EntryPlan:
        """Collect the changes of one row."""
        row = import_row.row
        vendor, vendor_is_new = self.vendor(row.vendor)
        own_name = self.names.own_key(row.vendor)
        key = (own_name or unique_key(row.vendor), unique_key(row.purpose))
        self.collector.report(self.names.repetitions(vendor, key, import_row))
        activity = self.activities_by_pk.get(import_row.activity or 0) or self.activities.get(key)
        is_new = activity is None
        if activity is None:
            activity = self.collector.mark(new_entry(ProcessingActivity), "purpose")
            activity.vendor, activity.purpose = vendor, row.purpose
            self.collector.writes[ProcessingActivity].new.append(activity)
        entry = EntryPlan(row.line, activity, is_new)
        if is_new and self.for_preview:
            entry.import_row = import_row
        if self.of_others:
            import_row = self.completed(import_row, vendor, activity)
            row = import_row.row
        if not vendor_is_new and own_name is None and not self.of_others:
            self.collector.set(entry, vendor, "name", row.vendor)
        if activity.vendor is not vendor:
            self.collector.set(entry, activity, "vendor", vendor)
        if entry.is_new or not self.of_others:
            self.collector.set(entry, activity, "purpose", row.purpose)
        self.collector.set(entry, activity, "personal_data", row.personal_data)
        self.collector.set(entry, activity, "country", row.country)
        details = import_row.details
        self.grounds.set_legal_ground(entry, row.legal_basis, row.mechanisms, details.get(TRANSFER_COLUMN))
        self.set_details(entry, import_row)
        if entry.is_new or entry.changes:
            self.collector.check(entry, activity)
            self.collector.check(entry, activity.vendor)
        return entry

    def completed(self, import_row: ImportRow, vendor: Vendor, activity: ProcessingActivity) -> ImportRow:
        transfers = self.grounds.transfers_by_activity.get(activity.pk, [])
        return completed(import_row, vendor, activity, transfers, self.agreements.known.get(vendor.pk, ()))

    def vendor(self, name: str) -> tuple[Vendor, bool]:
        key = unique_key(name)
        known = self.vendors.get(key)
        if known is not None:
            return known, known.pk is None
        vendor = self.collector.mark(new_entry(Vendor), "name")
        vendor.name, vendor.name_key = name, key
        self.vendors[key] = vendor
        self.collector.writes[Vendor].new.append(vendor)
        return vendor, True

    def set_details(self, entry: EntryPlan, import_row: ImportRow) -> None:
        details = import_row.details
        activity = entry.activity
        for column, value in details.items():
            if column is AGREEMENT_COLUMN:
                self.agreements.set_agreements(entry, activity.vendor, value)
            elif column.type in (PERSON, VENDOR):
                self.references.add(entry, activity.vendor, column, value)
            elif column is not TRANSFER_COLUMN and not (column.key == "position" and value is None):
                self.collector.set(
                    entry, activity.vendor if column.of_vendor else activity, column.field, value, column
                )
        stays = import_row.activity is not None or (self.of_others and not entry.is_new)
        if not stays and not any(column.key == "status" for column in details):
            self.collector.set(entry, activity, "status", Status.ACTIVE)

    def set_positions(self, entries: list[EntryPlan], content: ImportContent) -> None:
        """Place the entries in the order of a document; new entries of a table come last."""
        if content.document is None:
            self.append(entry for entry in entries if entry.is_new and entry.activity.position <= 0)
            return
        pages = {page[0].line for page in content.document.pages[1:]}
        for index, entry in enumerate(entries):
            if index:
                self.collector.set(entry, entry.activity, "starts_page", entry.line in pages)
            elif entry.is_new:
                entry.activity.starts_page = True
        order = self.in_order([entry.activity for entry in entries])
        by_activity = {id(entry.activity): entry for entry in entries}
        places = [None if activity._state.adding else (activity.position, activity.pk) for activity in order]
        for activity, position in zip(order, positions(places), strict=True):
            entry = by_activity.get(id(activity), EntryPlan(0, activity, is_new=False))
            self.collector.set(entry, activity, "position", position)

    def append(self, entries: Iterable[EntryPlan]) -> None:
        position = ProcessingActivity.objects.next_position()
        for offset, entry in enumerate(entries):
            entry.activity.position = position + offset * POSITION_STEP

    def in_order(self, listed: list[ProcessingActivity]) -> list[ProcessingActivity]:
        """Return the activities in the order of the file; those not in the file stay behind their predecessor."""
        listed_ids = {id(activity) for activity in listed}
        followers: dict[int | None, list[ProcessingActivity]] = {}
        last: int | None = None
        for activity in sorted(self.activities.values(), key=lambda a: (a.position, a.pk)):
            if id(activity) in listed_ids:
                last = id(activity)
            else:
                followers.setdefault(last, []).append(activity)
        order = list(followers.get(None, []))
        for activity in listed:
            order += [activity, *followers.get(id(activity), [])]
        return order

    def document_texts(self, content: ImportContent) -> tuple[DocumentText | None, list[FieldChange]]:
        """Return the texts of the document to save, if they change, and the changes."""
        document = content.document
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
                self.collector.problems.append(Problem(1, "invalid_value", params, name))
