"""The page of open questions."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from registry.findings.questions import QUESTIONS, QUESTIONS_BY_CODE, count_open_questions
from registry.web.page import paginate, render
from registry.web.permissions import may_see


@require_safe
def questions_page(request: HttpRequest) -> HttpResponse:
    """Show the number of open questions of each kind, and the entries of one kind."""
    visible = [question for question in QUESTIONS if may_see(request, question.model)]
    if not visible:
        raise PermissionDenied
    counts = count_open_questions(visible)
    code = request.GET.get("question")
    if code is not None and code not in QUESTIONS_BY_CODE:
        raise Http404
    first = next((question for question, count in counts.items() if count), visible[0])
    chosen = QUESTIONS_BY_CODE[code] if code else first
    if chosen not in visible:
        raise PermissionDenied
    listed = paginate(request, chosen.entries)
    rows = [(entry, chosen.path(entry)) for entry in listed["page"]]
    context = {"counted": list(counts.items()), "chosen": chosen, "rows": rows, **listed}
    return render(request, "registry/questions.html", _("Open questions"), context)
