"""The page of verdicts that an upgrade changed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from registry.law.release_1_0_0 import RELEASE
from registry.law.wording import VERDICT_NAMES, explain_verdict
from registry.mechanisms.changed_verdicts import verdicts_changed_since
from registry.models import ProcessingActivity, Vendor
from registry.web.decorators import shows_refusals
from registry.web.law_day import law_of
from registry.web.page import paginate, render
from registry.web.permissions import require_view


@require_safe
@shows_refusals("registry/changed_verdicts.html", gettext_lazy("Verdicts that an upgrade changed"))
def changed_verdicts_page(request: HttpRequest) -> HttpResponse:
    """Show the activities whose verdict differs from that of release 1.0.0, with both verdicts and why."""
    require_view(request, Vendor, ProcessingActivity)
    law = law_of(request)
    listed = paginate(request, verdicts_changed_since(RELEASE, law))
    rows = [
        {
            "change": change,
            "before": VERDICT_NAMES[change.before.verdict],
            "after": VERDICT_NAMES[change.after.verdict],
            "why": explain_verdict(change.after),
        }
        for change in listed["page"]
    ]
    context = {**listed, "rows": rows, "release": RELEASE, "on": law.on}
    return render(request, "registry/changed_verdicts.html", _("Verdicts that an upgrade changed"), context)
