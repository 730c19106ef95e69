"""The filter of the register: which activities are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from registry.core.order import in_order_of_names
from registry.core.text import text_key
from registry.findings.findings import violating_entries
from registry.findings.questions import QUESTIONS_BY_CODE
from registry.findings.rules import RULES, RULES_BY_CODE
from registry.law.verdicts import Verdict
from registry.law.wording import VERDICT_NAMES
from registry.models import (
    Answer,
    ImpactAssessment,
    LegalBasis,
    OurRole,
    ProcessingActivity,
    Role,
    Status,
    Transfer,
    TransferMechanism,
    User,
    Vendor,
)
from registry.models.activities import ActivityQuerySet
from registry.models.countries import country_choices
from registry.models.vendor_names import with_other_name
from registry.web.lists.list_filter import ALL, ListFilter, several, several_entries, without_all
from registry.web.lists.merged_choices import MergedChoiceFilter


class ActivityFilter(ListFilter):
    text = django_filters.CharFilter(label=_("Text"), method="containing")
    vendor = django_filters.CharFilter(label=_("Vendor"), method="called")
    vendor_is = MergedChoiceFilter(
        label=_("Vendor"), field_name="vendor", queryset=Vendor.objects.all(), widget=forms.HiddenInput
    )
    verdict = several(_("Verdict"), [(each.code, VERDICT_NAMES[each]) for each in Verdict], "with_verdict")
    finding = several(_("Finding"), [(rule.code, rule.title) for rule in RULES], "with_finding")
    country = several(_("Country"), country_choices)
    legal_basis = several_entries(
        _("Legal basis"),
        queryset=LegalBasis.objects.order_by(in_order_of_names("label")),
        to_field_name="label",
        null_label=_("none"),
    )
    mechanism = several_entries(
        _("Transfer mechanism"),
        method="relying_on",
        queryset=TransferMechanism.objects.filter(Exists(Transfer.objects.filter(mechanism=OuterRef("pk")))).order_by(
            in_order_of_names("label_key")
        ),
        to_field_name="code",
    )
    owner = several_entries(
        _("Owner"),
        field_name="vendor__owner",
        queryset=User.objects.filter(Exists(Vendor.objects.filter(owner=OuterRef("pk")))).order_by(
            in_order_of_names("username")
        ),
        to_field_name="username",
        null_label=_("nobody"),
    )
    status = several(_("Status"), [*Status.choices, (ALL, _("all"))], "with_status")
    vendor_role = several(_("Vendor's role"), Role.choices, field_name="vendor__role")
    our_role = several(_("Our role"), OurRole.choices)
    special_categories = several(_("Special categories"), Answer.choices)
    identity_numbers = several(_("Personal identity numbers"), Answer.choices)
    criminal_data = several(_("Data on crimes"), Answer.choices)
    impact_assessment = several(_("Need of an impact assessment"), ImpactAssessment.choices)
    question = several(
        _("Open question"),
        [(each.code, each.title) for each in QUESTIONS_BY_CODE.values() if each.model is ProcessingActivity],
        "leaving_open",
    )

    class Meta:
        model = ProcessingActivity
        fields: tuple[str, ...] = ()

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
        own = Q(vendor__name_key__contains=text_key(text)) | Q(vendor__name__holds=text)
        return own | Q(with_other_name(text, "vendor"))

    def relying_on(self, rows: ActivityQuerySet, name: str, values: Any) -> ActivityQuerySet:
        if not values:
            return rows
        return rows.filter(Exists(Transfer.objects.filter(activity=OuterRef("pk"), mechanism__in=values)))

    def with_verdict(self, rows: ActivityQuerySet, name: str, values: Sequence[str]) -> ActivityQuerySet:
        return rows.with_verdict(self.law).filter(verdict__in=[Verdict[value.upper()].value for value in values])

    def with_finding(self, rows: ActivityQuerySet, name: str, values: Sequence[str]) -> ActivityQuerySet:
        """Select the activities that violate one of the rules, or whose vendor does."""
        condition = Q()
        for rule in (RULES_BY_CODE[value] for value in values):
            violating = violating_entries(rule, self.law).order_by().values("pk")
            condition |= Q(vendor__in=violating) if rule.model is Vendor else Q(pk__in=violating)
        return rows.filter(condition)

    def with_status(self, rows: ActivityQuerySet, name: str, values: Sequence[str]) -> ActivityQuerySet:
        return rows if ALL in values else rows.filter(status__in=without_all(values))

    def leaving_open(self, rows: ActivityQuerySet, name: str, values: Sequence[str]) -> ActivityQuerySet:
        condition = Q()
        for value in values:
            condition |= QUESTIONS_BY_CODE[value].condition
        return rows.filter(condition)
