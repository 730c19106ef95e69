"""Which rows of the register to show. What is not understood is an error, never a wider result."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import BadRequest
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core.days import FIRST_DAY, LAST_DAY, is_plausible_day, midnight
from registry.core.order import in_order_of_names
from registry.core.text import text_key
from registry.findings.rules import BY_CODE, RULES, violating
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
from registry.law.transfers import Law
from registry.law.verdicts import Verdict
from registry.law.wording import VERDICT_NAMES
from registry.models import (
    LegalBasis,
    ProcessingActivity,
    Source,
    Status,
    Transfer,
    TransferMechanism,
    User,
    Vendor,
)
from registry.models.countries import country_choices


class UnknownFilter(BadRequest):
    """A filter, or a value of one, that is not known. A page that does not say it in its own words answers 400."""


class StrictFilterSet(django_filters.FilterSet):  # type: ignore[misc]
    """django-filter drops what it does not understand and returns more rows; this one refuses."""

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


#: A status that is none: of rows in the register, of drafts, and of those that have ended.
ALL = "all"


class RegisterFilter(StrictFilterSet):
    """Which rows of the register, by the law of a day."""

    text = django_filters.CharFilter(label=gettext_lazy("Text"), method="containing")
    vendor = django_filters.CharFilter(label=gettext_lazy("Vendor"), method="called")
    country = django_filters.ChoiceFilter(label=gettext_lazy("Country"), choices=country_choices)
    legal_basis = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Legal basis"),
        queryset=LegalBasis.objects.order_by(in_order_of_names("label")),
        to_field_name="label",
    )
    mechanism = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Transfer mechanism"),
        method="relying_on",
        queryset=TransferMechanism.objects.filter(Exists(Transfer.objects.filter(mechanism=OuterRef("pk")))).order_by(
            in_order_of_names("label_key")
        ),
        to_field_name="code",
    )
    verdict = django_filters.ChoiceFilter(
        label=gettext_lazy("Verdict"), method="judged", choices=[(each.code, VERDICT_NAMES[each]) for each in Verdict]
    )
    finding = django_filters.ChoiceFilter(
        label=gettext_lazy("Finding"), method="found", choices=[(rule.code, rule.title) for rule in RULES]
    )
    owner = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Owner"),
        field_name="vendor__owner",
        queryset=User.objects.filter(Exists(Vendor.objects.filter(owner=OuterRef("pk")))).order_by(
            in_order_of_names("username")
        ),
        to_field_name="username",
        null_label=gettext_lazy("nobody"),
    )
    status = django_filters.ChoiceFilter(
        label=gettext_lazy("Status"),
        method="with_status",
        choices=[*Status.choices, (ALL, gettext_lazy("all"))],
        empty_label=None,
    )

    class Meta:
        model = ProcessingActivity
        fields: tuple[str, ...] = ()

    def __init__(self, data: Any, queryset: QuerySet[Any], law: Law) -> None:
        super().__init__(data, queryset=queryset)
        self.law = law
        self.offer_countries(queryset)
        self.filters["owner"].field.label_from_instance = name_of

    def offer_countries(self, rows: QuerySet[Any]) -> None:
        """Offer the countries that occur, and the one asked for; any other country is understood too."""
        occurring = {*rows.order_by().values_list("country", flat=True).distinct(), self.data.get("country")}
        field = self.form.fields["country"]
        field.widget.choices = [choice for choice in field.choices if not choice[0] or choice[0] in occurring]

    def containing(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(
            self.in_name(value)
            | Q(purpose_key__contains=text_key(value))
            | Q(purpose__holds=value)
            | Q(personal_data__holds=value)
        )

    def called(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(self.in_name(value))

    def in_name(self, text: str) -> Q:
        """By the key, to which "ss" is "ß", or letter by letter, however long the name is."""
        return Q(vendor__name_key__contains=text_key(text)) | Q(vendor__name__holds=text)

    def relying_on(self, rows: QuerySet[Any], name: str, value: TransferMechanism) -> QuerySet[Any]:
        return rows.filter(Exists(Transfer.objects.filter(activity=OuterRef("pk"), mechanism=value)))

    def judged(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.with_verdict(self.law).filter(verdict=Verdict[value.upper()].value)  # type: ignore[attr-defined]

    def found(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """What the rule speaks of: the row, or its vendor."""
        rule = BY_CODE[value]
        concerned = violating(rule, self.law).order_by().values("pk")
        return rows.filter(vendor__in=concerned) if rule.model is Vendor else rows.filter(pk__in=concerned)

    def with_status(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows if value == ALL else rows.filter(status=value)


def day_of(text: str) -> date | None:
    """The day that an address names, or none."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        day = date.min
    if day is not None and not is_plausible_day(day):
        raise UnknownFilter(_("“%s” is not a day. Write it as 2020-07-16.") % text)
    return day


def day_filter(label: Any, method: str) -> django_filters.DateFilter:
    return django_filters.DateFilter(
        label=label,
        method=method,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=("%Y-%m-%d",),
        validators=(MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)),
    )


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
