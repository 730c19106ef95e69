"""What ending vendors changes, why it cannot be done, and writing it as one batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Model, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registry.core.text import unique_key
from registry.models import ProcessingActivity, Status, Vendor


class ActivityOutcome(TextChoices):
    """What becomes of the activities of a vendor that ends."""

    END = "end", gettext_lazy("end them on the same day")
    MOVE = "move", gettext_lazy("move them to the successor")
    KEEP = "keep", gettext_lazy("keep them, and say why")


@dataclass
class Ending:
    """The end of one vendor. What is empty stays as it is recorded."""

    vendor: Vendor
    ended_on: date
    #: None where the vendor has no activities that go on.
    outcome: ActivityOutcome | None
    successor: Vendor | None = None
    data_returned_on: date | None = None
    data_return_url: str = ""
    activities: Sequence[ProcessingActivity] = ()


@dataclass
class EndedNumbers:
    """What was done, by kind."""

    vendors: int = 0
    activities: dict[ActivityOutcome, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join(self.sentences())

    def sentences(self) -> Iterator[str]:
        if self.vendors:
            text = ngettext("%(count)s vendor was ended.", "%(count)s vendors were ended.", self.vendors)
            yield text % {"count": self.vendors}
        counts = {outcome: self.activities.get(outcome, 0) for outcome in ActivityOutcome}
        texts = {
            ActivityOutcome.END: ngettext(
                "%(count)s activity ended.", "%(count)s activities ended.", counts[ActivityOutcome.END]
            ),
            ActivityOutcome.MOVE: ngettext(
                "%(count)s activity was moved to the successor.",
                "%(count)s activities were moved to the successor.",
                counts[ActivityOutcome.MOVE],
            ),
            ActivityOutcome.KEEP: ngettext(
                "%(count)s activity goes on.", "%(count)s activities go on.", counts[ActivityOutcome.KEEP]
            ),
        }
        for outcome, text in texts.items():
            if counts[outcome]:
                yield text % {"count": counts[outcome]}


def activities_going_on(vendors: Collection[int]) -> dict[int, list[ProcessingActivity]]:
    """Return the activities of vendors that are not ended, by the key of their vendor, in one query."""
    by_vendor: defaultdict[int, list[ProcessingActivity]] = defaultdict(list)
    rows = ProcessingActivity.objects.filter(vendor__among=vendors).exclude(status=Status.ENDED)
    for activity in rows.select_related("vendor").order_by("position", "pk"):
        by_vendor[activity.vendor_id].append(activity)
    return dict(by_vendor)


def problems(endings: Sequence[Ending]) -> dict[int, list[str]]:
    """Return why vendors cannot be ended like this, by their keys, in a fixed number of queries."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    ended = {each.vendor.pk for each in endings}
    for day in {each.ended_on for each in endings}:
        keys = [each.vendor.pk for each in endings if each.ended_on == day]
        rows = Vendor.objects.filter(pk__among=keys)
        for key, why in rows.constraint_violations({"status": Status.ENDED, "ended_on": day}).items():
            found[key].append(why)
    for each in endings:
        if each.successor is None:
            if each.outcome == ActivityOutcome.MOVE:
                found[each.vendor.pk].append(_("Choose the successor that its activities move to."))
        elif each.successor.pk in ended or each.successor.status == Status.ENDED:
            words = {"successor": each.successor}
            found[each.vendor.pk].append(_("The successor %(successor)s ends too, or has ended.") % words)
    moves = [(each.vendor, each.successor, each.activities) for each in endings if each.outcome == ActivityOutcome.MOVE]
    purposes = ((vendor.pk, to, each.purpose) for vendor, to, activities in moves if to for each in activities)
    for vendor, why in collisions(purposes):
        found[vendor].append(why)
    return found


def collisions(moves: Iterable[tuple[int, Vendor, str]]) -> Iterator[tuple[int, str]]:
    """Yield the key of the vendor and the reason for each purpose that its successor has already.

    Takes key of the vendor, successor and purpose of each activity that moves.
    """
    moves = list(moves)
    rows = ProcessingActivity.objects.filter(vendor__among=list({to.pk for _vendor, to, _purpose in moves}))
    taken = set(rows.order_by().values_list("vendor_id", "purpose_key"))
    for vendor, successor, purpose in moves:
        key = (successor.pk, unique_key(purpose))
        if key in taken:
            words = {"successor": successor, "purpose": purpose}
            yield vendor, _("%(successor)s would have two activities with the purpose “%(purpose)s”.") % words
        taken.add(key)


def end_vendors(endings: Sequence[Ending]) -> EndedNumbers:
    """Write the vendors and their activities, in the open change set, and return what was done."""
    for each in endings:
        each.vendor.status, each.vendor.ended_on = Status.ENDED, each.ended_on
        each.vendor.replaced_by = each.successor or each.vendor.replaced_by
        each.vendor.data_returned_on = each.data_returned_on or each.vendor.data_returned_on
        each.vendor.data_return_url = each.data_return_url or each.vendor.data_return_url
    fields = ("status", "ended_on", "replaced_by", "data_returned_on", "data_return_url")
    vendors = Vendor.objects.bulk_update([each.vendor for each in endings], fields)
    return EndedNumbers(vendors, write_outcomes(endings))


def write_outcomes(endings: Iterable[Ending]) -> dict[ActivityOutcome, int]:
    """Write what becomes of the activities, and return how many there are of each kind."""
    by_outcome: defaultdict[ActivityOutcome, list[ProcessingActivity]] = defaultdict(list)
    for each in endings:
        if each.outcome is not None:
            by_outcome[each.outcome] += each.activities
        if each.outcome == ActivityOutcome.MOVE and each.successor is not None:
            for activity in each.activities:
                activity.vendor = each.successor
    activities: Any = ProcessingActivity.objects
    activities.bulk_set(by_outcome[ActivityOutcome.END], {"status": Status.ENDED})
    activities.bulk_update(by_outcome[ActivityOutcome.MOVE], ["vendor"])
    return {outcome: len(entries) for outcome, entries in by_outcome.items()}


def unasked_endings(model: type[Model], ending: Collection[int]) -> dict[int, str]:
    """Return by key why entries cannot be ended where nobody is asked about their activities, in one query at most."""
    if model is not Vendor or not ending:
        return {}
    why = _("It has activities. “End selected vendors” in the list of vendors asks what becomes of them.")
    return dict.fromkeys(activities_going_on(ending), why)
