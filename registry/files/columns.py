"""The columns of the register in tables (xlsx, csv, tsv, ods, json), said once: headings, how a value becomes a cell,
and how a cell becomes a value again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import F
from django.utils.translation import pgettext_lazy

from registry.core import languages
from registry.core.order import InOrderOfNames, in_order_of_names
from registry.core.text import text_key
from registry.document import legal_ground
from registry.files.batches import Batch
from registry.files.cell_types import COUNTRY, DAY, NUMBER, PERSON, TEXT, VENDOR, YES_NO, CellType, choice
from registry.files.formats.cells import Cell
from registry.files.nested import AGREEMENT_LINES, TRANSFER_LINES, agreement_lines, agreements_in_order, transfer_lines
from registry.law.wording import VERDICT_NAMES, explain_verdict
from registry.models import Role, SpecialCategories, Status


@dataclass(frozen=True, eq=False)
class Column:
    key: str
    #: Its heading, in the language in which it is read.
    label: Any
    field: str = ""
    of_vendor: bool = False
    kind: CellType = TEXT
    width: int = 20
    #: From an activity to the value, where it is not the field; ``beside`` makes of it, and of the activity, what the
    #: cell says.
    at: str = ""
    beside: Callable[[Batch, int, Any], Any] | None = None
    #: What rows are ordered by, where it is not the value.
    order: str | InOrderOfNames = ""

    @property
    def heading(self) -> str:
        return str(self.label)

    @property
    def sorts_by(self) -> InOrderOfNames | F:
        """The expression that rows are ordered by."""
        if not self.order and self.kind in (TEXT, PERSON, VENDOR):
            return in_order_of_names(self.path)
        return F(self.order or self.path) if isinstance(self.order, str) else self.order

    @property
    def path(self) -> str:
        return self.at or (f"vendor__{self.field}" if self.of_vendor else self.field)


def legal_ground_cell(beside: Batch, activity: int, basis: str | None) -> str:
    relied = beside.labels(activity) if activity in beside.transfers else ()
    return legal_ground(basis or "", relied) if relied else basis or ""


def agreements_cell(beside: Batch, activity: int, vendor: int) -> Cell:
    recorded = beside.agreements.get(vendor)
    return AGREEMENT_LINES.write(agreement_lines(agreements_in_order(recorded))) if recorded else None


def transfers_cell(beside: Batch, activity: int, key: int) -> Cell:
    recorded = beside.transfers.get(activity)
    return TRANSFER_LINES.write(transfer_lines(recorded)) if recorded else None


def owner_cell(beside: Batch, activity: int, key: int | None) -> str:
    return beside.register.people[key] if key else ""


def verdict_cell(beside: Batch, activity: int, country: str) -> str:
    return str(VERDICT_NAMES[beside.assessment(activity, country).verdict])


def reason_cell(beside: Batch, activity: int, country: str) -> str:
    return explain_verdict(beside.assessment(activity, country))


def open_findings_cell(beside: Batch, activity: int, key: int) -> str:
    return "\n".join(str(rule.title) for rule in beside.open_rules[activity])


#: The document's own, in its order.
DOCUMENT_COLUMNS = (
    Column(
        "vendor",
        pgettext_lazy("column", "Vendor"),
        "vendor",
        width=28,
        at="vendor__name",
        order=in_order_of_names("vendor__name_key"),
    ),
    Column("purpose", pgettext_lazy("column", "Purpose"), "purpose", width=34, order=in_order_of_names("purpose_key")),
    Column("personal_data", pgettext_lazy("column", "Personal data"), "personal_data", width=48),
    Column("country", pgettext_lazy("column", "Country"), "country", width=7),
    Column(
        "legal_ground",
        pgettext_lazy("column", "Legal basis"),
        "legal_ground",
        width=38,
        at="legal_basis__label",
        beside=legal_ground_cell,
        order=in_order_of_names("legal_basis__label"),
    ),
)

AGREEMENT_COLUMN = Column(
    "vendor_agreements",
    pgettext_lazy("column", "Vendor's agreements"),
    of_vendor=True,
    kind=AGREEMENT_LINES,
    width=40,
    at="vendor_id",
    beside=agreements_cell,
)
TRANSFER_COLUMN = Column(
    "transfers", pgettext_lazy("column", "Transfers"), kind=TRANSFER_LINES, width=40, at="pk", beside=transfers_cell
)

DETAIL_COLUMNS = (
    Column("data_subjects", pgettext_lazy("column", "Data subjects"), "data_subjects", width=30),
    Column(
        "special_categories",
        pgettext_lazy("column", "Special categories"),
        "special_categories",
        kind=choice(SpecialCategories, SpecialCategories.NOT_ASSESSED),
    ),
    Column("retention", pgettext_lazy("column", "Retention"), "retention", width=30),
    Column("security_measures", pgettext_lazy("column", "Security measures"), "security_measures", width=30),
    Column("impact_assessment_url", pgettext_lazy("column", "Impact assessment"), "impact_assessment_url"),
    Column("status", pgettext_lazy("column", "Status"), "status", kind=choice(Status, Status.ACTIVE), width=10),
    Column("notes", pgettext_lazy("column", "Notes"), "notes", width=30),
    Column("position", pgettext_lazy("column", "Position"), "position", kind=NUMBER, width=10),
    Column("starts_page", pgettext_lazy("column", "Starts a page"), "starts_page", kind=YES_NO, width=10),
    Column("vendor_legal_name", pgettext_lazy("column", "Vendor's legal name"), "legal_name", True),
    Column("vendor_registration", pgettext_lazy("column", "Registration number"), "registration_number", True),
    Column("vendor_country", pgettext_lazy("column", "Vendor's seat"), "country", True, COUNTRY, 10),
    Column("vendor_role", pgettext_lazy("column", "Vendor's role"), "role", True, choice(Role, Role.NOT_ASSESSED)),
    Column(
        "vendor_status", pgettext_lazy("column", "Vendor's status"), "status", True, choice(Status, Status.ACTIVE), 10
    ),
    Column("vendor_website", pgettext_lazy("column", "Website"), "website", True),
    Column("vendor_contact", pgettext_lazy("column", "Privacy contact"), "privacy_contact", True),
    Column("vendor_started", pgettext_lazy("column", "Started on"), "started_on", True, DAY, 12),
    Column("vendor_ended", pgettext_lazy("column", "Ended on"), "ended_on", True, DAY, 12),
    Column(
        "vendor_review",
        pgettext_lazy("column", "Review interval (months)"),
        "review_interval_months",
        True,
        NUMBER,
        10,
    ),
    Column("vendor_reviewed", pgettext_lazy("column", "Last reviewed on"), "last_reviewed_on", True, DAY, 12),
    Column(
        "vendor_owner",
        pgettext_lazy("column", "Owner"),
        "owner",
        True,
        PERSON,
        at="vendor__owner_id",
        beside=owner_cell,
        order=in_order_of_names("vendor__owner__username"),
    ),
    Column(
        "vendor_engaged_by",
        pgettext_lazy("column", "Engaged by"),
        "engaged_by",
        True,
        VENDOR,
        at="vendor__engaged_by__name",
    ),
    Column(
        "vendor_replaced_by",
        pgettext_lazy("column", "Replaced by"),
        "replaced_by",
        True,
        VENDOR,
        at="vendor__replaced_by__name",
    ),
    Column("vendor_notes", pgettext_lazy("column", "Notes on the vendor"), "notes", True, width=30),
    AGREEMENT_COLUMN,
    TRANSFER_COLUMN,
)

#: What follows from the others by the law of a day. They leave, and are passed over when they come back.
DERIVED_COLUMNS = (
    Column("verdict", pgettext_lazy("column", "Verdict"), width=16, at="country", beside=verdict_cell, order="verdict"),
    Column("why", pgettext_lazy("column", "Reason for the verdict"), width=48, at="country", beside=reason_cell),
    Column("findings", pgettext_lazy("column", "Findings"), width=40, at="pk", beside=open_findings_cell),
)
STORED_COLUMNS = (*DOCUMENT_COLUMNS, *DETAIL_COLUMNS)
COLUMNS_BY_KEY: Mapping[str, Column] = {column.key: column for column in (*STORED_COLUMNS, *DERIVED_COLUMNS)}

DETAILS_BY_KEY: Mapping[str, Column] = {column.key: column for column in DETAIL_COLUMNS}


def columns_by_heading() -> Mapping[str, Column]:
    """Every column by the key of its heading, in each of the languages."""
    return _by_heading(languages.language_codes())


@cache
def _by_heading(codes: tuple[str, ...]) -> Mapping[str, Column]:
    return {text_key(text): column for column in COLUMNS_BY_KEY.values() for text in languages.spellings(column.label)}
