"""The columns of the register in tables (xlsx, csv, tsv, ods, json), said once: headings, how a value becomes a cell,
and how a cell becomes a value again. The document's own five are in ``registry.document``.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import batched
from typing import Any

from django.utils import timezone, translation

from registry.document import HEADINGS
from registry.exchange.facts import AGREEMENTS, TRANSFERS, agreements_of, ground_of, transfers_of
from registry.exchange.kinds import COUNTRY, DAY, NUMBER, PERSON, TEXT, VENDOR, YES_NO, Cell, Kind, choice
from registry.findings import Finding, findings_of
from registry.models import ProcessingActivity, Role, SpecialCategories, Status, TransferMechanism
from registry.text import text_key
from registry.transfers import Law
from registry.verdicts import NAMES, why


@dataclass(frozen=True)
class Column:
    key: str
    sv: str
    en: str
    field: str = ""
    of_vendor: bool = False
    kind: Kind = TEXT
    width: int = 20
    #: What a row says there, where it is no field.
    source: Callable[[Any], Any] | None = None
    #: What the rows are ordered by, where it is not the field.
    order: str = ""

    @property
    def heading(self) -> str:
        return self.sv if (translation.get_language() or "sv").startswith("sv") else self.en

    def value(self, activity: ProcessingActivity) -> Any:
        if self.source is not None:
            return self.source(activity)
        return getattr(activity.vendor if self.of_vendor else activity, self.field)

    def cell(self, activity: ProcessingActivity) -> Cell:
        value = self.value(activity)
        return None if value is None else self.kind.write(value)


#: The document's own, in its order.
OWN = tuple(
    Column(key, HEADINGS[key].sv, HEADINGS[key].en, width=width, source=source, order=order)
    for key, width, source, order in (
        ("vendor", 28, lambda activity: activity.vendor.name, "vendor__name_key"),
        ("purpose", 34, lambda activity: activity.purpose, "purpose_key"),
        ("personal_data", 48, lambda activity: activity.personal_data, "personal_data"),
        ("country", 7, lambda activity: activity.country, "country"),
        ("legal_ground", 38, ground_of, "legal_basis__label"),
    )
)

AGREEMENT_COLUMN = Column(
    "vendor_agreements", "Leverantörens avtal", "Vendor's agreements", "", True, AGREEMENTS, 40, agreements_of
)
TRANSFER_COLUMN = Column("transfers", "Överföringar", "Transfers", "", False, TRANSFERS, 40, transfers_of)

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
    Column("vendor_owner", "Ägare", "Owner", "owner", True, PERSON),
    Column("vendor_engaged_by", "Anlitas av", "Engaged by", "engaged_by", True, VENDOR),
    Column("vendor_replaced_by", "Ersatt av", "Replaced by", "replaced_by", True, VENDOR),
    Column("vendor_notes", "Anteckningar om leverantören", "Notes on the vendor", "notes", True, width=30),
    AGREEMENT_COLUMN,
    TRANSFER_COLUMN,
)

#: What follows from the others by the law of a day. They leave, and are passed over when they come back.
DERIVED = (
    Column(
        "verdict", "Bedömning", "Verdict", source=lambda a: str(NAMES[a.assessment.verdict]), width=16, order="verdict"
    ),
    Column("why", "Skäl till bedömningen", "Reason for the verdict", source=lambda a: why(a.assessment), width=48),
    Column("findings", "Anmärkningar", "Findings", source=lambda a: "\n".join(titles(a.findings)), width=40),
)
STORED = (*OWN, *DETAILS)
COLUMNS: Mapping[str, Column] = {column.key: column for column in (*STORED, *DERIVED)}


def titles(findings: Iterable[Finding]) -> list[str]:
    return [str(finding.rule.title) for finding in findings if finding.is_open]


def judged(activities: Iterable[Any], columns: Container[Column], law: Law | None) -> Iterator[Any]:
    """With what the derived columns among these say."""
    verdicts, findings = any(COLUMNS[key] in columns for key in ("verdict", "why")), COLUMNS["findings"] in columns
    if not (verdicts or findings):
        yield from activities
        return
    law = law or TransferMechanism.objects.law(timezone.localdate())
    for batch in batched(activities, 500):
        found = findings_of(ProcessingActivity, [each.pk for each in batch], law) if findings else {}
        for activity in batch:
            activity.assessment = law.flow(activity.country, activity.transfers.all())
            activity.findings = found.get(activity.pk, [])
            yield activity


BY_KEY: Mapping[str, Column] = {column.key: column for column in DETAILS}
BY_HEADING: Mapping[str, Column] = {
    text_key(text): column for column in (*DETAILS, *DERIVED) for text in (column.sv, column.en)
}
