"""The columns of the register in tables (xlsx, csv, tsv, ods, json): their headings, and how values become cells.

Other code asks this table instead of naming columns itself. One table, and so longer than other modules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

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
from registry.files.row_keys import key_text
from registry.law.wording import VERDICT_NAMES, explain_verdict
from registry.models import (
    Answer,
    CriminalDataGround,
    IdentityNumbersGround,
    ImpactAssessment,
    OurRole,
    Role,
    SpecialCategoriesGround,
    Status,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, eq=False)
class Column:
    """A column of the register, about an activity or its vendor."""

    key: str
    #: The heading, translated when it is read.
    label: StrOrPromise
    field: str = ""
    of_vendor: bool = False
    type: CellType = TEXT
    width: int = 20
    #: The lookup from an activity to the value, where it differs from the field.
    lookup: str = ""
    #: Computes the cell from the batch, the key of the entry and the value; None if the value is the cell.
    compute: Callable[[Any, int, Any], Cell] | None = None
    #: The lookup or expression that rows are sorted by, where it differs from the value.
    order: str | InOrderOfNames = ""
    #: Headings of earlier releases, which imports still recognise.
    former_headings: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        """Return the headings in all languages, and those of earlier releases."""
        return (*languages.spellings(self.label), *self.former_headings)

    @property
    def heading(self) -> str:
        return str(self.label)

    @property
    def sorts_by(self) -> InOrderOfNames | F:
        """Return the expression that rows are sorted by."""
        if not self.order and self.type in (TEXT, PERSON, VENDOR):
            return in_order_of_names(self.path)
        return F(self.order or self.path) if isinstance(self.order, str) else self.order

    @property
    def path(self) -> str:
        return self.lookup or (f"vendor__{self.field}" if self.of_vendor else self.field)


def legal_ground_cell(batch: Batch, activity: int, basis: str | None) -> str:
    mechanisms = batch.labels(activity) if activity in batch.transfers else ()
    return legal_ground(basis or "", mechanisms) if mechanisms else basis or ""


def agreements_cell(batch: Batch, activity: int, vendor: int) -> Cell:
    agreements = batch.agreements.get(vendor)
    return AGREEMENT_LINES.write(agreement_lines(agreements_in_order(agreements))) if agreements else None


def transfers_cell(batch: Batch, activity: int, key: int) -> Cell:
    transfers = batch.transfers.get(activity)
    return TRANSFER_LINES.write(transfer_lines(transfers)) if transfers else None


def owner_cell(batch: Batch, activity: int, key: int | None) -> str:
    return batch.context.people[key] if key else ""


def verdict_cell(batch: Batch, activity: int, country: str) -> str:
    return str(VERDICT_NAMES[batch.verdict(activity, country).verdict])


def reason_cell(batch: Batch, activity: int, country: str) -> str:
    return explain_verdict(batch.verdict(activity, country))


def key_cell(batch: Batch, activity: int, key: int) -> str:
    return key_text(activity, batch.context.token)


def finding_count_cell(batch: Batch, activity: int, key: int) -> Cell:
    return len(batch.open_rules[activity]) or None


def open_findings_cell(batch: Batch, activity: int, key: int) -> str:
    return "\n".join(str(rule.title) for rule in batch.open_rules[activity])


#: The columns of the original document, in its order.
DOCUMENT_COLUMNS = (
    Column(
        "vendor",
        pgettext_lazy("column", "Vendor"),
        "vendor",
        width=28,
        lookup="vendor__name",
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
        lookup="legal_basis__label",
        compute=legal_ground_cell,
        order=in_order_of_names("legal_basis__label"),
    ),
)

AGREEMENT_COLUMN = Column(
    "vendor_agreements",
    pgettext_lazy("column", "Vendor's agreements"),
    of_vendor=True,
    type=AGREEMENT_LINES,
    width=40,
    lookup="vendor_id",
    compute=agreements_cell,
)
TRANSFER_COLUMN = Column(
    "transfers",
    pgettext_lazy("column", "Transfers"),
    type=TRANSFER_LINES,
    width=40,
    lookup="pk",
    compute=transfers_cell,
)

DETAIL_COLUMNS = (
    Column("data_subjects", pgettext_lazy("column", "Data subjects"), "data_subjects", width=30),
    Column(
        "special_categories",
        pgettext_lazy("column", "Special categories"),
        "special_categories",
        type=choice(Answer, Answer.NOT_ASSESSED),
    ),
    Column(
        "special_categories_ground",
        pgettext_lazy("column", "Ground for special categories"),
        "special_categories_ground",
        type=choice(SpecialCategoriesGround, SpecialCategoriesGround.NOT_ASSESSED),
        width=30,
    ),
    Column(
        "criminal_data",
        pgettext_lazy("column", "Data on crimes"),
        "criminal_data",
        type=choice(Answer, Answer.NOT_ASSESSED),
    ),
    Column(
        "criminal_data_ground",
        pgettext_lazy("column", "Ground for data on crimes"),
        "criminal_data_ground",
        type=choice(CriminalDataGround, CriminalDataGround.NOT_ASSESSED),
        width=30,
    ),
    Column(
        "identity_numbers",
        pgettext_lazy("column", "Personal identity numbers"),
        "identity_numbers",
        type=choice(Answer, Answer.NOT_ASSESSED),
    ),
    Column(
        "identity_numbers_ground",
        pgettext_lazy("column", "Ground for personal identity numbers"),
        "identity_numbers_ground",
        type=choice(IdentityNumbersGround, IdentityNumbersGround.NOT_ASSESSED),
        width=30,
    ),
    Column("our_role", pgettext_lazy("column", "Our role"), "our_role", type=choice(OurRole, OurRole.NOT_ASSESSED)),
    Column("on_behalf_of", pgettext_lazy("column", "On behalf of"), "on_behalf_of", width=30),
    Column("retention", pgettext_lazy("column", "Retention"), "retention", width=30),
    Column("security_measures", pgettext_lazy("column", "Security measures"), "security_measures", width=30),
    Column(
        "impact_assessment",
        pgettext_lazy("column", "Need of an impact assessment"),
        "impact_assessment",
        type=choice(ImpactAssessment, ImpactAssessment.NOT_ASSESSED),
    ),
    Column(
        "impact_assessment_reason",
        pgettext_lazy("column", "Why no impact assessment"),
        "impact_assessment_reason",
        width=30,
    ),
    Column("impact_assessment_url", pgettext_lazy("column", "Impact assessment"), "impact_assessment_url"),
    Column("status", pgettext_lazy("column", "Status"), "status", type=choice(Status, Status.ACTIVE), width=10),
    Column("notes", pgettext_lazy("column", "Notes"), "notes", width=30),
    Column("position", pgettext_lazy("column", "Position"), "position", type=NUMBER, width=10),
    Column("starts_page", pgettext_lazy("column", "Starts a page"), "starts_page", type=YES_NO, width=10),
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
        "vendor_data_returned",
        pgettext_lazy("column", "Data deleted or returned on"),
        "data_returned_on",
        True,
        DAY,
        12,
    ),
    Column(
        "vendor_data_return_url",
        pgettext_lazy("column", "Evidence of the deletion or return"),
        "data_return_url",
        True,
    ),
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
        lookup="vendor__owner_id",
        compute=owner_cell,
        order=in_order_of_names("vendor__owner__username"),
    ),
    Column(
        "vendor_engaged_by",
        pgettext_lazy("column", "Engaged by"),
        "engaged_by",
        True,
        VENDOR,
        lookup="vendor__engaged_by__name",
    ),
    Column(
        "vendor_replaced_by",
        pgettext_lazy("column", "Replaced by"),
        "replaced_by",
        True,
        VENDOR,
        lookup="vendor__replaced_by__name",
    ),
    Column("vendor_notes", pgettext_lazy("column", "Notes on the vendor"), "notes", True, width=30),
    AGREEMENT_COLUMN,
    TRANSFER_COLUMN,
)

#: Columns derived from the others by the law of a day. They are exported, and ignored on import.
DERIVED_COLUMNS = (
    Column(
        "verdict",
        pgettext_lazy("column", "Verdict"),
        width=16,
        lookup="country",
        compute=verdict_cell,
        order="verdict",
        former_headings=("Bedömning",),
    ),
    Column(
        "why",
        pgettext_lazy("column", "Reason for the verdict"),
        width=48,
        lookup="country",
        compute=reason_cell,
        former_headings=("Skäl till bedömningen",),
    ),
    Column(
        "finding_count",
        pgettext_lazy("column", "Open findings"),
        type=NUMBER,
        width=10,
        lookup="pk",
        compute=finding_count_cell,
    ),
    Column("findings", pgettext_lazy("column", "Findings"), width=40, lookup="pk", compute=open_findings_cell),
)
#: What stands as the purpose of a vendor without an activity. It is written, and passed over when it comes back.
WITHOUT_ACTIVITY = pgettext_lazy("purpose", "no activity stated: an open question")
#: The key of a row in an exported file. It is not shown, and not a column that one chooses.
KEY_COLUMN = Column("key", pgettext_lazy("column", "Key"), width=8, lookup="pk", compute=key_cell)
STORED_COLUMNS = (*DOCUMENT_COLUMNS, *DETAIL_COLUMNS)
COLUMNS_BY_KEY: Mapping[str, Column] = {column.key: column for column in (*STORED_COLUMNS, *DERIVED_COLUMNS)}

DETAILS_BY_KEY: Mapping[str, Column] = {column.key: column for column in DETAIL_COLUMNS}


def columns_by_heading() -> Mapping[str, Column]:
    """Return all columns by the text keys of their headings in all languages, and of former headings."""
    return _by_heading(languages.language_codes())


@cache
def _by_heading(codes: tuple[str, ...]) -> Mapping[str, Column]:
    return {text_key(text): column for column in (*COLUMNS_BY_KEY.values(), KEY_COLUMN) for text in column.spellings}
