"""What is recorded besides the rows of a batch, and what follows from it: plain values, read when a column asks for
them, in a fixed number of queries. Making models of them would take longer than writing the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.utils import timezone

from registry.core.text import text_key
from registry.findings.findings import open_rules
from registry.findings.rules import Rule
from registry.history.change_sets import name_of
from registry.law.transfers import Law
from registry.law.verdicts import ReasonedVerdict
from registry.models import Agreement, ProcessingActivity, Transfer, TransferMechanism, User, law_on


@dataclass(slots=True)
class PlainTransfer:
    """A transfer, as far as columns and verdicts speak of it."""

    mechanism: Any
    wording: str
    country: str
    recipient_qualifies: str
    checked_on: date | None
    signed_on: date | None
    assessed_on: date | None
    permitted_on: date | None
    evidence_url: str

    @property
    def label(self) -> str:
        return self.wording or str(self.mechanism.label)


TRANSFER_FIELDS = tuple(name for name in PlainTransfer.__dataclass_fields__ if name != "mechanism")


class BatchContext:
    """What all batches share."""

    def __init__(self, law: Law | None = None) -> None:
        self._law = law

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
    def __init__(self, register: BatchContext, activities: Sequence[int], vendors: Iterable[int]) -> None:
        self.register = register
        self.activities = activities
        self.vendors = set(vendors)
        self.assessed: dict[int, ReasonedVerdict] = {}

    @cached_property
    def transfers(self) -> dict[int, list[PlainTransfer]]:
        found: dict[int, list[PlainTransfer]] = {}
        rows = Transfer.objects.filter(activity_id__among=self.activities).order_by("activity_id", "position", "id")
        for activity, mechanism, *facts in rows.values_list("activity_id", "mechanism_id", *TRANSFER_FIELDS):
            found.setdefault(activity, []).append(PlainTransfer(self.register.mechanisms[mechanism], *facts))
        return found

    @cached_property
    def agreements(self) -> dict[int, list[Agreement]]:
        found: dict[int, list[Agreement]] = {}
        for agreement in Agreement.objects.filter(vendor_id__among=self.vendors):
            found.setdefault(agreement.vendor_id, []).append(agreement)
        return found

    @cached_property
    def open_rules(self) -> dict[int, list[Rule]]:
        return open_rules(ProcessingActivity, self.activities, self.register.law)

    def assessment(self, activity: int, country: str) -> ReasonedVerdict:
        if activity not in self.assessed:
            self.assessed[activity] = self.register.law.verdict_on_activity(country, self.transfers.get(activity, ()))
        return self.assessed[activity]

    def labels(self, activity: int) -> list[str]:
        return unique_labels(transfer.label for transfer in self.transfers.get(activity, ()))


def unique_labels(labels: Iterable[str]) -> list[str]:
    """The first spelling of each, in order: one mechanism may be relied on for several countries."""
    first: dict[str, str] = {}
    for label in labels:
        first.setdefault(text_key(label), label)
    return list(first.values())
