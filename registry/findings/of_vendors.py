"""The findings of vendors: their own, and those of their activities, which carry those of transfers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from registry.findings.findings import Entry, Finding, findings_by_entry, open_rules
from registry.findings.rules import Rule
from registry.law.transfers import Law
from registry.law.verdicts import Verdict
from registry.models import ProcessingActivity, Status, Vendor

#: Activities whose findings the page of a vendor lists; of the others it gives the number.
LISTED = 25


@dataclass(frozen=True)
class VendorFindings:
    """What the page of a vendor says about it by the law of a day."""

    #: The worst verdict on the activities in the register, None where there are none.
    verdict: Verdict | None
    own: list[Finding]
    #: The activities with findings, in the order of the register, each with its findings.
    of_activities: list[tuple[Entry, list[Finding]]]
    #: How many findings of the vendor and of all its activities nobody has accepted.
    open_count: int
    #: Activities with findings that are not listed.
    further: int
    #: Whether a transfer of an activity outside the register is not covered: a draft, or an ended one.
    uncovered_outside: bool

    @property
    def none(self) -> bool:
        return not self.own and not self.of_activities


def open_rules_of_vendors(activities_of_vendors: dict[int, list[int]], law: Law) -> dict[int, list[Rule]]:
    """Return the rules of the open findings of vendors and of their activities: one for each finding.

    Takes the keys of the activities by the key of their vendor.
    """
    of_activities = [key for keys in activities_of_vendors.values() for key in keys]
    by_activity = open_rules(ProcessingActivity, of_activities, law)
    of_vendors = open_rules(Vendor, activities_of_vendors, law)
    return {
        vendor: of_vendors[vendor] + [rule for activity in activities for rule in by_activity[activity]]
        for vendor, activities in activities_of_vendors.items()
    }


def findings_of_vendor(vendor: int, law: Law) -> VendorFindings:
    """Return the findings of a vendor and of its activities, in a fixed number of queries."""
    activities = ProcessingActivity.objects.filter(vendor=vendor).with_verdict(law).order_by("position", "pk")
    rows = list(activities.values_list("pk", "status", "verdict"))
    rules = open_rules_of_vendors({vendor: [key for key, *_rest in rows]}, law)[vendor]
    of_activities = findings_of_activities([key for key, *_rest in rows], law)
    return VendorFindings(
        verdict=max((Verdict(value) for _key, status, value in rows if status == Status.ACTIVE), default=None),
        own=findings_by_entry(Vendor, [vendor], law)[vendor],
        of_activities=of_activities[:LISTED],
        open_count=len(rules),
        further=max(0, len(of_activities) - LISTED),
        uncovered_outside=any(s != Status.ACTIVE and v == Verdict.NOT_COVERED for _k, s, v in rows),
    )


def findings_of_activities(keys: Iterable[int], law: Law) -> list[tuple[Entry, list[Finding]]]:
    by_key = findings_by_entry(ProcessingActivity, keys, law)
    return [(findings[0].entry, findings) for findings in by_key.values() if findings]
