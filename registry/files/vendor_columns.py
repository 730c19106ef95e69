"""The columns of the list of vendors: those of the register that are about the vendor, and what is counted for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from registry.core.order import InOrderOfNames, in_order_of_names
from registry.files.batches import VendorBatch
from registry.files.cell_types import NUMBER
from registry.files.columns import COLUMNS_BY_KEY, Column
from registry.files.formats.cells import Cell
from registry.law.wording import VERDICT_NAMES

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: The orders of columns that are not sorted by their value.
ORDERS: Mapping[str, InOrderOfNames] = {
    "vendor": in_order_of_names("name_key"),
    "vendor_owner": in_order_of_names("owner__username"),
}


#: Shorter headings, where the register has to say that a column is about the vendor.
LABELS: Mapping[str, StrOrPromise] = {
    "vendor_legal_name": pgettext_lazy("column", "Legal name"),
    "vendor_country": pgettext_lazy("column", "Seat"),
    "vendor_role": pgettext_lazy("column", "Role"),
    "vendor_status": pgettext_lazy("column", "Status"),
    "vendor_notes": pgettext_lazy("column", "Notes"),
    "vendor_agreements": pgettext_lazy("column", "Agreements"),
}


def of_vendor(column: Column) -> Column:
    """Return a column of the register as one of the list of vendors, whose rows are vendors."""
    lookup = column.path.removeprefix("vendor__") if column.lookup != "vendor_id" else "pk"
    label = LABELS.get(column.key, column.label)
    return replace(column, lookup=lookup, label=label, order=ORDERS.get(column.key, column.order))


def activity_count_cell(batch: VendorBatch, vendor: int, key: int) -> Cell:
    return len(batch.activities_of_vendors.get(vendor, ()))


def countries_cell(batch: VendorBatch, vendor: int, key: int) -> Cell:
    return ", ".join(dict.fromkeys(country for _key, country in batch.activities_of_vendors.get(vendor, ()) if country))


def vendor_verdict_cell(batch: VendorBatch, vendor: int, key: int) -> Cell:
    verdict = batch.worst_verdicts.get(vendor)
    return "" if verdict is None else str(VERDICT_NAMES[verdict])


def vendor_finding_count_cell(batch: VendorBatch, vendor: int, key: int) -> Cell:
    return len(batch.vendor_rules[vendor]) or None


def findings_cell(batch: VendorBatch, vendor: int, key: int) -> Cell:
    """Return a line for each rule, with the number of findings where there are several."""
    rules = batch.vendor_rules[vendor]
    counts = {rule: rules.count(rule) for rule in dict.fromkeys(rules)}
    return "\n".join(f"{rule.title} ({count})" if count > 1 else str(rule.title) for rule, count in counts.items())


def next_review_cell(batch: VendorBatch, vendor: int, key: int) -> Cell:
    if vendor not in batch.review_days:
        return None
    return batch.review_days[vendor] or _("at once")


def last_change_cell(batch: VendorBatch, vendor: int, key: int) -> Cell:
    return batch.last_changes.get(vendor, "")


COUNTED_COLUMNS = (
    Column(
        "activities",
        pgettext_lazy("column", "Activities"),
        type=NUMBER,
        width=10,
        lookup="pk",
        compute=activity_count_cell,
        order="activity_count",
    ),
    Column("countries", pgettext_lazy("column", "Countries"), width=16, lookup="pk", compute=countries_cell),
    Column(
        "verdict",
        pgettext_lazy("column", "Verdict"),
        width=16,
        lookup="pk",
        compute=vendor_verdict_cell,
        order="verdict",
    ),
    Column(
        "finding_count",
        pgettext_lazy("column", "Open findings"),
        type=NUMBER,
        width=10,
        lookup="pk",
        compute=vendor_finding_count_cell,
    ),
    Column("findings", pgettext_lazy("column", "Findings"), width=40, lookup="pk", compute=findings_cell),
    Column(
        "next_review",
        pgettext_lazy("column", "Next review"),
        width=12,
        lookup="pk",
        compute=next_review_cell,
        order="last_reviewed_on",
    ),
    Column(
        "last_change",
        pgettext_lazy("column", "Last change"),
        width=24,
        lookup="pk",
        compute=last_change_cell,
        order="last_change_set_id",
    ),
)
STORED_VENDOR_COLUMNS = tuple(
    of_vendor(column) for column in COLUMNS_BY_KEY.values() if column.of_vendor or column.key == "vendor"
)
VENDOR_COLUMNS_BY_KEY: Mapping[str, Column] = {
    column.key: column for column in (*STORED_VENDOR_COLUMNS, *COUNTED_COLUMNS)
}
