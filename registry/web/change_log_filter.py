"""The filter of the change log: which change sets are shown, and which of their rows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core.days import midnight
from registry.core.order import in_order_of_names
from registry.history.change_sets import name_of
from registry.history.log import SIGN_INS, ChangeLog, LogReader
from registry.history.log_filters import (
    PEOPLE,
    RowFilter,
    field_labels,
    has_field,
    has_text,
    model_choices,
    resolve_keys,
    roots_called,
)
from registry.models import (
    Source,
    User,
)
from registry.web.filters import StrictFilterSet, UnknownFilter, day_filter


class ChangeLogForm(forms.Form):
    """Says more than field by field: what is asked for has to make sense together."""

    #: The keys of the vendors asked for; None where none is.
    vendors: Any = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", _("The last day is before the first."))
        if cleaned.get("vendor"):
            self.vendors = resolve_keys(roots_called(cleaned["vendor"]))
            if self.vendors == set():
                self.add_error("vendor", _("No vendor is or ever was called so."))
        kind, name = cleaned.get("kind"), cleaned.get("field")
        if kind and name and not has_field(kind, name):
            self.add_error("field", _("Entries of this kind have no such field."))
        return cleaned


class ChangeLogFilter(StrictFilterSet):
    """Which acts, and which rows they must have changed. What is said of rows holds of one and the same row."""

    person = django_filters.ModelChoiceFilter(
        field_name="user",
        label=gettext_lazy("Who"),
        queryset=User.objects.none(),
        null_label=gettext_lazy("nobody signed in"),
    )
    since = day_filter(gettext_lazy("From"), "from_day")
    until = day_filter(gettext_lazy("To"), "to_day")
    source = django_filters.ChoiceFilter(label=gettext_lazy("By way of"), choices=Source.choices)
    reason = django_filters.CharFilter(label=gettext_lazy("Reason"), method="with_reason")
    vendor = django_filters.CharFilter(label=gettext_lazy("Vendor"), method="of_rows")
    kind = django_filters.ChoiceFilter(label=gettext_lazy("Kind of entry"), method="of_rows")
    field = django_filters.ChoiceFilter(label=gettext_lazy("Field"), method="of_rows")
    text = django_filters.CharFilter(label=gettext_lazy("Old or new value"), method="of_rows")

    #: Those that speak of rows; the others speak of acts.
    OF_ROWS = ("vendor", "kind", "field", "text")

    class Meta:
        form = ChangeLogForm

    def __init__(self, data: Any, reader: LogReader) -> None:
        super().__init__(data, queryset=reader.sets())
        self.reader = reader
        models = list(reader.models)
        people = [(PEOPLE, _("users, groups and rights"))] if reader.people else []
        acted = reader.sets().filter(user=OuterRef("pk")).order_by()
        self.filters["person"].queryset = User.objects.filter(Exists(acted)).order_by(in_order_of_names("username"))
        self.filters["person"].field.label_from_instance = name_of
        self.filters["source"].extra["choices"] = [
            (value, label) for value, label in Source.choices if reader.people or value not in SIGN_INS
        ]
        self.filters["kind"].extra["choices"] = [
            (code, capfirst(name)) for code, name in [*model_choices(models), *people]
        ]
        self.filters["field"].extra["choices"] = [
            (name, capfirst(" / ".join(labels))) for name, labels in field_labels(models).items()
        ]

    @property
    def log(self) -> ChangeLog:
        """Raises ``UnknownFilter``."""
        twice = [name for name in self.data if len(self.data.getlist(name)) > 1]
        if twice:
            raise UnknownFilter(_("Given twice: %(names)s. Give each filter once.") % {"names": ", ".join(twice)})
        sets = self.qs
        said = self.form.cleaned_data
        rows = RowFilter(kind=said["kind"], field=said["field"], text=said["text"], roots=self.form.vendors)
        narrowed = any(value for name, value in said.items() if name not in self.OF_ROWS)
        return ChangeLog(self.reader, sets, rows, narrowed)

    def from_day(self, sets: QuerySet[Any], name: str, value: date) -> QuerySet[Any]:
        return sets.filter(created_at__gte=midnight(value))

    def to_day(self, sets: QuerySet[Any], name: str, value: date) -> QuerySet[Any]:
        return sets.filter(created_at__lt=midnight(value + timedelta(days=1)))

    def with_reason(self, sets: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return sets.filter(has_text("reason", value))

    def of_rows(self, sets: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return sets
