"""Filters of the lists in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from registry.core import languages
from registry.findings.findings import violating_entries
from registry.findings.rules import RULES_BY_CODE, rules_of
from registry.law import countries
from registry.law.verdicts import Verdict
from registry.law.wording import VERDICT_NAMES
from registry.models.reviews import changed_since_review, review_due
from registry.web.filters import UnknownFilter
from registry.web.law_day import LAW_PARAMETER, law_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class LawFilter(admin.SimpleListFilter):
    """Chooses the day of the law by which verdicts are shown; filters nothing."""

    title = _("law of the day")
    parameter_name = LAW_PARAMETER
    template = "admin/registry/law_filter.html"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Model]) -> list[Any]:
        try:
            law = law_of(request)
        except UnknownFilter as refused:
            raise IncorrectLookupParameters(str(refused)) from None
        return [(law.on.isoformat(), law.on)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return queryset

    def choices(self, changelist: ChangeList) -> Any:
        kept = [(name, value) for name, value in changelist.params.items() if name not in {LAW_PARAMETER, "p"}]
        yield {"kept": kept, "day": self.lookup_choices[0][1], "chosen": bool(self.value())}


class VerdictFilter(admin.SimpleListFilter):
    title = _("verdict")
    parameter_name = "verdict"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Model]) -> list[tuple[str, StrOrPromise]]:
        return [(verdict.code, name) for verdict, name in VERDICT_NAMES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        chosen = {verdict.code: verdict.value for verdict in Verdict}.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(verdict=chosen)


class FindingFilter(admin.SimpleListFilter):
    title = _("finding")
    parameter_name = "finding"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Model]) -> list[tuple[str, StrOrPromise]]:
        return [(rule.code, rule.title) for rule in rules_of(model_admin.model)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        rule = RULES_BY_CODE.get(self.value() or "")
        if rule is None:
            return queryset
        return queryset.filter(pk__in=violating_entries(rule, law_of(request)).order_by().values("pk"))


class UsedFilter(admin.RelatedOnlyFieldListFilter):
    """Offers the related entries that occur. Django's own filter would compute all verdicts to find them."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: ModelAdmin[Model]) -> Any:
        used = model_admin.model._default_manager.order_by().values(f"{self.field_path}__pk")
        ordering = self.field_admin_ordering(field, request, model_admin)
        return field.get_choices(include_blank=False, limit_choices_to={"pk__in": used}, ordering=ordering)


class CountryFilter(admin.SimpleListFilter):
    """Offers the countries that occur."""

    title = _("country")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Model]) -> list[tuple[str, str]]:
        occurring = set(model_admin.model._default_manager.order_by().values_list("country", flat=True).distinct())
        return [
            (code, f"{code} {name}")
            for code, name in countries.choices(languages.active_language())
            if code in occurring
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return queryset.filter(country=self.value()) if self.value() else queryset


class ReviewFilter(admin.SimpleListFilter):
    title = _("review")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Model]) -> list[tuple[str, StrOrPromise]]:
        return [("due", _("due")), ("changed", _("changed since review"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        conditions = {"due": review_due(law_of(request).on), "changed": changed_since_review()}
        condition = conditions.get(self.value() or "")
        return queryset if condition is None else queryset.filter(condition)
