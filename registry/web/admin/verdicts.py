"""Verdicts and findings in the lists and forms of the admin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from registry.findings.findings import Finding, findings_by_entry, open_rules
from registry.findings.rules import Rule
from registry.law.verdicts import ReasonedVerdict, Verdict
from registry.law.wording import VERDICT_NAMES, explain_verdict
from registry.web.admin.questions import QuestionAdmin
from registry.web.filters import UnknownFilter
from registry.web.law_day import day_in_address, law_of
from registry.web.page import Context


class ListedEntry(Protocol):
    """An entry with the rules that it violates."""

    open_rules: Sequence[Rule]


class FindingsChangeList(ChangeList):
    """A list whose entries have the rules that they violate, in a fixed number of queries a page."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        rules_by_key = open_rules(self.model, [row.pk for row in rows], law_of(request))
        for row in rows:
            row.open_rules = rules_by_key[row.pk]
        self.result_list = rows


def verdict_badge(verdict: Verdict) -> SafeString:
    return format_html('<span class="verdict verdict-{}">{}</span>', verdict.code, VERDICT_NAMES[verdict])


def verdict_text(verdict: ReasonedVerdict) -> SafeString:
    return format_html('{} <span class="why">{}</span>', verdict_badge(verdict.verdict), explain_verdict(verdict))


class VerdictAdmin(QuestionAdmin):
    """An admin of entries that have findings: a column in the list, and the findings in the form."""

    change_list_template = "admin/registry/change_list.html"

    @admin.display(description=_("findings"))
    def finding_count(self, entry: ListedEntry) -> str:
        """Return the number of open findings; the filter shows which ones."""
        if not entry.open_rules:
            return "–"
        return format_html('<span class="severity-{}">{}</span>', entry.open_rules[0].severity, len(entry.open_rules))

    def changelist_view(self, request: HttpRequest, extra_context: Context | None = None) -> HttpResponse:
        try:
            law = law_of(request)
        except UnknownFilter:
            return redirect(f"{request.path}?e=1")
        context = {"law_day": law.on if day_in_address(request) else None, **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, context)
        return response

    def render_change_form(
        self, request: HttpRequest, context: Context, *args: object, **kwargs: object
    ) -> HttpResponse:
        entry = kwargs.get("obj")
        if isinstance(entry, Model) and entry.pk:
            context |= self.verdict_context(request, entry)
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def verdict_context(self, request: HttpRequest, entry: Any) -> Context:
        law = law_of(request)
        findings = findings_by_entry(self.model, [entry.pk], law)[entry.pk]
        may_accept = request.user.has_perm("registry.add_acceptance")
        return {
            "law": law,
            "law_chosen": day_in_address(request) is not None,
            "findings": [(each, accept_address(each) if may_accept else "") for each in findings],
        }


def accept_address(finding: Finding) -> str:
    """Return the address of the form to accept a finding, or to change its acceptance."""
    acceptance = next((each for each in finding.entry.acceptances.all() if each.rule == finding.rule.code), None)
    if acceptance is not None:
        return reverse("admin:registry_acceptance_change", args=[acceptance.pk])
    owner = "vendor" if finding.rule.model._meta.model_name == "vendor" else "activity"
    return reverse("admin:registry_acceptance_add") + f"?rule={finding.rule.code}&{owner}={finding.entry.pk}"
