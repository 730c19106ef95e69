"""The page that previews and confirms undoing a change set or restoring an entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from registry.history.undo import UndoPlan
from registry.models import current
from registry.web.page import Context, render
from registry.web.reasons import ask_reason

UNDO_PERMISSION = "registry.undo_changeset"
STEPS_SHOWN = 100


def undo_confirmation(
    request: HttpRequest,
    make_plan: Callable[[], UndoPlan],
    *,
    title: str,
    button: str,
    obstacles_heading: str,
    context: Context,
    source: str,
    details: dict[str, Any],
    back_to: str,
) -> HttpResponse:
    """Return the preview of a plan; a POST request that confirms the same plan applies it and redirects."""
    if not request.user.has_perm(UNDO_PERMISSION):
        raise PermissionDenied
    if request.method == "POST":
        current().begin()
    undo_plan = make_plan()
    missing = sorted({step.permission for step in undo_plan.steps if not request.user.has_perm(step.permission)})
    if missing:
        raise PermissionDenied(_("This needs further rights: %s") % ", ".join(missing))
    if request.method == "POST" and not ask_reason(request) and apply_undo(request, undo_plan, source, details):
        messages.success(request, _("Done, as a change of its own, which can be undone too."))
        return HttpResponseRedirect(back_to)
    page_context = {
        "button": button,
        "obstacles_heading": obstacles_heading,
        "undo_plan": undo_plan,
        "steps": undo_plan.steps[:STEPS_SHOWN],
        "shown": STEPS_SHOWN,
        "back_to": back_to,
    }
    return render(request, "admin/registry/undo.html", title, {**context, **page_context})


def apply_undo(request: HttpRequest, undo_plan: UndoPlan, source: str, details: dict[str, Any]) -> bool:
    if request.POST.get("digest") != undo_plan.digest:
        messages.warning(request, _("The register has changed since the preview. Check it again."))
        return False
    if not undo_plan.possible:
        return False
    current().describe(source=source, **details)
    try:
        with transaction.atomic():
            undo_plan.apply()
    except DatabaseError:
        current().reset_after_rollback()
        undo_plan.obstacles.append(
            _("The register does not allow it as it is now: perhaps a name is taken. Nothing was changed.")
        )
        return False
    return True
