"""The filter of the list of vendors."""

from __future__ import annotations

from collections.abc import Sequence

import django_filters
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from registry.core.order import in_order_of_names
from registry.findings.findings import violating_entries
from registry.findings.rules import RULES, RULES_BY_CODE
from registry.law.verdicts import Verdict
from registry.law.wording import VERDICT_NAMES
from registry.models import ProcessingActivity, Role, Status, User, Vendor
from registry.models.countries import country_choices
from registry.models.reviews import changed_since_review, review_due
from registry.models.vendor_names import with_other_name
from registry.models.vendors import VendorQuerySet
from registry.web.lists.list_filter import ALL, ListFilter, several, several_entries, without_all


class VendorFilter(ListFilter):
    text = django_filters.CharFilter(label=_("Text"), method="containing")
    status = several(_("Status"), [*Status.choices, (ALL, _("all"))], "with_status")
    role = several(_("Role"), Role.choices)
    owner = several_entries(
        _("Owner"),
        queryset=User.objects.filter(Exists(Vendor.objects.filter(owner=OuterRef("pk")))).order_by(
            in_order_of_names("username")
        ),
        to_field_name="username",
        null_label=_("nobody"),
    )
    verdict = several(_("Verdict"), [(each.code, VERDICT_NAMES[each]) for each in Verdict], "with_verdict")
    finding = several(_("Finding"), [(rule.code, rule.title) for rule in RULES], "with_finding")
    review = several(_("Review"), [("due", _("due")), ("changed", _("changed since review"))], "with_review")
    country = several(_("Seat"), country_choices)

    class Meta:
        model = Vendor
        fields: tuple[str, ...] = ()

    def containing(self, rows: VendorQuerySet, name: str, value: str) -> VendorQuerySet:
        purposes = ProcessingActivity.objects.filter(vendor=OuterRef("pk"), purpose__holds=value)
        return rows.filter(
            Q(name__holds=value)
            | Q(legal_name__holds=value)
            | Q(registration_number__holds=value)
            | Q(with_other_name(value))
            | Q(Exists(purposes))
        )

    def with_status(self, rows: VendorQuerySet, name: str, values: Sequence[str]) -> VendorQuerySet:
        return rows if ALL in values else rows.filter(status__in=without_all(values))

    def with_verdict(self, rows: VendorQuerySet, name: str, values: Sequence[str]) -> VendorQuerySet:
        return rows.with_verdict(self.law).filter(verdict__in=[Verdict[value.upper()].value for value in values])

    def with_finding(self, rows: VendorQuerySet, name: str, values: Sequence[str]) -> VendorQuerySet:
        """Select the vendors that violate one of the rules, or one of whose activities does."""
        condition = Q()
        for rule in (RULES_BY_CODE[value] for value in values):
            violating = violating_entries(rule, self.law).order_by()
            keys = violating.values("pk" if rule.model is Vendor else "vendor")
            condition |= Q(pk__in=keys)
        return rows.filter(condition)

    def with_review(self, rows: VendorQuerySet, name: str, values: Sequence[str]) -> VendorQuerySet:
        conditions = {"due": review_due(self.law.on), "changed": changed_since_review()}
        condition = Q()
        for value in values:
            condition |= conditions[value]
        return rows.filter(condition)
