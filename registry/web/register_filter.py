"""The filter of the register: which rows are shown."""

from __future__ import annotations

from collections.abc import Mapping

import django_filters
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy

from registry.core.order import in_order_of_names
from registry.core.text import text_key
from registry.findings.findings import violating_entries
from registry.findings.rules import RULES, RULES_BY_CODE
from registry.history.change_sets import name_of
from registry.law.transfers import Law
from registry.law.verdicts import Verdict
from registry.law.wording import VERDICT_NAMES
from registry.models import (
    LegalBasis,
    ProcessingActivity,
    Status,
    Transfer,
    TransferMechanism,
    User,
    Vendor,
)
from registry.models.activities import ActivityQuerySet
from registry.models.countries import country_choices
from registry.web.filters import StrictFilterSet

#: The value of the filter *status* that does not filter.
ALL = "all"


class RegisterFilter(StrictFilterSet):
    """Selects activities, with verdicts and findings by the law of a day."""

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
        label=gettext_lazy("Verdict"),
        method="with_verdict",
        choices=[(each.code, VERDICT_NAMES[each]) for each in Verdict],
    )
    finding = django_filters.ChoiceFilter(
        label=gettext_lazy("Finding"), method="with_finding", choices=[(rule.code, rule.title) for rule in RULES]
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

    def __init__(self, data: Mapping[str, str], queryset: ActivityQuerySet, law: Law) -> None:
        super().__init__(data, queryset=queryset)
        self.law = law
        self.offer_countries(queryset)
        self.filters["owner"].field.label_from_instance = name_of

    def offer_countries(self, rows: ActivityQuerySet) -> None:
        """Offer the countries that occur and the selected one; every other country is a valid value too."""
        occurring = {*rows.order_by().values_list("country", flat=True).distinct(), self.data.get("country")}
        field = self.form.fields["country"]
        field.widget.choices = [choice for choice in field.choices if not choice[0] or choice[0] in occurring]

    def containing(self, rows: ActivityQuerySet, name: str, value: str) -> ActivityQuerySet:
        return rows.filter(
            self.in_name(value)
            | Q(purpose_key__contains=text_key(value))
            | Q(purpose__holds=value)
            | Q(personal_data__holds=value)
        )

    def called(self, rows: ActivityQuerySet, name: str, value: str) -> ActivityQuerySet:
        return rows.filter(self.in_name(value))

    def in_name(self, text: str) -> Q:
        """Match the name by its key, where "ss" equals "ß", or letter by letter, as keys are cut in length."""
        return Q(vendor__name_key__contains=text_key(text)) | Q(vendor__name__holds=text)

    def relying_on(self, rows: ActivityQuerySet, name: str, value: TransferMechanism) -> ActivityQuerySet:
        return rows.filter(Exists(Transfer.objects.filter(activity=OuterRef("pk"), mechanism=value)))

    def with_verdict(self, rows: ActivityQuerySet, name: str, value: str) -> ActivityQuerySet:
        return rows.with_verdict(self.law).filter(verdict=Verdict[value.upper()].value)

    def with_finding(self, rows: ActivityQuerySet, name: str, value: str) -> ActivityQuerySet:
        """Select the activities that violate the rule, or whose vendor does."""
        rule = RULES_BY_CODE[value]
        violating = violating_entries(rule, self.law).order_by().values("pk")
        return rows.filter(vendor__in=violating) if rule.model is Vendor else rows.filter(pk__in=violating)

    def with_status(self, rows: ActivityQuerySet, name: str, value: str) -> ActivityQuerySet:
        return rows if value == ALL else rows.filter(status=value)
