"""The page of findings, and their export."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from registry.files.reports.findings import findings_table
from registry.findings.findings import count_findings, entries_by_key, finding_of, register_order, violating_entries
from registry.findings.questions import question_about
from registry.findings.rules import RULES, RULES_BY_CODE, Rule
from registry.models import Edition, ProcessingActivity, Vendor
from registry.web.decorators import post_only, shows_refusals
from registry.web.editions.findings import edition_findings
from registry.web.exports import recorded_workbook, require_export
from registry.web.law_day import law_of
from registry.web.page import Context, paginate, render
from registry.web.permissions import may_see, require_view


@require_safe
@shows_refusals("registry/findings.html", gettext_lazy("Findings"))
def findings_page(request: HttpRequest) -> HttpResponse:
    """Show the number of findings of each rule, and the findings of the chosen one."""
    require_view(request, Vendor, ProcessingActivity)
    law = law_of(request)
    chosen = chosen_rule(request)
    context: Context = {
        "law": law,
        "counted": list(count_findings(law).items()),
        "chosen": chosen,
        "question": question_about(chosen) if chosen is not None else None,
    }
    if chosen is None and "law" not in request.GET and may_see(request, Edition):
        context["edition_findings"] = edition_findings()
    if chosen is not None:
        listed = paginate(request, violating_entries(chosen, law).order_by(*register_order(chosen)))
        keys = [entry.pk for entry in listed["page"].object_list]
        entries = entries_by_key(chosen.model, keys, law)
        context |= listed | {"findings": [finding_of(chosen, entries[key], law) for key in keys]}
    return render(request, "registry/findings.html", chosen.title if chosen else _("Findings"), context)


@post_only("admin:findings")
@shows_refusals("registry/findings.html", gettext_lazy("Findings"))
def export_findings(request: HttpRequest) -> FileResponse:
    """Return the findings as a recorded Excel download."""
    require_view(request, Vendor, ProcessingActivity)
    require_export(request)
    law, chosen = law_of(request), chosen_rule(request)
    rules = [chosen] if chosen else list(RULES)
    return recorded_workbook(
        request,
        lambda who: findings_table(rules, law, who=who),
        of="findings",
        rows=request.GET.urlencode(),
        file_name=f"findings-{law.on}.xlsx",
    )


def chosen_rule(request: HttpRequest) -> Rule | None:
    code = request.GET.get("rule", "")
    if code and code not in RULES_BY_CODE:
        raise Http404
    return RULES_BY_CODE.get(code)
