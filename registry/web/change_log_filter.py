"""The filter of the change log: which change sets are shown, and which of their rows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.http import QueryDict
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
    ChangeSet,
    Source,
    User,
)
from registry.web.filters import StrictFilterSet, UnknownFilter, day_filter


class ChangeLogForm(forms.Form):
    """Checks that the values of several fields make sense together."""

    #: The keys of the vendors with the wanted name; None without that filter.
    vendors: Any = None

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", _("The last day is before the first."))
        if cleaned.get("vendor"):
            self.vendors = resolve_keys(roots_called(cleaned["vendor"]))
            if self.vendors == set():
                self.add_error("vendor", _("No vendor has or ever had this name."))
        kind, name = cleaned.get("kind"), cleaned.get("field")
        if kind and name and not has_field(kind, name):
            self.add_error("field", _("Entries of this kind have no such field."))
        return cleaned


class ChangeLogFilter(StrictFilterSet):
    """Selects change sets, and the rows that they changed. All filters on rows have to match the same row."""

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
    vendor = django_filters.CharFilter(label=gettext_lazy("Vendor"), method="unfiltered")
    kind = django_filters.ChoiceFilter(label=gettext_lazy("Kind of entry"), method="unfiltered")
    field = django_filters.ChoiceFilter(label=gettext_lazy("Field"), method="unfiltered")
    text = django_filters.CharFilter(label=gettext_lazy("Old or new value"), method="unfiltered")

    #: The filters on rows; the others are filters on change sets.
    ROW_FILTERS = ("vendor", "kind", "field", "text")

    class Meta:
        form = ChangeLogForm

    def __init__(self, data: QueryDict, reader: LogReader) -> None:
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
        """Return the selected part of the log. Raises ``UnknownFilter``."""
        repeated = [name for name in self.data if len(self.data.getlist(name)) > 1]
        if repeated:
            raise UnknownFilter(_("Given twice: %(names)s. Give each filter once.") % {"names": ", ".join(repeated)})
        sets = self.qs
        values = self.form.cleaned_data
        rows = RowFilter(kind=values["kind"], field=values["field"], text=values["text"], roots=self.form.vendors)
        narrowed = any(value for name, value in values.items() if name not in self.ROW_FILTERS)
        return ChangeLog(self.reader, sets, rows, narrowed)

    def from_day(self, sets: QuerySet[ChangeSet], name: str, value: date) -> QuerySet[ChangeSet]:
        return sets.filter(created_at__gte=midnight(value))

    def to_day(self, sets: QuerySet[ChangeSet], name: str, value: date) -> QuerySet[ChangeSet]:
        return sets.filter(created_at__lt=midnight(value + timedelta(days=1)))

    def with_reason(self, sets: QuerySet[ChangeSet], name: str, value: str) -> QuerySet[ChangeSet]:
        return sets.filter(has_text("reason", value))

    def unfiltered(self, sets: QuerySet[ChangeSet], name: str, value: str) -> QuerySet[ChangeSet]:
        return sets
