"""The record of processing activities under Art. 30 of the GDPR: what the register says by letter, and what is missing.

Nothing is filled in: what the register does not state is marked by the letter that asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from registry.core import languages
from registry.law.countries import COUNTRIES
from registry.law.periods import periods
from registry.models import Answer, Organisation, OurRole, ProcessingActivity, Transfer
from registry.models.activities import ActivityQuerySet

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: The letters of Art. 30(1) and 30(2), and what they ask for of each activity.
OF_CONTROLLERS: Mapping[str, StrOrPromise] = {
    "b": gettext_lazy("Purposes"),
    "c1": gettext_lazy("Categories of data subjects"),
    "c2": gettext_lazy("Categories of personal data"),
    "d": gettext_lazy("Recipients"),
    "e": gettext_lazy("Transfers to third countries, and their safeguards"),
    "f": gettext_lazy("Time limits for erasure"),
    "g": gettext_lazy("Security measures"),
}
OF_PROCESSORS: Mapping[str, StrOrPromise] = {
    "a": gettext_lazy("Controllers on whose behalf"),
    "b": gettext_lazy("Categories of processing"),
    "r": gettext_lazy("Sub-processor"),
    "c": gettext_lazy("Transfers to third countries, and their safeguards"),
    "d": gettext_lazy("Security measures"),
}


@dataclass(frozen=True)
class RecordRow:
    """An activity in the record: what is stated, by letter, and the letters for which something is missing."""

    activity: ProcessingActivity
    stated: Mapping[str, str]
    missing: Sequence[str]


@dataclass
class Record:
    """The record of an organisation on a day."""

    organisation: Organisation
    on: date
    #: Under Art. 30(1), also activities for which nobody has said what we are.
    as_controller: list[RecordRow] = field(default_factory=list)
    as_processor: list[RecordRow] = field(default_factory=list)

    @property
    def parties(self) -> list[tuple[str, str]]:
        """Return what letter (a) asks for; empty where it is not stated."""
        own = self.organisation
        name = " ".join(filter(None, (own.name, own.registration_number and f"({own.registration_number})")))
        return [
            (_("Controller"), name),
            (_("Contact details"), own.contact),
            (_("Joint controllers"), own.joint_controllers),
            (_("Representative"), own.representative),
            (_("Data protection officer"), own.data_protection_officer),
        ]

    @property
    def missing_parties(self) -> list[str]:
        """Return what every organisation has to state under letter (a), and this one has not."""
        return [term for term, text in self.parties[:2] if not text]

    @property
    def missing(self) -> Mapping[str, int]:
        """Return for each letter of Art. 30(1) in how many activities something is missing."""
        letters = [letter[0] for row in self.as_controller for letter in dict.fromkeys(each[0] for each in row.missing)]
        return {letter: letters.count(letter) for letter in "bcdefg" if letter in letters}


def record_of(activities: ActivityQuerySet, on: date) -> Record:
    """Return the record of the activities in the register among these. The number of queries does not grow."""
    record = Record(Organisation.load(), on)
    language = languages.active_language()
    rows = activities.in_register().whole_rows().order_by("position", "id")
    for activity in rows.iterator(chunk_size=2000):
        if activity.our_role == OurRole.PROCESSOR:
            record.as_processor.append(row_of_processor(activity, on, language))
        else:
            record.as_controller.append(row_of_controller(activity, on, language))
    return record


def row_of_controller(activity: ProcessingActivity, on: date, language: str) -> RecordRow:
    transfers, documented = transfers_of(activity, on, language)
    stated = {
        "b": activity.purpose,
        "c1": activity.data_subjects,
        "c2": personal_data_of(activity),
        "d": recipient_of(activity),
        "e": transfers,
        "f": activity.retention,
        "g": activity.security_measures,
    }
    missing = [letter for letter, text in stated.items() if not text]
    return RecordRow(activity, stated, missing if documented or "e" in missing else [*missing, "e"])


def row_of_processor(activity: ProcessingActivity, on: date, language: str) -> RecordRow:
    transfers, documented = transfers_of(activity, on, language)
    stated = {
        "a": activity.on_behalf_of,
        "b": activity.purpose,
        "r": recipient_of(activity),
        "c": transfers,
        "d": activity.security_measures,
    }
    missing = [letter for letter, text in stated.items() if not text]
    return RecordRow(activity, stated, missing if documented or "c" in missing else [*missing, "c"])


def recipient_of(activity: ProcessingActivity) -> str:
    vendor = activity.vendor
    role = "" if vendor.role == "not_assessed" else str(vendor.get_role_display())
    return f"{vendor.name} ({role})" if role else vendor.name


def personal_data_of(activity: ProcessingActivity) -> str:
    """Return the categories of data, with special ones, data on crimes and identity numbers where there are any."""
    said = [
        (activity.special_categories, _("special categories of personal data")),
        (activity.criminal_data, _("data on crimes")),
        (activity.identity_numbers, _("personal identity numbers")),
    ]
    kinds = [name for answer, name in said if answer == Answer.YES]
    return "; ".join(filter(None, (activity.personal_data, ", ".join(kinds))))


def transfers_of(activity: ProcessingActivity, on: date, language: str) -> tuple[str, bool]:
    """Return the third countries with what each transfer rests on, and whether that is stated for all of them.

    Empty where nobody has stated in which country the data is: then it is not known whether they are transferred.
    """
    if not activity.country:
        return "", False
    places = dict.fromkeys((activity.country, *(each.country for each in activity.transfers.all() if each.country)))
    thirds = [code for code in places if is_third_country(code, on)]
    if not thirds:
        return pgettext("transfers", "none"), True
    lines, documented = [], True
    for code in thirds:
        mine = [each for each in activity.transfers.all() if (each.country or activity.country) == code]
        safeguards = [safeguard for safeguard in map(safeguard_of, mine) if safeguard]
        documented = documented and bool(safeguards)
        said = "; ".join(safeguards) or _("no safeguard is stated")
        lines.append(f"{COUNTRIES[code].with_code(language)}: {said}")
    return "\n".join(lines), documented


def safeguard_of(transfer: Transfer) -> str:
    """Return the mechanism of a transfer with what documents it; empty where there is none."""
    if transfer.mechanism is None:
        return ""
    signed = _("signed %(day)s") % {"day": transfer.signed_on} if transfer.signed_on else ""
    return ", ".join(filter(None, (transfer.label, signed, transfer.evidence_url)))


def is_third_country(code: str, on: date) -> bool:
    """Return whether data do not flow freely to a country on a day, apart from adequacy decisions."""
    return not any(period.holds(on) for period in periods().get(code, ()))


def letters(missing: Iterable[str]) -> str:
    """Return letters as a paper names them: "(c), (f)"."""
    return ", ".join(f"({letter})" for letter in dict.fromkeys(each[0] for each in missing if each != "r"))


def record_cells(rows: Sequence[RecordRow], columns: Mapping[str, StrOrPromise]) -> Iterator[list[str]]:
    """Yield the texts of each row, with a mark where something is missing, and the letters that miss something."""
    for row in rows:
        texts = [row.stated[letter] or mark(letter) for letter in columns]
        yield [*texts, letters(row.missing)]


def mark(letter: str) -> str:
    """Return what stands where nothing is stated."""
    return _("not stated (%(letter)s)") % {"letter": letter[0]}


def heading(letter: str, name: StrOrPromise) -> str:
    return str(name) if letter == "r" else f"({letter[0]}) {name}"
