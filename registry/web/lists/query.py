"""The query string of a list: rows, order, columns, the day of the state, and the day of the law.

Within ``with ListQuery(list_definition, query).state() as shown:`` all queries read the state of the day. Unknown
parameters and values raise ``UnknownFilter``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models.expressions import OrderBy
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from registry.core.order import InOrderOfNames
from registry.files.columns import Column
from registry.files.export import Selection
from registry.files.row_keys import new_export_token
from registry.history.time_travel import as_at, last_change_set_of, newest_change_set
from registry.law.transfers import Law
from registry.models import ProcessingActivity, Status, law_on
from registry.web.filters import UnknownFilter, parse_day
from registry.web.lists.definition import ListDefinition
from registry.web.lists.list_filter import ALL, ListFilter

DAY, LAW, COLUMN, SORT, PAGE = "day", "law", "column", "sort", "p"
#: The parameters that are given once.
SINGLE = (DAY, LAW, SORT, PAGE, "text", "vendor", "vendor_is")
#: Characters of the name of a file that say which rows it holds.
LONGEST_STEM = 40


@dataclass(frozen=True)
class ShownList:
    """The selected entries of one state of the register."""

    filter: ListFilter
    rows: Any
    law: Law


class ListQuery:
    """What a query string asks for."""

    def __init__(self, definition: ListDefinition, query: QueryDict) -> None:
        repeated = [name for name in SINGLE if len(query.getlist(name)) > 1]
        if repeated:
            raise UnknownFilter(_("Given twice: %(names)s. Give each filter once.") % {"names": ", ".join(repeated)})
        self.definition = definition
        self.query = query
        self.day = self.past_day(parse_day(query.get(DAY, "")))
        self.law_day = parse_day(query.get(LAW, "")) or self.day or timezone.localdate()
        self.columns = list(self.columns_of(query.getlist(COLUMN) or definition.default_columns))
        self.sort = query.get(SORT, "")
        self.order = self.ordering()
        self.filters = self.filters_of(query)
        self.change_set = None if self.day is None else last_change_set_of(self.day)

    @staticmethod
    def past_day(day: date | None) -> date | None:
        """Return None for today, because the live tables already show it. Refuse days to come."""
        today = timezone.localdate()
        if day is not None and day > today:
            raise UnknownFilter(_("What the register will say on %(day)s is not known yet.") % {"day": day})
        return None if day == today else day

    def filters_of(self, query: QueryDict) -> QueryDict:
        """Return the parameters of the filter, with those that hold by default first."""
        filters = QueryDict(mutable=True)
        for name, value in self.definition.default_filters.items():
            filters[name] = value
        for name, values in query.lists():
            if name not in {DAY, LAW, SORT, PAGE, COLUMN}:
                filters.setlist(name, values)
        return filters

    def columns_of(self, keys: Sequence[str]) -> Iterator[Column]:
        columns = self.definition.columns
        for key in dict.fromkeys(keys):
            if key not in columns:
                known = ", ".join(columns)
                raise UnknownFilter(_("Unknown column: %(name)s. Known: %(known)s.") % {"name": key, "known": known})
            yield columns[key]

    def ordering(self) -> tuple[str | OrderBy | InOrderOfNames, ...]:
        """Return the ordering for the sort parameter; without one, and among equals, the order of the list."""
        columns = self.definition.columns
        column = columns.get(self.sort.removeprefix("-"))
        if not self.sort:
            return self.definition.order
        if column is None or not is_sortable(column):
            known = ", ".join(key for key, each in columns.items() if is_sortable(each))
            raise UnknownFilter(_("Cannot sort by %(name)s. Known: %(known)s.") % {"name": self.sort, "known": known})
        by = column.sorts_by.desc() if self.sort.startswith("-") else column.sorts_by.asc()
        return (by, *self.definition.order)

    @contextmanager
    def state(self) -> Iterator[ShownList]:
        """Yield the selected rows, while all queries read the state of the day."""
        with as_at(self.change_set):
            law = law_on(self.law_day)
            entries = self.definition.model._default_manager.all()
            list_filter = self.definition.filter_class(self.filters, entries, law)
            rows: Any = list_filter.qs
            annotate = self.definition.annotations.get(self.sort.removeprefix("-"))
            if annotate is not None:
                rows = annotate(rows, law)
            yield ShownList(list_filter, rows.order_by(*self.order), law)

    def hold_state(self) -> None:
        """Read the register as it is now from here on, without keeping others from writing."""
        if self.change_set is None:
            self.change_set = newest_change_set()

    def selection(self, shown: ShownList, who: str) -> Selection:
        return Selection(
            shown.rows,
            who=who,
            rows_shown=self.description(shown),
            columns=self.columns,
            law=shown.law,
            day=self.day,
            change_set=self.change_set,
            title=self.definition.title,
            **self.marks(shown),
        )

    def marks(self, shown: ShownList) -> dict[str, Any]:
        """Return what lets a file of the register be compared with its state when it comes back."""
        if self.definition.model is not ProcessingActivity:
            return {}
        statuses = self.filters.getlist("status")
        others = [name for name, values in self.filters.lists() if name != "status" and any(values)]
        return {"token": new_export_token(), "whole": not others and bool({ALL, Status.ACTIVE.value} & set(statuses))}

    def file_stem(self, shown: ShownList) -> str:
        """Return a name for a file of the selection, in ASCII: of the list, the day, and the values of its filters."""
        values = [text for name in self.filters if name != "status" for text in shown.filter.texts(name)]
        rows = slugify(" ".join(values))
        rows = rows if len(rows) <= LONGEST_STEM else rows[:LONGEST_STEM].rpartition("-")[0]
        return "-".join(filter(None, [self.definition.name, f"{self.day or timezone.localdate():%Y-%m-%d}", rows]))

    def description(self, shown: ShownList) -> str:
        """Return which rows are selected in which order, for a reader who has only the file."""
        parts = [
            f"{shown.filter.label(name)}: {', '.join(texts)}"
            for name in self.filters
            if (texts := shown.filter.texts(name))
        ]
        if self.sort:
            heading = self.definition.columns[self.sort.lstrip("-")].heading
            parts.append(_("sorted by") + f": {heading}{' ↓' if self.sort.startswith('-') else ''}")
        return "; ".join(parts)


def is_sortable(column: Column) -> bool:
    return bool(column.order) or column.compute is None
