"""Which rows of the register to show. What is not understood is an error, never a wider result."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from registry.models import LegalBasis, ProcessingActivity, Status, TransferMechanism
from registry.models.fields import country_choices
from registry.text import text_key


class UnknownFilter(ValueError):
    """A filter, or a value of one, that is not known."""


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


class ActivityFilter(StrictFilterSet):
    text = django_filters.CharFilter(method="containing")
    vendor = django_filters.CharFilter(field_name="vendor__name_key", method="of_vendor")
    country = django_filters.ChoiceFilter(choices=country_choices)
    status = django_filters.ChoiceFilter(choices=Status.choices)
    legal_basis = django_filters.ModelChoiceFilter(queryset=LegalBasis.objects.all(), to_field_name="label")
    mechanism = django_filters.ModelChoiceFilter(
        field_name="transfers__mechanism", queryset=TransferMechanism.objects.all(), to_field_name="code", distinct=True
    )

    class Meta:
        model = ProcessingActivity
        fields: tuple[str, ...] = ()

    def containing(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        key = text_key(value)
        return rows.filter(
            Q(vendor__name_key__contains=key) | Q(purpose_key__contains=key) | Q(personal_data__icontains=value)
        )

    def of_vendor(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(vendor__name_key=text_key(value))
