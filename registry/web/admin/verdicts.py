"""Verdicts and findings in the admin's lists and forms, by the law of the day that the address names."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from registry.findings.rules import BY_CODE, Finding, findings_of, open_violations, rules_of, violating
from registry.law.verdicts import ReasonedVerdict, Verdict
from registry.law.wording import VERDICT_NAMES, explain_verdict
from registry.web.filters import UnknownFilter
from registry.web.page import LAW, asked_day, law_of

Base: Any = admin.SimpleListFilter
RelatedBase: Any = admin.RelatedOnlyFieldListFilter


class LawFilter(Base):  # type: ignore[misc]
    """By the law of which day: nothing is filtered, everything is judged anew."""

    title = _("law of the day")
    parameter_name = LAW
    template = "admin/registry/law_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[Any]:
        try:
            law = law_of(request)
        except UnknownFilter as refused:
            raise IncorrectLookupParameters(str(refused)) from None
        return [(law.on.isoformat(), law.on)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset

    def choices(self, changelist: Any) -> Any:
        kept = [(name, value) for name, value in changelist.params.items() if name not in {LAW, "p"}]
        yield {"kept": kept, "day": self.lookup_choices[0][1], "chosen": bool(self.value())}


class VerdictFilter(Base):  # type: ignore[misc]
    title = _("verdict")
    parameter_name = "verdict"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[Any]:
        return [(verdict.code, name) for verdict, name in VERDICT_NAMES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = {verdict.code: verdict.value for verdict in Verdict}.get(self.value())
        return queryset if chosen is None else queryset.filter(verdict=chosen)


class FindingFilter(Base):  # type: ignore[misc]
    title = _("finding")
    parameter_name = "finding"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[Any]:
        return [(rule.code, rule.title) for rule in rules_of(model_admin.model)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rule = BY_CODE.get(self.value() or "")
        if rule is None:
            return queryset
        return queryset.filter(pk__in=violating(rule, law_of(request)).order_by().values("pk"))


class UsedFilter(RelatedBase):  # type: ignore[misc]
    """Those that entries refer to, asked of the entries alone: Django's own has them all judged first."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        used = model_admin.model._default_manager.order_by().values(f"{self.field_path}__pk")
        ordering = self.field_admin_ordering(field, request, model_admin)
        return field.get_choices(include_blank=False, limit_choices_to={"pk__in": used}, ordering=ordering)


class JudgedList(ChangeList):
    """The rows of a page with what is found about them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        found = open_violations(self.model, [row.pk for row in rows], law_of(request))
        for row in rows:
            row.open_rules = found[row.pk]
        self.result_list = rows


def badge(verdict: Verdict) -> SafeString:
    return format_html('<span class="verdict verdict-{}">{}</span>', verdict.code, VERDICT_NAMES[verdict])


def judged(assessment: ReasonedVerdict) -> SafeString:
    return format_html('{} <span class="why">{}</span>', badge(assessment.verdict), explain_verdict(assessment))


class JudgedMixin:
    """An admin whose entries findings speak of."""

    model: type[Any]
    change_list_template = "admin/registry/change_list.html"

    @admin.display(description=_("findings"))
    def finding_count(self, entry: Any) -> str:
        """Of the open ones; the filter says which."""
        if not entry.open_rules:
            return "–"
        return format_html('<span class="severity-{}">{}</span>', entry.open_rules[0].severity, len(entry.open_rules))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        try:
            law = law_of(request)
        except UnknownFilter:
            return redirect(f"{request.path}?e=1")
        context = {"law_day": law.on if asked_day(request) else None, **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, context)  # type: ignore[misc]
        return response

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        entry: Model | None = kwargs.get("obj")
        if entry is not None and entry.pk:
            context |= self.judgement(request, entry)
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc]
        return response

    def judgement(self, request: HttpRequest, entry: Any) -> dict[str, Any]:
        law = law_of(request)
        found = findings_of(self.model, [entry.pk], law)[entry.pk]
        may_accept = request.user.has_perm("registry.add_acceptance")
        return {
            "law": law,
            "law_chosen": asked_day(request) is not None,
            "findings": [(each, accept_address(each) if may_accept else "") for each in found],
        }


def accept_address(finding: Finding) -> str:
    """Where a finding is accepted, or its acceptance changed."""
    known = next((each for each in finding.entry.acceptances.all() if each.rule == finding.rule.code), None)
    if known is not None:
        return reverse("admin:registry_acceptance_change", args=[known.pk])
    owner = "vendor" if finding.rule.model._meta.model_name == "vendor" else "activity"
    return reverse("admin:registry_acceptance_add") + f"?rule={finding.rule.code}&{owner}={finding.entry.pk}"
