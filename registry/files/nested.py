"""Several entries in one cell: the agreements of the vendor, and the transfers of the activity.

Each is a line that can be edited in a spreadsheet: ``SCC: country=IN; signed=2022-01-31``. Only recorded values are
written. A backslash escapes characters that would separate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from registry.core import languages
from registry.core.text import clean_text, text_key
from registry.document.problems import excerpt
from registry.files.cell_types import COUNTRY, DAY, TEXT, CellType, Unreadable, choice
from registry.files.formats.cells import Cell, as_text
from registry.models import Agreement, AgreementKind, TransferMechanism, YesNoUnknown

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: In a cell.
MOST_LINES = 200

#: The subject of a line, and its facts by field; facts that are not recorded are missing.
NestedLine = tuple[Any, Mapping[str, Any]]


@dataclass(frozen=True)
class Fact:
    """A field of the entries of a cell, and the name by which lines state it."""

    field: str
    #: Translated when it is read.
    name: StrOrPromise
    type: CellType = TEXT
    #: Names in files of older releases.
    former_names: tuple[str, ...] = ()

    def names(self) -> list[str]:
        """Return all names by which lines may state the fact."""
        return [*languages.spellings(self.name), *self.former_names]


def nested_lines(subject: CellType, facts: Sequence[Fact]) -> CellType:
    """Return the type of cells with lines that each have a subject and some of the facts."""

    @cache
    def by_name(codes: tuple[str, ...]) -> Mapping[str, Fact]:
        return {text_key(name): fact for fact in facts for name in fact.names()}

    def write(lines: Iterable[NestedLine]) -> str:
        return "\n".join(written_line(subject, facts, line) for line in lines)

    def read(cell: Cell) -> list[NestedLine]:
        lines = [text for text in as_text(cell).split("\n", MOST_LINES + 1) if text.strip()]
        if len(lines) > MOST_LINES:
            raise Unreadable(_("there are more than %(limit)s lines; keep those that count") % {"limit": MOST_LINES})
        return [read_line(text) for text in lines]

    def read_line(text: str) -> NestedLine:
        start, *parts = split_line(text)
        return subject.read(start), dict(map(read_fact, filter(None, parts)))

    def read_fact(part: str) -> tuple[str, Any]:
        name, sign, value = part.partition("=")
        fact = by_name(languages.language_codes()).get(text_key(name))
        if fact is None or not sign:
            accepted = ", ".join(languages.all_spellings(each.name) for each in facts)
            words = {"part": excerpt(part), "accepted": accepted}
            raise Unreadable(_('"%(part)s" is not a fact; write name=value, the names are %(accepted)s') % words)
        return fact.field, fact.type.read(value)

    return CellType(read, to_text=write)


def written_line(subject: CellType, facts: Sequence[Fact], line: NestedLine) -> str:
    value, values = line
    pairs = [
        f"{fact.name}={escape(nested_text(fact.type.write(values[fact.field])))}"
        for fact in facts
        if values.get(fact.field) not in (None, "")
    ]
    start = escape(nested_text(subject.write(value)), ":")
    return f"{start}: {'; '.join(pairs)}" if pairs else start


def nested_text(cell: Cell) -> str:
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def escape(text: str, also: str = "") -> str:
    for character in ("\\", ";", *also):
        text = text.replace(character, f"\\{character}")
    return text.replace("\n", "\\n")


def split_line(text: str) -> list[str]:
    """Return the subject of a line and its facts, unescaped."""
    parts: list[str] = []
    part, at = "", 0
    while at < len(text):
        character = text[at]
        if character == "\\" and at + 1 < len(text):
            at += 1
            part += "\n" if text[at] == "n" else text[at]
        elif character == ";" or (character == ":" and not parts):
            parts.append(part)
            part = ""
        else:
            part += character
        at += 1
    return [clean_text(each) for each in (*parts, part)]


def recorded_facts(entry: object, facts: Sequence[Fact]) -> dict[str, object]:
    return {fact.field: value for fact in facts if (value := getattr(entry, fact.field)) not in (None, "")}


# --- agreements of the vendor ---------------------------------------------------------------------------------------

AGREEMENT_FACTS = (
    Fact("reference", pgettext_lazy("fact", "reference")),
    Fact("signed_on", pgettext_lazy("fact", "signed"), DAY),
    Fact("valid_until", pgettext_lazy("fact", "until"), DAY),
    Fact("url", pgettext_lazy("fact", "link")),
    Fact("notes", pgettext_lazy("fact", "notes")),
)
AGREEMENT_LINES = nested_lines(choice(AgreementKind, AgreementKind.OTHER), AGREEMENT_FACTS)


def agreement_lines(agreements: Iterable[Agreement]) -> list[NestedLine]:
    return [(each.kind, recorded_facts(each, AGREEMENT_FACTS)) for each in agreements]


def agreements_in_order(agreements: Iterable[Agreement]) -> list[Agreement]:
    return sorted(agreements, key=lambda each: (each.signed_on or date.min, each.pk or 0))


# --- transfers of the activity --------------------------------------------------------------------------------------

YES_NO_UNKNOWN = choice(YesNoUnknown, YesNoUnknown.UNKNOWN)
TRANSFER_FACTS = (
    Fact("mechanism", pgettext_lazy("fact", "mechanism")),
    Fact("country", pgettext_lazy("fact", "country"), COUNTRY),
    Fact("recipient_qualifies", pgettext_lazy("fact", "recipient qualifies"), YES_NO_UNKNOWN),
    Fact("checked_on", pgettext_lazy("fact", "checked"), DAY),
    Fact("signed_on", pgettext_lazy("fact", "signed"), DAY),
    Fact("assessed_on", pgettext_lazy("fact", "assessed"), DAY),
    Fact("authorised_on", pgettext_lazy("fact", "authorised"), DAY, former_names=("permitted",)),
    Fact("processor_adds_data", pgettext_lazy("fact", "processor adds data"), YES_NO_UNKNOWN),
    Fact("importer_under_gdpr", pgettext_lazy("fact", "importer under the GDPR"), YES_NO_UNKNOWN),
    Fact("evidence_url", pgettext_lazy("fact", "evidence")),
)
#: The subject of a line about a transfer without a mechanism.
NO_MECHANISM = pgettext_lazy("transfer", "no mechanism")


def read_wording(cell: Cell) -> str:
    """Return the wording of a mechanism, empty where the line says that there is none."""
    text = as_text(cell)
    return "" if text_key(text) in map(text_key, languages.spellings(NO_MECHANISM)) else text


TRANSFER_LINES = nested_lines(
    CellType(read_wording, to_text=lambda wording: wording or str(NO_MECHANISM)), TRANSFER_FACTS
)


class TransferValues(Protocol):
    """A transfer, or its plain values."""

    @property
    def label(self) -> str: ...
    @property
    def mechanism(self) -> TransferMechanism | None: ...
    @property
    def wording(self) -> str: ...


def transfer_lines(transfers: Iterable[TransferValues]) -> list[NestedLine]:
    """Return lines for the transfers about which more is recorded than the legal ground says.

    Those without a mechanism are last.
    """
    lines = [(each.label, transfer_facts(each)) for each in transfers]
    counts = Counter(text_key(label) for label, _facts in lines)
    told = [line for line in lines if line[1] or not line[0] or counts[text_key(line[0])] > 1]
    return sorted(told, key=lambda line: not line[0])


def transfer_facts(transfer: TransferValues) -> dict[str, object]:
    """Return the recorded facts of a transfer, with its mechanism's code if the wording is not the label."""
    facts = recorded_facts(transfer, TRANSFER_FACTS[1:])
    known = {name: value for name, value in facts.items() if value != YesNoUnknown.UNKNOWN}
    mechanism = transfer.mechanism
    return {"mechanism": mechanism.code, **known} if mechanism is not None and transfer.wording else known
