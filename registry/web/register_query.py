"""The register as an address asks for it: which rows, in which order, which columns, as at which day, by which law.

``with Asked(query).state() as register:`` reads the state of that day; what is asked of the database inside is of that
day. Whatever is not understood raises ``UnknownFilter``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.files.columns import COLUMNS_BY_KEY, Column
from registry.files.export import Selection
from registry.history.time_travel import as_at, last_change_set_of
from registry.law.transfers import Law
from registry.models import ProcessingActivity, Status, law_on
from registry.web.filters import UnknownFilter, parse_day
from registry.web.register_filter import RegisterFilter

#: What is shown where an address does not say.
DEFAULT_COLUMNS = ("vendor", "purpose", "personal_data", "country", "legal_ground", "verdict")
DOCUMENT_ORDER = ("position", "pk")

DAY, LAW, COLUMN, SORT = "day", "law", "column", "sort"


@dataclass(frozen=True)
class FilteredRegister:
    """A state of the register, seen through a filter."""

    filter: RegisterFilter
    rows: Any
    law: Law


class RegisterQuery:
    def __init__(self, query: QueryDict) -> None:
        once = {name: values for name, values in query.lists() if name != COLUMN}
        twice = [name for name, values in once.items() if len(values) > 1]
        if twice:
            raise UnknownFilter(_("Given twice: %(names)s. Give each filter once.") % {"names": ", ".join(twice)})
        self.query = query
        self.day = self.past_day(parse_day(query.get(DAY, "")))
        self.law_day = parse_day(query.get(LAW, "")) or self.day or timezone.localdate()
        self.columns = list(columns_of(query.getlist(COLUMN) or DEFAULT_COLUMNS))
        self.sort = query.get(SORT, "")
        self.order = ordering_by(self.sort)
        #: Which rows, as the filter is told.
        self.wanted = {name: values[0] for name, values in once.items() if name not in {DAY, LAW, SORT, "p"}}
        self.act = None if self.day is None else last_change_set_of(self.day)

    @staticmethod
    def past_day(day: date | None) -> date | None:
        """None for today: that is the register as it stands."""
        today = timezone.localdate()
        if day is not None and day > today:
            raise UnknownFilter(_("What the register will say on %(day)s is not known yet.") % {"day": day})
        return None if day == today else day

    @contextmanager
    def state(self) -> Iterator[FilteredRegister]:
        with as_at(self.act):
            law = law_on(self.law_day)
            wanted = {"status": Status.ACTIVE.value, **self.wanted}
            found = RegisterFilter(wanted, ProcessingActivity.objects.all(), law)
            rows: Any = found.qs
            if "verdict" in self.sort:
                rows = rows.with_verdict(law)
            yield FilteredRegister(found, rows.order_by(*self.order), law)

    def selection(self, register: FilteredRegister, who: str) -> Selection:
        return Selection(
            register.rows,
            who=who,
            rows_shown=self.in_words(register),
            columns=self.columns,
            law=register.law,
            day=self.day,
            act=self.act,
        )

    def in_words(self, register: FilteredRegister) -> str:
        """Which rows, in which order, for somebody who sees only the file."""
        form = register.filter.form
        said = [
            f"{form.fields[name].label}: {dict(getattr(form.fields[name], 'choices', ())).get(value, value)}"
            for name, value in register.filter.data.items()
            if value
        ]
        if self.sort:
            heading, arrow = COLUMNS_BY_KEY[self.sort.lstrip("-")].heading, " ↓" if self.sort.startswith("-") else ""
            said.append(_("sorted by") + f": {heading}{arrow}")
        return "; ".join(said)


def columns_of(keys: Sequence[str]) -> Iterator[Column]:
    for key in dict.fromkeys(keys):
        if key not in COLUMNS_BY_KEY:
            known = ", ".join(COLUMNS_BY_KEY)
            raise UnknownFilter(_("Unknown column: %(name)s. Known: %(known)s.") % {"name": key, "known": known})
        yield COLUMNS_BY_KEY[key]


def is_sortable(column: Column) -> bool:
    return bool(column.order) or column.beside is None


def ordering_by(sort: str) -> tuple[Any, ...]:
    """The document's order, where none is asked for and among equals."""
    column = COLUMNS_BY_KEY.get(sort.removeprefix("-"))
    if not sort:
        return DOCUMENT_ORDER
    if column is None or not is_sortable(column):
        known = ", ".join(key for key, each in COLUMNS_BY_KEY.items() if is_sortable(each))
        raise UnknownFilter(_("Cannot sort by %(name)s. Known: %(known)s.") % {"name": sort, "known": known})
    return (column.sorts_by.desc() if sort.startswith("-") else column.sorts_by.asc(), *DOCUMENT_ORDER)
