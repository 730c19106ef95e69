"""The differences between two editions. Pure: no Django.

Rows are matched by the number of their activity. Where a row lacks it, as in an edition that was published elsewhere,
they are matched by vendor and purpose. Texts are compared in their normal form, so that what looks alike is alike.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from registry.core.text import clean_text, text_key
from registry.editions.content import EditionColumn, EditionContent, EditionRow

#: The texts around the table, as fields of the content and of its publisher.
TEXTS = ("title", "heading", "introduction", "closing", "selection")
PUBLISHER = ("name", "registration_number", "contact")

#: Places of rows that are the same activity: in the earlier edition, in the later one.
Pairs = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class NamedRow:
    """What names a row; empty where the edition has no such column. ``cells``: all of its cells."""

    vendor: str
    purpose: str
    country: str
    cells: Sequence[str]


@dataclass(frozen=True)
class CellChange:
    """A cell that differs. ``heading`` is that of the later edition."""

    key: str
    heading: str
    before: str
    after: str


@dataclass(frozen=True)
class RowChange:
    before: NamedRow
    after: NamedRow
    cells: Sequence[CellChange]


@dataclass(frozen=True)
class Renamed:
    before: str
    after: str


@dataclass(frozen=True)
class TextChange:
    """``key``: one of ``TEXTS``, or ``publisher_`` and one of ``PUBLISHER``."""

    key: str
    before: str
    after: str


@dataclass(frozen=True)
class EditionDifference:
    """What changed, in the order of the later edition; what was removed, in that of the earlier one."""

    #: Whether there is no earlier edition, so that all of it is new.
    first: bool
    #: Rows of the later edition.
    row_count: int
    #: Vendors by name, those without an activity included.
    vendors_added: Sequence[str]
    vendors_removed: Sequence[str]
    vendors_renamed: Sequence[Renamed]
    rows_added: Sequence[NamedRow]
    rows_removed: Sequence[NamedRow]
    rows_changed: Sequence[RowChange]
    columns_added: Sequence[EditionColumn]
    columns_removed: Sequence[EditionColumn]
    #: Columns whose heading changed.
    columns_renamed: Sequence[Renamed]
    texts: Sequence[TextChange]
    #: Whether rows that are in both stand in another order.
    reordered: bool

    @property
    def is_empty(self) -> bool:
        changes = (value for name, value in vars(self).items() if name not in {"first", "row_count"})
        return not self.first and not any(changes)


def difference(before: EditionContent | None, after: EditionContent) -> EditionDifference:
    """Return what changed from an edition to a later one. Without an earlier one all of the later one is new."""
    earlier = before or EditionContent(
        after.series, after.slug, 0, after.day, after.language, after.title, after.columns, ()
    )
    pairs = matched_rows(earlier, after)
    renamed = renamed_vendors(earlier, after, pairs)
    old, new = vendors_of(earlier), vendors_of(after)
    names_before, names_after = set(map(text_key, renamed)), set(map(text_key, renamed.values()))
    kept, found = {place for place, _ in pairs}, {place for _, place in pairs}
    headings = {column.key: column.heading for column in earlier.columns}
    later_keys = {column.key for column in after.columns}
    return EditionDifference(
        first=before is None,
        row_count=len(after.rows),
        vendors_added=[name for key, name in new.items() if key not in old and key not in names_after],
        vendors_removed=[name for key, name in old.items() if key not in new and key not in names_before],
        vendors_renamed=[Renamed(*names) for names in renamed.items()],
        rows_added=[named(after, row) for place, row in enumerate(after.rows) if place not in found],
        rows_removed=[named(earlier, row) for place, row in enumerate(earlier.rows) if place not in kept],
        rows_changed=list(changed_rows(earlier, after, pairs, renamed)),
        columns_added=[column for column in after.columns if column.key not in headings],
        columns_removed=[column for column in earlier.columns if column.key not in later_keys],
        columns_renamed=[
            Renamed(headings[column.key], column.heading)
            for column in after.columns
            if headings.get(column.key, column.heading) != column.heading
        ],
        texts=[] if before is None else list(changed_texts(before, after)),
        reordered=[place for place, _ in pairs] != sorted(kept),
    )


def named(content: EditionContent, row: EditionRow) -> NamedRow:
    vendor, purpose, country = (clean_text(content.cell(row, key)) for key in ("vendor", "purpose", "country"))
    return NamedRow(vendor, purpose, country, row.cells)


def vendors_of(content: EditionContent) -> Mapping[str, str]:
    """Return the names of all vendors by their keys, in order, those without an activity last."""
    place = content.place("vendor")
    names = [] if place is None else [row.cells[place] for row in content.rows]
    vendors: dict[str, str] = {}
    for name in map(clean_text, [*names, *content.vendors_without_activity]):
        if name:
            vendors.setdefault(text_key(name), name)
    return vendors


class RowMatching:
    """Finds the rows of two editions that are the same activity. Each row is matched once at most."""

    def __init__(self, before: EditionContent, after: EditionContent) -> None:
        self.before, self.after = before, after
        self.free_before, self.free_after = dict(enumerate(before.rows)), dict(enumerate(after.rows))
        self.pairs: list[tuple[int, int]] = []

    def match(self, before: Mapping[int, Hashable], after: Mapping[int, Hashable]) -> None:
        """Match rows by their keys, in order; the keys are by place."""
        places: dict[Hashable, deque[int]] = defaultdict(deque)
        for place, key in before.items():
            places[key].append(place)
        for place, key in after.items():
            if places[key]:
                pair = places[key].popleft(), place
                self.pairs.append(pair)
                del self.free_before[pair[0]], self.free_after[pair[1]]

    def by_activity(self) -> None:
        self.match(*({place: row.activity for place, row in rows.items() if row.activity} for rows in self.free))

    def by_cells(self, keys: Sequence[str], *, numbered_before: bool = True, numbered_after: bool = True) -> None:
        """Match rows in which these cells are alike; those with the number of an activity where they may have one."""
        before, after = (
            {
                place: tuple(text_key(content.cell(row, key)) for key in keys)
                for place, row in rows.items()
                if numbered or not row.activity
            }
            for content, rows, numbered in zip(
                (self.before, self.after), self.free, (numbered_before, numbered_after), strict=True
            )
        )
        self.match(before, after)

    @property
    def free(self) -> tuple[Mapping[int, EditionRow], Mapping[int, EditionRow]]:
        return self.free_before, self.free_after


def matched_rows(before: EditionContent, after: EditionContent) -> Pairs:
    """Return which rows are the same activity, in the order of the later edition.

    Rows with all cells alike are the same also where their activities differ: it was entered anew, and a reader sees
    no change.
    """
    matching = RowMatching(before, after)
    matching.by_activity()
    common = [column.key for column in after.columns if before.place(column.key) is not None]
    if "vendor" in common:
        names = [key for key in ("vendor", "purpose") if key in common]
        matching.by_cells(common)
        matching.by_cells(names, numbered_before=False)
        matching.by_cells(names, numbered_after=False)
    return sorted(matching.pairs, key=itemgetter(1))


def renamed_vendors(before: EditionContent, after: EditionContent, pairs: Pairs) -> Mapping[str, str]:
    """Return the new names of vendors by their old ones: all rows in both have the one name, then the other.

    A row that moved from one vendor to another, which is in both editions or has rows of several, renames none.
    """
    places = before.place("vendor"), after.place("vendor")
    if places[0] is None or places[1] is None:
        return {}
    names = [
        (clean_text(before.rows[old].cells[places[0]]), clean_text(after.rows[new].cells[places[1]]))
        for old, new in pairs
    ]
    later, earlier = defaultdict(set), defaultdict(set)
    for old_name, new_name in names:
        later[old_name].add(new_name)
        earlier[new_name].add(old_name)
    names_before, names_after = vendors_of(before), vendors_of(after)

    def is_replaced(old: str, new: str) -> bool:
        only_case = text_key(old) == text_key(new)
        return only_case or (text_key(old) not in names_after and text_key(new) not in names_before)

    return {
        old: new
        for old, new in dict.fromkeys(names)
        if old != new and len(later[old]) == len(earlier[new]) == 1 and is_replaced(old, new)
    }


def changed_rows(
    before: EditionContent, after: EditionContent, pairs: Pairs, renamed: Mapping[str, str]
) -> Iterator[RowChange]:
    """Yield the rows that differ in a column of both editions, the new name of a renamed vendor apart."""
    for old, new in pairs:
        first, then = before.rows[old], after.rows[new]
        if first.cells == then.cells and before.columns == after.columns:
            continue
        cells = [
            change
            for change in changed_cells(before, first, after, then)
            if not (change.key == "vendor" and renamed.get(change.before) == change.after)
        ]
        if cells:
            yield RowChange(named(before, first), named(after, then), cells)


def changed_cells(
    before: EditionContent, first: EditionRow, after: EditionContent, then: EditionRow
) -> Iterator[CellChange]:
    for column in after.columns:
        if before.place(column.key) is not None:
            old, new = clean_text(before.cell(first, column.key)), clean_text(after.cell(then, column.key))
            if old != new:
                yield CellChange(column.key, column.heading, old, new)


def changed_texts(before: EditionContent, after: EditionContent) -> Iterator[TextChange]:
    for names, prefix, first, then in (
        (TEXTS, "", before, after),
        (PUBLISHER, "publisher_", before.publisher, after.publisher),
    ):
        for name in names:
            old, new = clean_text(getattr(first, name)), clean_text(getattr(then, name))
            if old != new:
                yield TextChange(prefix + name, old, new)
