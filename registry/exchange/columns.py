"""The columns of the register in tables (xlsx, csv, tsv, ods, json), said once: headings, how a value becomes a cell,
and how a cell becomes a value again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import translation

from registry.document import HEADINGS, legal_ground
from registry.exchange.beside import Beside
from registry.exchange.cells import Cell
from registry.exchange.facts import AGREEMENTS, TRANSFERS, agreement_lines, in_order, transfer_lines
from registry.exchange.kinds import COUNTRY, DAY, NUMBER, PERSON, TEXT, VENDOR, YES_NO, Kind, choice
from registry.models import Role, SpecialCategories, Status
from registry.text import text_key
from registry.verdicts import NAMES, why


@dataclass(frozen=True, eq=False)
class Column:
    key: str
    sv: str
    en: str
    field: str = ""
    of_vendor: bool = False
    kind: Kind = TEXT
    width: int = 20
    #: From an activity to the value, where it is not the field; ``beside`` makes of it, and of the activity, what the
    #: cell says.
    at: str = ""
    beside: Callable[[Beside, int, Any], Any] | None = None
    #: What rows are ordered by, where it is not the value.
    order: str = ""

    @property
    def heading(self) -> str:
        return self.sv if (translation.get_language() or "sv").startswith("sv") else self.en

    @property
    def path(self) -> str:
        return self.at or (f"vendor__{self.field}" if self.of_vendor else self.field)


def ground(beside: Beside, activity: int, basis: str | None) -> str:
    relied = beside.labels(activity) if activity in beside.transfers else ()
    return legal_ground(basis or "", relied) if relied else basis or ""


def agreements(beside: Beside, activity: int, vendor: int) -> Cell:
    recorded = beside.agreements.get(vendor)
    return AGREEMENTS.write(agreement_lines(in_order(recorded))) if recorded else None


def transfers(beside: Beside, activity: int, key: int) -> Cell:
    recorded = beside.transfers.get(activity)
    return TRANSFERS.write(transfer_lines(recorded)) if recorded else None


def owner(beside: Beside, activity: int, key: int | None) -> str:
    return beside.register.people[key] if key else ""


def verdict(beside: Beside, activity: int, country: str) -> str:
    return str(NAMES[beside.assessment(activity, country).verdict])


def reason(beside: Beside, activity: int, country: str) -> str:
    return why(beside.assessment(activity, country))


def open_findings(beside: Beside, activity: int, key: int) -> str:
    return "\n".join(str(rule.title) for rule in beside.open_rules[activity])


#: The document's own, in its order.
OWN = tuple(
    Column(key, HEADINGS[key].sv, HEADINGS[key].en, key, width=width, at=at, beside=beside, order=order)
    for key, width, at, beside, order in (
        ("vendor", 28, "vendor__name", None, "vendor__name_key"),
        ("purpose", 34, "", None, "purpose_key"),
        ("personal_data", 48, "", None, ""),
        ("country", 7, "", None, ""),
        ("legal_ground", 38, "legal_basis__label", ground, "legal_basis__label"),
    )
)

AGREEMENT_COLUMN = Column(
    "vendor_agreements",
    "Leverantörens avtal",
    "Vendor's agreements",
    of_vendor=True,
    kind=AGREEMENTS,
    width=40,
    at="vendor_id",
    beside=agreements,
)
TRANSFER_COLUMN = Column("transfers", "Överföringar", "Transfers", kind=TRANSFERS, width=40, at="pk", beside=transfers)

DETAILS = (
    Column("data_subjects", "Registrerade", "Data subjects", "data_subjects", width=30),
    Column(
        "special_categories",
        "Känsliga personuppgifter",
        "Special categories",
        "special_categories",
        kind=choice(SpecialCategories, SpecialCategories.NOT_ASSESSED),
    ),
    Column("retention", "Lagringstid", "Retention", "retention", width=30),
    Column("security_measures", "Säkerhetsåtgärder", "Security measures", "security_measures", width=30),
    Column("impact_assessment_url", "Konsekvensbedömning", "Impact assessment", "impact_assessment_url"),
    Column("status", "Status", "Status", "status", kind=choice(Status, Status.ACTIVE), width=10),
    Column("notes", "Anteckningar", "Notes", "notes", width=30),
    Column("position", "Position", "Position", "position", kind=NUMBER, width=10),
    Column("starts_page", "Ny sida", "Starts a page", "starts_page", kind=YES_NO, width=10),
    Column("vendor_legal_name", "Leverantörens juridiska namn", "Vendor's legal name", "legal_name", True),
    Column("vendor_registration", "Organisationsnummer", "Registration number", "registration_number", True),
    Column("vendor_country", "Leverantörens säte", "Vendor's seat", "country", True, COUNTRY, 10),
    Column("vendor_role", "Leverantörens roll", "Vendor's role", "role", True, choice(Role, Role.NOT_ASSESSED)),
    Column(
        "vendor_status", "Leverantörens status", "Vendor's status", "status", True, choice(Status, Status.ACTIVE), 10
    ),
    Column("vendor_website", "Webbplats", "Website", "website", True),
    Column("vendor_contact", "Dataskyddskontakt", "Privacy contact", "privacy_contact", True),
    Column("vendor_started", "Anlitad från", "Started on", "started_on", True, DAY, 12),
    Column("vendor_ended", "Anlitad till", "Ended on", "ended_on", True, DAY, 12),
    Column(
        "vendor_review",
        "Granskas var (månader)",
        "Review interval (months)",
        "review_interval_months",
        True,
        NUMBER,
        10,
    ),
    Column("vendor_reviewed", "Senast granskad", "Last reviewed on", "last_reviewed_on", True, DAY, 12),
    Column(
        "vendor_owner",
        "Ägare",
        "Owner",
        "owner",
        True,
        PERSON,
        at="vendor__owner_id",
        beside=owner,
        order="vendor__owner__username",
    ),
    Column("vendor_engaged_by", "Anlitas av", "Engaged by", "engaged_by", True, VENDOR, at="vendor__engaged_by__name"),
    Column(
        "vendor_replaced_by", "Ersatt av", "Replaced by", "replaced_by", True, VENDOR, at="vendor__replaced_by__name"
    ),
    Column("vendor_notes", "Anteckningar om leverantören", "Notes on the vendor", "notes", True, width=30),
    AGREEMENT_COLUMN,
    TRANSFER_COLUMN,
)

#: What follows from the others by the law of a day. They leave, and are passed over when they come back.
DERIVED = (
    Column("verdict", "Bedömning", "Verdict", width=16, at="country", beside=verdict, order="verdict"),
    Column("why", "Skäl till bedömningen", "Reason for the verdict", width=48, at="country", beside=reason),
    Column("findings", "Anmärkningar", "Findings", width=40, at="pk", beside=open_findings),
)
STORED = (*OWN, *DETAILS)
COLUMNS: Mapping[str, Column] = {column.key: column for column in (*STORED, *DERIVED)}

BY_KEY: Mapping[str, Column] = {column.key: column for column in DETAILS}
BY_HEADING: Mapping[str, Column] = {
    text_key(text): column for column in (*DETAILS, *DERIVED) for text in (column.sv, column.en)
}
