from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from registry.exchange.changelog import FORMATS
from registry.exchange.findings import findings_table
from registry.exchange.outgoing import exported
from registry.filters import UnknownFilter
from registry.findings import BY_CODE, RULES, Rule, accepted, finding, violating, with_all
from registry.models import ProcessingActivity, Source, Vendor, current
from registry.models.changes import name_of
from registry.models.order import in_order_of_names
from registry.transfers import Law
from registry.views.pages import law_of, may_look, page_of, post_only, render


@require_safe
def findings_page(request: HttpRequest) -> HttpResponse:
    """All rules with the number of their findings, and the findings of one of them."""
    may_look(request, Vendor, ProcessingActivity)
    try:
        law = law_of(request)
    except UnknownFilter as refused:
        return render(request, "findings.html", _("Findings"), {"refusal": str(refused)}, 400)
    counted = [(rule, *counts(rule, law)) for rule in RULES]
    chosen = chosen_rule(request)
    context: dict[str, Any] = {"law": law, "counted": counted, "chosen": chosen}
    if chosen is not None:
        order = (in_order_of_names("name_key"),) if chosen.model is Vendor else ("position", "pk")
        listed = page_of(request, violating(chosen, law).order_by(*order))
        keys = [entry.pk for entry in listed["page"].object_list]
        entries = {entry.pk: entry for entry in with_all(chosen.model.objects.filter(pk__in=keys))}
        context |= listed | {"findings": [finding(chosen, entries[key], law) for key in keys]}
    return render(request, "findings.html", chosen.title if chosen else _("Findings"), context)


@post_only("admin:findings")
def export_findings(request: HttpRequest) -> HttpResponse:
    """The findings of the page, all pages of it, as Excel; put on record."""
    may_look(request, Vendor, ProcessingActivity)
    if not request.user.has_perm("registry.export_processingactivity"):
        raise PermissionDenied
    try:
        law = law_of(request)
    except UnknownFilter as refused:
        return HttpResponseBadRequest(str(refused), content_type="text/plain; charset=utf-8")
    chosen = chosen_rule(request)
    rules = [chosen] if chosen else list(RULES)
    content = FORMATS["xlsx"].write(findings_table(rules, law, who=name_of(request.user)))
    current().describe(source=Source.EXPORT, of="findings", **exported("xlsx", request.GET.urlencode(), content))
    current().written()
    response = HttpResponse(content, content_type=FORMATS["xlsx"].content_type)
    response["Content-Disposition"] = f'attachment; filename="findings-{law.on}.xlsx"'
    return response


def chosen_rule(request: HttpRequest) -> Rule | None:
    code = request.GET.get("rule", "")
    if code and code not in BY_CODE:
        raise Http404
    return BY_CODE.get(code)


def counts(rule: Rule, law: Law) -> tuple[int, int]:
    """Open, and accepted."""
    found = violating(rule, law)
    all_of_them, standing = found.count(), found.filter(accepted(rule, law.on)).count()
    return all_of_them - standing, standing
