"""What hangs below a row and has facts of its own, in one cell: agreements of the vendor, evidence of transfers.

One to a line, readable and editable in a spreadsheet: ``SCC: country=IN; signed=2022-01-31``. Only what is recorded is
written. A backslash stands before a character that would separate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from registry.core import languages
from registry.core.text import clean_text, text_key
from registry.document.problems import excerpt
from registry.files.cell_types import COUNTRY, DAY, TEXT, CellType, Unreadable, choice
from registry.files.formats.cells import Cell, as_text
from registry.models import AgreementKind, Qualifies

#: In one cell.
MOST_LINES = 200

#: What a line is about, and the facts by field; those that are missing are not recorded.
NestedLine = tuple[Any, Mapping[str, Any]]


@dataclass(frozen=True)
class Fact:
    field: str
    #: Its name, in the language in which it is read.
    name: Any
    kind: CellType = TEXT


def nested_lines(head: CellType, known: Sequence[Fact]) -> CellType:
    """A kind of cell with lines of which each speaks of a ``head``, and tells some of the ``known`` facts."""

    @cache
    def by_name(codes: tuple[str, ...]) -> Mapping[str, Fact]:
        return {text_key(name): fact for fact in known for name in languages.spellings(fact.name)}

    def write(lines: Iterable[NestedLine]) -> str:
        return "\n".join(written_line(head, known, line) for line in lines)

    def read(cell: Cell) -> list[NestedLine]:
        lines = [text for text in as_text(cell).split("\n", MOST_LINES + 1) if text.strip()]
        if len(lines) > MOST_LINES:
            raise Unreadable(_("there are more than %(limit)s lines; keep those that count") % {"limit": MOST_LINES})
        return [line(text) for text in lines]

    def line(text: str) -> NestedLine:
        start, *parts = split_line(text)
        return head.read(start), dict(map(fact, filter(None, parts)))

    def fact(part: str) -> tuple[str, Any]:
        name, sign, value = part.partition("=")
        found = by_name(languages.language_codes()).get(text_key(name))
        if found is None or not sign:
            accepted = ", ".join(languages.all_spellings(each.name) for each in known)
            words = {"part": excerpt(part), "accepted": accepted}
            raise Unreadable(_('"%(part)s" is not a fact; write name=value, the names are %(accepted)s') % words)
        return found.field, found.kind.read(value)

    return CellType(read, text=write)


def written_line(head: CellType, known: Sequence[Fact], line: NestedLine) -> str:
    about, values = line
    pairs = [
        f"{fact.name}={escape(cell_text(fact.kind.write(values[fact.field])))}"
        for fact in known
        if values.get(fact.field) not in (None, "")
    ]
    start = escape(cell_text(head.write(about)), ":")
    return f"{start}: {'; '.join(pairs)}" if pairs else start


def cell_text(cell: Cell) -> str:
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def escape(text: str, also: str = "") -> str:
    for character in ("\\", ";", *also):
        text = text.replace(character, f"\\{character}")
    return text.replace("\n", "\\n")


def split_line(text: str) -> list[str]:
    """What a line is about, then its facts; without the backslashes."""
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


def recorded_facts(entry: Any, known: Sequence[Fact]) -> dict[str, Any]:
    return {fact.field: value for fact in known if (value := getattr(entry, fact.field)) not in (None, "")}


# --- agreements of the vendor ---------------------------------------------------------------------------------------

AGREEMENT_FACTS = (
    Fact("reference", pgettext_lazy("fact", "reference")),
    Fact("signed_on", pgettext_lazy("fact", "signed"), DAY),
    Fact("valid_until", pgettext_lazy("fact", "until"), DAY),
    Fact("url", pgettext_lazy("fact", "link")),
    Fact("notes", pgettext_lazy("fact", "notes")),
)
AGREEMENT_LINES = nested_lines(choice(AgreementKind, AgreementKind.OTHER), AGREEMENT_FACTS)


def agreement_lines(agreements: Iterable[Any]) -> list[NestedLine]:
    return [(each.kind, recorded_facts(each, AGREEMENT_FACTS)) for each in agreements]


def agreements_in_order(agreements: Iterable[Any]) -> list[Any]:
    return sorted(agreements, key=lambda each: (each.signed_on or date.min, each.pk or 0))


# --- evidence of transfers --------------------------------------------------------------------------------------------

TRANSFER_FACTS = (
    Fact("mechanism", pgettext_lazy("fact", "mechanism")),
    Fact("country", pgettext_lazy("fact", "country"), COUNTRY),
    Fact("recipient_qualifies", pgettext_lazy("fact", "recipient qualifies"), choice(Qualifies, Qualifies.UNKNOWN)),
    Fact("checked_on", pgettext_lazy("fact", "checked"), DAY),
    Fact("signed_on", pgettext_lazy("fact", "signed"), DAY),
    Fact("assessed_on", pgettext_lazy("fact", "assessed"), DAY),
    Fact("permitted_on", pgettext_lazy("fact", "permitted"), DAY),
    Fact("evidence_url", pgettext_lazy("fact", "evidence")),
)
TRANSFER_LINES = nested_lines(TEXT, TRANSFER_FACTS)


def transfer_lines(transfers: Iterable[Any]) -> list[NestedLine]:
    """Those of which more is recorded than the legal ground says."""
    lines = [(each.label, transfer_facts(each)) for each in transfers]
    labels = Counter(text_key(label) for label, _facts in lines)
    return [line for line in lines if line[1] or labels[text_key(line[0])] > 1]


def transfer_facts(transfer: Any) -> dict[str, Any]:
    """The mechanism is named where the wording does not say which one is meant."""
    found = recorded_facts(transfer, TRANSFER_FACTS[1:])
    if found.get("recipient_qualifies") == Qualifies.UNKNOWN:
        del found["recipient_qualifies"]
    return {"mechanism": transfer.mechanism.code, **found} if transfer.wording else found
