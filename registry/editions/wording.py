"""The differences between two editions as sentences, in the active language, by vendor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from operator import eq
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registry.core.text import text_key
from registry.editions.difference import CellChange, EditionDifference, NamedRow, RowChange

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

#: Characters of a text in a sentence.
LONGEST = 90
#: Characters that stay before and after what differs in a longer one.
AROUND = 15
#: Rows of a new vendor that are named.
MOST_ROWS = 5

#: By column, where the sentence can name what changed.
CHANGED: Mapping[str, StrPromise] = {
    "vendor": gettext_lazy("%(entry)s: vendor changed from %(before)s to %(after)s."),
    "purpose": gettext_lazy("%(entry)s: purpose changed from %(before)s to %(after)s."),
    "personal_data": gettext_lazy("%(entry)s: personal data changed from %(before)s to %(after)s."),
    "country": gettext_lazy("%(entry)s: country changed from %(before)s to %(after)s."),
    "legal_ground": gettext_lazy("%(entry)s: legal ground changed from %(before)s to %(after)s."),
}
TEXT_NAMES: Mapping[str, StrPromise] = {
    "title": gettext_lazy("Title"),
    "heading": gettext_lazy("Heading"),
    "introduction": gettext_lazy("Introduction"),
    "closing": gettext_lazy("Closing sentence"),
    "selection": gettext_lazy("Selection of rows"),
    "publisher_name": gettext_lazy("Name of the publisher"),
    "publisher_registration_number": gettext_lazy("Registration number of the publisher"),
    "publisher_contact": gettext_lazy("Contact details of the publisher"),
}


@dataclass(frozen=True)
class ChangesOfVendor:
    #: Empty: changes of the edition as a whole.
    vendor: str
    sentences: Sequence[str]


def in_words(changes: EditionDifference, most: int | None = None) -> list[str]:
    """Return the changes as sentences: of the whole edition, then vendor by vendor in alphabetical order.

    ``most``: how many at most. A last one then says how many more there are.
    """
    sentences = [sentence for group in by_vendor(changes) for sentence in group.sentences]
    if not sentences:
        return [_("Nothing in it changed.")]
    if most is None or len(sentences) <= most:
        return sentences
    left = len(sentences) - most
    more = ngettext("And %(count)s more change.", "And %(count)s more changes.", left) % {"count": left}
    return [*sentences[:most], more]


def by_vendor(changes: EditionDifference) -> list[ChangesOfVendor]:
    """Return the changes as sentences, of the whole edition first, then of each vendor in alphabetical order."""
    if changes.first:
        text = ngettext("First edition, with %(count)s row.", "First edition, with %(count)s rows.", changes.row_count)
        return [ChangesOfVendor("", [text % {"count": changes.row_count}])]
    groups: dict[str, list[str]] = defaultdict(list)
    names: dict[str, str] = {}
    for vendor, sentence in vendor_sentences(changes):
        names.setdefault(text_key(vendor), vendor)
        groups[text_key(vendor)].append(with_one_stop(sentence))
    whole = list(whole_sentences(changes))
    first = [ChangesOfVendor("", whole)] if whole else []
    return first + [ChangesOfVendor(names[key], groups[key]) for key in sorted(groups)]


def with_one_stop(sentence: str) -> str:
    """Return a sentence that ends with one full stop, also where a name before it ends with another: "Zendesk Inc."."""
    return sentence.removesuffix(".") if sentence.endswith("..") else sentence


def whole_sentences(changes: EditionDifference) -> Iterator[str]:
    for text in changes.texts:
        yield changed(str(TEXT_NAMES[text.key]), text.before, text.after)
    for column in changes.columns_added:
        yield _("New column: %(heading)s.") % {"heading": column.heading}
    for column in changes.columns_removed:
        yield _("The column %(heading)s is gone.") % {"heading": column.heading}
    for renamed in changes.columns_renamed:
        yield _("The column %(before)s is now called %(after)s.") % vars(renamed)
    if changes.reordered:
        yield _("The rows stand in another order.")


def vendor_sentences(changes: EditionDifference) -> Iterator[tuple[str, str]]:
    """Yield sentences with the vendors that they are about."""
    added, removed = ({text_key(name) for name in names} for names in (changes.vendors_added, changes.vendors_removed))
    new_rows = rows_by_vendor(changes.rows_added)
    for renamed in changes.vendors_renamed:
        yield renamed.after, _("%(before)s is now called %(after)s.") % vars(renamed)
    for name in changes.vendors_added:
        yield name, new_vendor(name, new_rows[text_key(name)])
    for name in changes.vendors_removed:
        yield name, _("Vendor no longer in the list: %(vendor)s.") % {"vendor": name}
    for row in changes.rows_added:
        if text_key(row.vendor) not in added:
            yield row.vendor, _("New: %(entry)s.") % {"entry": entry_with_country(row)}
    for row in changes.rows_removed:
        if text_key(row.vendor) not in removed:
            yield row.vendor, _("No longer in the list: %(entry)s.") % {"entry": entry_with_country(row)}
    for change in changes.rows_changed:
        for cell in change.cells:
            yield change.after.vendor, changed_cell(change, cell)


def rows_by_vendor(rows: Sequence[NamedRow]) -> Mapping[str, list[NamedRow]]:
    groups: dict[str, list[NamedRow]] = defaultdict(list)
    for row in rows:
        groups[text_key(row.vendor)].append(row)
    return groups


def new_vendor(name: str, rows: Sequence[NamedRow]) -> str:
    """Return the sentence about a new vendor, with purpose and country of its rows."""
    if not rows:
        return _("New vendor: %(vendor)s, without an activity.") % {"vendor": name}
    described = [", ".join(filter(None, (without_middle(row.purpose), row.country))) for row in rows[:MOST_ROWS]]
    described = [each for each in described if each]
    if not described:
        return _("New vendor: %(vendor)s.") % {"vendor": name}
    if len(rows) > MOST_ROWS:
        left = len(rows) - MOST_ROWS
        described.append(ngettext("%(count)s more row", "%(count)s more rows", left) % {"count": left})
    return _("New vendor: %(vendor)s (%(rows)s).") % {"vendor": name, "rows": "; ".join(described)}


def entry(row: NamedRow) -> str:
    """Return what names a row: vendor and purpose, else its first cell with a text."""
    names = [without_middle(name) for name in (row.vendor, row.purpose) if name]
    return " – ".join(names) or next((without_middle(cell) for cell in row.cells if cell.strip()), "–")


def entry_with_country(row: NamedRow) -> str:
    return f"{entry(row)}, {row.country}" if row.country else entry(row)


def changed_cell(change: RowChange, cell: CellChange) -> str:
    row = change.before if cell.key in {"vendor", "purpose"} else change.after
    name = (row.vendor or entry(row)) if cell.key == "purpose" else entry(row)
    if cell.key in CHANGED and cell.before and cell.after:
        before, after = shortened_pair(cell.before, cell.after)
        return str(CHANGED[cell.key]) % {"entry": name, "before": quoted(before), "after": quoted(after)}
    return changed(f"{name}: {cell.heading}", cell.before, cell.after)


def changed(name: str, before: str, after: str) -> str:
    if not before:
        return _("%(name)s: not stated before, now %(after)s.") % {"name": name, "after": quoted(without_middle(after))}
    if not after:
        return _("%(name)s: no longer stated, before %(before)s.") % {
            "name": name,
            "before": quoted(without_middle(before)),
        }
    before, after = shortened_pair(before, after)
    return _("%(name)s: changed from %(before)s to %(after)s.") % {
        "name": name,
        "before": quoted(before),
        "after": quoted(after),
    }


def quoted(text: str) -> str:
    """Return a text of several words between quotation marks, on one line."""
    line = " ".join(text.split())
    return _("“%(text)s”") % {"text": line} if " " in line else line


def without_middle(text: str) -> str:
    """Return a text on one line, without its middle where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST // 2].rstrip()} … {line[-LONGEST // 2 :].lstrip()}"


def shortened_pair(before: str, after: str) -> tuple[str, str]:
    """Return two texts without what is long and the same in both, so that what differs can be seen."""
    first, then = " ".join(before.split()), " ".join(after.split())
    if first == then:  # they differ in line breaks only
        return without_middle(first), _("the same text with other line breaks")
    if max(len(first), len(then)) <= LONGEST:
        return first, then
    start = common_start(first, then)
    end = min(min(len(first), len(then)) - start, common_start(first[::-1], then[::-1]))
    return excerpt_of_part(first, start, len(first) - end), excerpt_of_part(then, start, len(then) - end)


def common_start(first: str, then: str) -> int:
    """Return how many characters at the beginning are the same."""
    return sum(takewhile(bool, map(eq, first, then)))


def excerpt_of_part(text: str, start: int, end: int) -> str:
    """Return the part of a text with some of what is around it, and without its own middle where it is long."""
    first, last = max(0, start - AROUND), min(len(text), end + AROUND)
    if first:
        first = text.find(" ", first, start) + 1 or first
    if last < len(text):
        last = max(text.rfind(" ", end, last), last if " " not in text[end:last] else end)
    return f"{'… ' if first else ''}{without_middle(text[first:last])}{' …' if last < len(text) else ''}"
