"""The query string of the register: rows, order, columns, the day of the state, and the day of the law.

Within ``with RegisterQuery(query).state() as register:`` all queries read the state of the day. Unknown parameters and
values raise ``UnknownFilter``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from django.db.models.expressions import OrderBy
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.files.columns import COLUMNS_BY_KEY, Column
from registry.files.export import Selection
from registry.history.time_travel import as_at, last_change_set_of
from registry.law.transfers import Law
from registry.models import ProcessingActivity, Status, law_on
from registry.models.activities import ActivityQuerySet
from registry.web.filters import UnknownFilter, parse_day
from registry.web.register_filter import RegisterFilter

#: The columns without a parameter.
DEFAULT_COLUMNS = ("vendor", "purpose", "personal_data", "country", "legal_ground", "verdict")
DOCUMENT_ORDER = ("position", "pk")

DAY, LAW, COLUMN, SORT = "day", "law", "column", "sort"


@dataclass(frozen=True)
class FilteredRegister:
    """The selected activities of one state of the register."""

    filter: RegisterFilter
    rows: ActivityQuerySet
    law: Law


class RegisterQuery:
    """What a query string asks for."""

    def __init__(self, query: QueryDict) -> None:
        single = {name: values for name, values in query.lists() if name != COLUMN}
        repeated = [name for name, values in single.items() if len(values) > 1]
        if repeated:
            raise UnknownFilter(_("Given twice: %(names)s. Give each filter once.") % {"names": ", ".join(repeated)})
        self.query = query
        self.day = self.past_day(parse_day(query.get(DAY, "")))
        self.law_day = parse_day(query.get(LAW, "")) or self.day or timezone.localdate()
        self.columns = list(columns_of(query.getlist(COLUMN) or DEFAULT_COLUMNS))
        self.sort = query.get(SORT, "")
        self.order = ordering_by(self.sort)
        #: The parameters of the filter.
        self.filters = {name: values[0] for name, values in single.items() if name not in {DAY, LAW, SORT, "p"}}
        self.change_set = None if self.day is None else last_change_set_of(self.day)

    @staticmethod
    def past_day(day: date | None) -> date | None:
        """Return None for today, because the live tables already show it. Refuse days to come."""
        today = timezone.localdate()
        if day is not None and day > today:
            raise UnknownFilter(_("What the register will say on %(day)s is not known yet.") % {"day": day})
        return None if day == today else day

    @contextmanager
    def state(self) -> Iterator[FilteredRegister]:
        """Yield the selected rows, while all queries read the state of the day."""
        with as_at(self.change_set):
            law = law_on(self.law_day)
            filters = {"status": Status.ACTIVE.value, **self.filters}
            register_filter = RegisterFilter(filters, ProcessingActivity.objects.all(), law)
            rows: ActivityQuerySet = register_filter.qs  # type: ignore[assignment]
            if "verdict" in self.sort:
                rows = rows.with_verdict(law)
            yield FilteredRegister(register_filter, rows.order_by(*self.order), law)

    def selection(self, register: FilteredRegister, who: str) -> Selection:
        return Selection(
            register.rows,
            who=who,
            rows_shown=self.description(register),
            columns=self.columns,
            law=register.law,
            day=self.day,
            change_set=self.change_set,
        )

    def description(self, register: FilteredRegister) -> str:
        """Return which rows are selected in which order, for a reader who has only the file."""
        form = register.filter.form
        parts = [
            f"{form.fields[name].label}: {dict(getattr(form.fields[name], 'choices', ())).get(value, value)}"
            for name, value in register.filter.data.items()
            if value
        ]
        if self.sort:
            heading, arrow = COLUMNS_BY_KEY[self.sort.lstrip("-")].heading, " ↓" if self.sort.startswith("-") else ""
            parts.append(_("sorted by") + f": {heading}{arrow}")
        return "; ".join(parts)


def columns_of(keys: Sequence[str]) -> Iterator[Column]:
    for key in dict.fromkeys(keys):
        if key not in COLUMNS_BY_KEY:
            known = ", ".join(COLUMNS_BY_KEY)
            raise UnknownFilter(_("Unknown column: %(name)s. Known: %(known)s.") % {"name": key, "known": known})
        yield COLUMNS_BY_KEY[key]


def is_sortable(column: Column) -> bool:
    return bool(column.order) or column.compute is None


def ordering_by(sort: str) -> tuple[str | OrderBy, ...]:
    """Return the ordering for a sort parameter; without one, and among equals, the order of the document."""
    column = COLUMNS_BY_KEY.get(sort.removeprefix("-"))
    if not sort:
        return DOCUMENT_ORDER
    if column is None or not is_sortable(column):
        known = ", ".join(key for key, each in COLUMNS_BY_KEY.items() if is_sortable(each))
        raise UnknownFilter(_("Cannot sort by %(name)s. Known: %(known)s.") % {"name": sort, "known": known})
    return (column.sorts_by.desc() if sort.startswith("-") else column.sorts_by.asc(), *DOCUMENT_ORDER)
