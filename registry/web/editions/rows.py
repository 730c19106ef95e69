"""The rows of a series: those of the register that its filters select."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _

from registry.editions.content import EditionContent
from registry.editions.freezing import freeze, high_findings
from registry.editions.stored_editions import address_of_series
from registry.models import DocumentText, head_digest
from registry.models.activities import ActivityQuerySet
from registry.web.filters import UnknownFilter
from registry.web.lists.definition import REGISTER
from registry.web.lists.query import COLUMN, LAW, ListQuery

#: Filters that would tell readers whom the register belongs to, or what it thinks of itself.
INTERNAL_FILTERS = frozenset({"owner", "finding", "question"})


def list_query_of(series: DocumentText, day: date) -> ListQuery:
    """Return the query of the list of a series, by the law of a day. Raises ``UnknownFilter``."""
    query = QueryDict(series.rows, mutable=True)
    if internal := INTERNAL_FILTERS & query.keys():
        words = {"names": ", ".join(sorted(internal))}
        raise UnknownFilter(
            _("The rows of an edition are not selected by %(names)s: its readers would see it.") % words
        )
    query[LAW] = day.isoformat()
    query.setlist(COLUMN, series.column_keys)
    return ListQuery(REGISTER, query)


@contextmanager
def rows_of_series(series: DocumentText, day: date) -> Iterator[tuple[ActivityQuerySet, str]]:
    """Yield the selected activities, and which these are in words; empty words: the whole register."""
    with translation.override(series.language):
        list_query = list_query_of(series, day)
        with list_query.state() as shown:
            whole = list_query.marks(shown)["whole"]
            activities: Any = shown.rows
            list_query.filters.pop("status", None)  # no edition has drafts or ended activities
            yield activities, "" if whole else list_query.description(shown)


def content_for_series(
    series: DocumentText, number: int, day: date, only: Collection[int] | None = None
) -> EditionContent:
    """Return what an edition of a series would say now, or which of these activities it would have.

    Raises ``UnknownFilter`` where its filters are not known.
    """
    with rows_of_series(series, day) as (activities, selection):
        return freeze(
            series,
            activities if only is None else activities.filter(pk__among=list(only)),
            number=number,
            day=day,
            selection=selection,
            head=head_digest(),
            address=address_of_series(series),
        )


def findings_of_series(series: DocumentText, day: date) -> dict[str, list[int]]:
    """Return the high findings that are open in what an edition of a series would say now."""
    with rows_of_series(series, day) as (activities, _selection):
        return high_findings(activities, day)
