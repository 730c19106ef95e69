"""Verdicts and findings in the forms of the admin."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from registry.findings.findings import Finding, findings_by_entry
from registry.law.verdicts import ReasonedVerdict, Verdict
from registry.law.wording import VERDICT_NAMES, explain_verdict
from registry.models import ProcessingActivity, Vendor
from registry.web.admin.questions import QuestionAdmin
from registry.web.law_day import day_in_address, law_of
from registry.web.page import Context
from registry.web.watching.pages import watch_button


def verdict_badge(verdict: Verdict) -> SafeString:
    return format_html('<span class="verdict verdict-{}">{}</span>', verdict.code, VERDICT_NAMES[verdict])


def verdict_text(verdict: ReasonedVerdict) -> SafeString:
    return format_html('{} <span class="why">{}</span>', verdict_badge(verdict.verdict), explain_verdict(verdict))


def worst_verdict(verdict: Verdict) -> SafeString:
    """Return the verdict of a vendor: the worst on its activities in the register."""
    return format_html('{} <span class="why">{}</span>', verdict_badge(verdict), _("The worst of its activities."))


class VerdictAdmin(QuestionAdmin):
    """An admin of entries that have findings, which the form shows."""

    def render_change_form(
        self, request: HttpRequest, context: Context, *args: object, **kwargs: object
    ) -> HttpResponse:
        entry = kwargs.get("obj")
        if isinstance(entry, Vendor | ProcessingActivity) and entry.pk:
            context |= self.verdict_context(request, entry)
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def verdict_context(
        self, request: HttpRequest, entry: Vendor | ProcessingActivity, findings: Sequence[Finding] | None = None
    ) -> Context:
        """Return the context for the panel beside the form; ``findings`` are those of the entry, where known."""
        law = law_of(request)
        if findings is None:
            findings = findings_by_entry(self.model, [entry.pk], law)[entry.pk]
        may_accept = request.user.has_perm("registry.add_acceptance")
        return {
            "law": law,
            "watch": watch_button(request, entry),
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
