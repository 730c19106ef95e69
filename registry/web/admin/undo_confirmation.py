"""The page on which going back is previewed and confirmed: an act undone, an entry restored."""

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
from registry.web.page import render

UNDO_PERMISSION = "registry.undo_changeset"
STEPS_SHOWN = 100


def undo_confirmation(
    request: HttpRequest,
    work_out: Callable[[], UndoPlan],
    *,
    title: str,
    context: dict[str, Any],
    source: str,
    details: dict[str, Any],
    back_to: str,
) -> HttpResponse:
    """Looks at what would happen, and on confirmation of exactly that does it."""
    if not request.user.has_perm(UNDO_PERMISSION):
        raise PermissionDenied
    if request.method == "POST":
        current().begin()
    reversal = work_out()
    lacking = sorted({step.permission for step in reversal.steps if not request.user.has_perm(step.permission)})
    if lacking:
        raise PermissionDenied(_("This needs further rights: %s") % ", ".join(lacking))
    if request.method == "POST" and apply_undo(request, reversal, source, details):
        messages.success(request, _("Done, as an act of its own: it can be undone too."))
        return HttpResponseRedirect(back_to)
    shown = {"reversal": reversal, "steps": reversal.steps[:STEPS_SHOWN], "shown": STEPS_SHOWN, "back_to": back_to}
    return render(request, "admin/registry/going_back.html", title, {**context, **shown})


def apply_undo(request: HttpRequest, reversal: UndoPlan, source: str, details: dict[str, Any]) -> bool:
    if request.POST.get("digest") != reversal.digest:
        messages.warning(request, _("The register has changed since the preview. Look at it once more."))
        return False
    if not reversal.possible:
        return False
    current().describe(source=source, **details)
    try:
        with transaction.atomic():
            reversal.apply()
    except DatabaseError:
        current().reset_after_rollback()
        reversal.obstacles.append(
            _("The register does not allow it as it is now: perhaps a name is taken. Nothing was changed.")
        )
        return False
    return True
