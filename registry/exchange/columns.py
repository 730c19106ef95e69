"""The columns of the register in tables (xlsx, csv, tsv, ods, json), said once: headings, how a value becomes a cell,
and how a cell becomes a value again. The document's own five are in ``registry.document``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from registry import countries
from registry.document.problems import shown
from registry.models import Role, SpecialCategories, Status
from registry.text import clean_text, text_key

Cell = str | int | float | bool | date | datetime | None


class Unreadable(ValueError):
    """A cell that cannot be taken. The text says what would be accepted."""


@dataclass(frozen=True)
class Kind:
    """How values of a kind are written into a cell and read from it."""

    read: Callable[[Cell], Any]
    #: The few values that there are, as people read them in the language of the moment; None: any, as they are.
    words: Callable[[], Mapping[Any, str]] | None = None

    def write(self, value: Any) -> Cell:
        return self.words().get(value, value) if self.words else value


def as_text(cell: Cell) -> str:
    """What a person sees in the cell."""
    if isinstance(cell, str):
        return clean_text(cell)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "ja" if cell else "nej"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(sep=" ")
    return clean_text(str(cell))


def read_day(cell: Cell) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = as_text(cell)
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10] if text.endswith("00:00:00") else text)
    except ValueError:
        raise Unreadable(_('"%(text)s" is not a day; write it as 2020-06-18') % {"text": shown(text)}) from None


def read_number(cell: Cell) -> int | None:
    text = as_text(cell)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Unreadable(_('"%(text)s" is not a whole number') % {"text": shown(text)})
    return int(text)


YES, NO = {"ja", "yes", "true", "sant", "1"}, {"nej", "no", "false", "falskt", "0", ""}


def read_yes_no(cell: Cell) -> bool:
    key = text_key(as_text(cell))
    if key in YES:
        return True
    if key in NO:
        return False
    raise Unreadable(_('"%(text)s" is neither yes ("ja", "yes") nor no ("nej", "no")') % {"text": shown(as_text(cell))})


def yes_and_no() -> dict[bool, str]:
    return {True: _("yes"), False: _("no")}


def choice(choices: Any, empty: str) -> Kind:
    """A choice is written as people read it, and read by its label in either language, or by its code."""

    @cache
    def labels() -> dict[str, str]:
        known: dict[str, str] = {}
        for language in ("sv", "en"):
            with translation.override(language):
                known |= {text_key(str(label)): value for value, label in choices.choices}
        return known | {text_key(value): value for value in choices.values}

    def read(cell: Cell) -> str:
        text = as_text(cell)
        if not text:
            return empty
        try:
            return labels()[text_key(text)]
        except KeyError:
            accepted = ", ".join(str(label) for label in choices.labels)
            words = {"text": shown(text), "accepted": accepted}
            raise Unreadable(_('"%(text)s" is not known; write one of: %(accepted)s') % words) from None

    return Kind(read, words=lambda: {value: str(label) for value, label in choices.choices})


def read_country(cell: Cell) -> str:
    text = as_text(cell)
    if not text:
        return ""
    country = countries.find(text)
    if country is None:
        nearest = ", ".join(countries.suggestions(text)) or "SE"
        words = {"text": shown(text), "nearest": nearest}
        raise Unreadable(_('"%(text)s" is not a country; write a two-letter code such as %(nearest)s') % words)
    return country.code


TEXT = Kind(as_text)
DAY = Kind(read_day)
NUMBER = Kind(read_number)
YES_NO = Kind(read_yes_no, words=yes_and_no)
COUNTRY = Kind(read_country)


@dataclass(frozen=True)
class Column:
    key: str
    sv: str
    en: str
    field: str = ""
    of_vendor: bool = False
    kind: Kind = TEXT
    width: int = 20

    @property
    def heading(self) -> str:
        return self.sv if (translation.get_language() or "sv").startswith("sv") else self.en

    @property
    def path(self) -> str:
        """From an activity to the value."""
        return f"vendor__{self.field}" if self.of_vendor else self.field


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
    Column("vendor_notes", "Anteckningar om leverantören", "Notes on the vendor", "notes", True, width=30),
)

BY_KEY: Mapping[str, Column] = {column.key: column for column in DETAILS}
BY_HEADING: Mapping[str, Column] = {text_key(text): column for column in DETAILS for text in (column.sv, column.en)}
