"""Filters that refuse what they do not understand, and days in addresses."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import django_filters
from django.core.exceptions import BadRequest
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from registry.core.days import FIRST_DAY, LAST_DAY, is_plausible_day
from registry.web.day_input import DayInput

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class UnknownFilter(BadRequest):
    """An unknown filter or value. Answered with status 400, by default without a page of its own."""


class StrictFilterSet(django_filters.FilterSet):  # type: ignore[misc]
    """A filter set that raises ``UnknownFilter``; django-filter ignores unknown filters and returns more rows."""

    @property
    def qs(self) -> QuerySet[Any]:
        unknown = sorted(set(self.data or {}) - set(self.filters))
        if unknown:
            raise UnknownFilter(
                _("Unknown filter: %(unknown)s. Known: %(known)s.")
                % {"unknown": ", ".join(unknown), "known": ", ".join(self.filters)}
            )
        if self.is_bound and not self.is_valid():
            raise UnknownFilter(" ".join(f"{name}: {' '.join(why)}" for name, why in self.form.errors.items()))
        rows: QuerySet[Any] = super().qs
        return rows


def parse_day(text: str) -> date | None:
    """Return the day that a text states, or None for an empty one. Raises ``UnknownFilter``."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        day = date.min
    if day is not None and not is_plausible_day(day):
        raise UnknownFilter(_("“%s” is not a day. Write it as 2020-07-16.") % text)
    return day


def day_filter(label: StrOrPromise, method: str) -> django_filters.DateFilter:
    return django_filters.DateFilter(
        label=label,
        method=method,
        widget=DayInput,
        input_formats=("%Y-%m-%d",),
        validators=(MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)),
    )
