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
    """All open questions counted, and one of them entry by entry."""
    seen = [question for question in QUESTIONS if may_see(request, question.model)]
    if not seen:
        raise PermissionDenied
    counts = count_open_questions(seen)
    asked = request.GET.get("question")
    if asked is not None and asked not in QUESTIONS_BY_CODE:
        raise Http404
    first = next((question for question, count in counts.items() if count), seen[0])
    chosen = QUESTIONS_BY_CODE[asked] if asked else first
    if chosen not in seen:
        raise PermissionDenied
    listed = paginate(request, chosen.entries)
    rows = [(entry, chosen.path(entry)) for entry in listed["page"]]
    context = {"counted": list(counts.items()), "chosen": chosen, "rows": rows, **listed}
    return render(request, "registry/questions.html", _("Open questions"), context)
