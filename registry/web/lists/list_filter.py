"""What the filters of lists have in common: several values in one filter, and only choices that occur."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

from registry.history.change_sets import name_of
from registry.law.transfers import Law
from registry.web.filters import StrictFilterSet
from registry.web.lists.merged_choices import MergedMultipleChoiceFilter

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: The value of the filter *status* that does not filter.
ALL = "all"


@dataclass(frozen=True)
class ActiveFilter:
    """One value of a filter that is in force, and the query string of the list without it."""

    label: str
    text: str
    without: str


class ListFilter(StrictFilterSet):
    """Selects entries, with verdicts and findings by the law of a day."""

    data: QueryDict

    def __init__(self, data: QueryDict, queryset: QuerySet[Any], law: Law) -> None:
        super().__init__(data, queryset=queryset)
        self.law = law
        if "owner" in self.filters:
            self.filters["owner"].field.label_from_instance = name_of
        self.offer_occurring(queryset)

    def offer_occurring(self, rows: QuerySet[Any]) -> None:
        """Offer the countries that occur and the selected ones; every other country is a valid value too."""
        occurring = {*rows.order_by().values_list("country", flat=True).distinct(), *self.data.getlist("country")}
        field = self.form.fields["country"]
        field.widget.choices = [choice for choice in field.choices if choice[0] in occurring]

    def referring_to(self, rows: QuerySet[Any], field: str, values: Iterable[object]) -> QuerySet[Any]:
        """Select the entries whose field refers to one of the entries, or to none where that was chosen."""
        chosen = list(values)
        if not chosen:
            return rows
        entries = [each for each in chosen if isinstance(each, Model)]
        condition = Q(**{f"{field}__in": entries})
        if len(entries) < len(chosen):
            condition |= Q(**{f"{field}__isnull": True})
        return rows.filter(condition)

    def texts(self, name: str) -> list[str]:
        """Return the values of a filter as they are shown."""
        labels = dict(choice_labels(self.form.fields[name]))
        return [labels.get(value, value) for value in self.data.getlist(name) if value]

    def label(self, name: str) -> str:
        return str(self.form.fields[name].label)

    def active(self, query: QueryDict) -> Iterator[ActiveFilter]:
        """Yield the values in force; ``query`` is the query string of the page."""
        for name in self.filters:
            if name not in self.data:
                continue
            for value, text in zip(filter(None, self.data.getlist(name)), self.texts(name), strict=True):
                if name == "status" and value == ALL:
                    continue
                without = query.copy()
                without.pop("p", None)
                others = [each for each in self.data.getlist(name) if each != value]
                without.setlist(name, others or ([ALL] if name == "status" else []))
                yield ActiveFilter(self.label(name), text, without.urlencode())


def choice_labels(field: object) -> Iterator[tuple[str, str]]:
    for value, label in getattr(field, "choices", ()):
        yield str(value), str(label)


def several(
    label: StrOrPromise, choices: object, method: str | None = None, **options: object
) -> django_filters.MultipleChoiceFilter:
    """Return a filter by any of several values."""
    return django_filters.MultipleChoiceFilter(
        label=label, choices=choices, method=method, widget=forms.CheckboxSelectMultiple, **options
    )


def several_entries(label: StrOrPromise, **options: object) -> MergedMultipleChoiceFilter:
    """Return a filter by any of several related entries."""
    return MergedMultipleChoiceFilter(
        label=label, widget=forms.CheckboxSelectMultiple, **{"method": "referring_to", **options}
    )


def without_all(values: Iterable[str]) -> list[str]:
    return [value for value in values if value != ALL]
