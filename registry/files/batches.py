"""Related rows for a batch of activities, loaded lazily in a fixed number of queries.

They are plain values: creating model instances would take longer than writing the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import Model
from django.utils import timezone

from registry.core import days
from registry.core.text import text_key
from registry.findings.findings import open_rules
from registry.findings.of_vendors import open_rules_of_vendors
from registry.findings.rules import Rule
from registry.history.change_sets import name_of
from registry.history.state_cache import cached_by_state
from registry.law.transfers import Law
from registry.law.verdicts import ReasonedVerdict, Verdict
from registry.models import (
    Agreement,
    ChangeSet,
    ProcessingActivity,
    Transfer,
    TransferMechanism,
    User,
    Vendor,
    law_on,
)
from registry.models.reviews import due_days


@dataclass(slots=True)
class PlainTransfer:
    """The values of a transfer that columns and verdicts need."""

    mechanism: TransferMechanism | None
    wording: str
    country: str
    recipient_qualifies: str
    checked_on: date | None
    signed_on: date | None
    assessed_on: date | None
    authorised_on: date | None
    processor_adds_data: str
    importer_under_gdpr: str
    evidence_url: str

    @property
    def label(self) -> str:
        return self.wording or (str(self.mechanism.label) if self.mechanism else "")


TRANSFER_FIELDS = tuple(name for name in PlainTransfer.__dataclass_fields__ if name != "mechanism")


class BatchContext:
    """What all batches of an export share."""

    def __init__(self, law: Law | None = None, token: str = "") -> None:
        self._law = law
        #: The token of the export, which the keys of its rows contain.
        self.token = token

    @cached_property
    def law(self) -> Law:
        return self._law or law_on(timezone.localdate())

    @cached_property
    def mechanisms(self) -> dict[int, TransferMechanism]:
        known = self._law.mechanisms if self._law is not None else TransferMechanism.objects.all()
        return {mechanism.pk: mechanism for mechanism in known}

    @cached_property
    def people(self) -> dict[int, str]:
        return {user.pk: name_of(user) for user in User.objects.all()}


class Batch:
    """The related rows of some activities and their vendors, given by primary keys."""

    #: The lookup from an entry to the key of its vendor.
    vendor_path = "vendor_id"

    def __init__(self, context: BatchContext, activities: Sequence[int], vendors: Iterable[int]) -> None:
        self.context = context
        self.activities = activities
        self.vendors = set(vendors)
        self._verdicts: dict[int, ReasonedVerdict] = {}

    @cached_property
    def transfers(self) -> dict[int, list[PlainTransfer]]:
        by_activity: dict[int, list[PlainTransfer]] = {}
        rows = Transfer.objects.filter(activity_id__among=self.activities).order_by("activity_id", "position", "id")
        for activity, mechanism, *facts in rows.values_list("activity_id", "mechanism_id", *TRANSFER_FIELDS):
            by_activity.setdefault(activity, []).append(PlainTransfer(self.context.mechanisms.get(mechanism), *facts))
        return by_activity

    @cached_property
    def agreements(self) -> dict[int, list[Agreement]]:
        by_vendor: dict[int, list[Agreement]] = {}
        for agreement in Agreement.objects.filter(vendor_id__among=self.vendors):
            by_vendor.setdefault(agreement.vendor_id, []).append(agreement)
        return by_vendor

    @cached_property
    def open_rules(self) -> dict[int, list[Rule]]:
        return open_rules(ProcessingActivity, self.activities, self.context.law)

    def verdict(self, activity: int, country: str) -> ReasonedVerdict:
        if activity not in self._verdicts:
            self._verdicts[activity] = self.context.law.verdict_on_activity(country, self.transfers.get(activity, ()))
        return self._verdicts[activity]

    def labels(self, activity: int) -> list[str]:
        return unique_labels(transfer.label for transfer in self.transfers.get(activity, ()))


class VendorBatch(Batch):
    """The related rows of some vendors."""

    vendor_path = "pk"

    def __init__(self, context: BatchContext, vendors: Sequence[int], _vendors: Iterable[int] = ()) -> None:
        super().__init__(context, (), vendors)

    @cached_property
    def activities_of_vendors(self) -> dict[int, list[tuple[int, str]]]:
        """Return key and country of the activities of each vendor."""
        by_vendor: dict[int, list[tuple[int, str]]] = {}
        rows = ProcessingActivity.objects.filter(vendor_id__among=self.vendors).order_by("vendor_id", "country", "pk")
        for vendor, activity, country in rows.values_list("vendor_id", "pk", "country"):
            by_vendor.setdefault(vendor, []).append((activity, country))
        return by_vendor

    @cached_property
    def worst_verdicts(self) -> dict[int, Verdict]:
        """Return the worst verdict on the activities in the register, for the vendors that have any."""
        vendors = Vendor.objects.filter(pk__among=self.vendors).with_verdict(self.context.law).order_by()
        found = vendors.exclude(verdict=None).values_list("pk", "verdict")
        return {vendor: Verdict(value) for vendor, value in found}

    @cached_property
    def vendor_rules(self) -> dict[int, list[Rule]]:
        """Return the rules of the open findings of each vendor and of its activities: one for each finding."""
        activities = self.activities_of_vendors
        keys = {vendor: [key for key, _country in activities.get(vendor, ())] for vendor in self.vendors}
        return open_rules_of_vendors(keys, self.context.law)

    @cached_property
    def review_days(self) -> Mapping[int, date | None]:
        return due_days()

    @cached_property
    def last_changes(self) -> dict[int, str]:
        """Return when each vendor, or anything that belongs to it, was last changed, and by whom."""
        newest = newest_changes_of_vendors(tuple(sorted(self.vendors)))
        texts = {each: described_change(each) for each in set(newest.values())}
        return {vendor: texts[each] for vendor, each in newest.items()}


@cached_by_state
def newest_changes_of_vendors(vendors: tuple[int, ...]) -> Mapping[int, ChangeSet]:
    """Return by vendor the newest change set of the vendor, or of anything that belongs to it."""
    rows = Vendor.objects.filter(pk__among=list(vendors)).with_last_change().order_by()
    keys = dict(rows.values_list("pk", "last_change_set_id"))
    change_sets = ChangeSet.objects.in_bulk(set(keys.values()))
    return {vendor: change_sets[key] for vendor, key in keys.items() if key in change_sets}


def described_change(change: ChangeSet) -> str:
    return f"{days.local_minute(change.created_at)}\n{change.user_name or change.get_source_display()}"


#: How the related rows of a batch are loaded, by the model of its entries.
BATCH_TYPES: Mapping[type[Model], type[Batch]] = {ProcessingActivity: Batch, Vendor: VendorBatch}


def unique_labels(labels: Iterable[str]) -> list[str]:
    """Return the first spelling of each label, in order: one mechanism may be used for several countries.

    Transfers without a mechanism have no label.
    """
    first: dict[str, str] = {}
    for label in filter(None, labels):
        first.setdefault(text_key(label), label)
    return list(first.values())
