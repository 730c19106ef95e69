"""The page that previews and confirms undoing a change set or restoring an entry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry.history.undo_plan import ADD, CHANGE, DELETE, UndoPlan
from registry.models import ChangeSet, Source, current
from registry.web.page import Context, render
from registry.web.reasons import ask_reason

UNDO_PERMISSION = "registry.undo_changeset"
#: Ways of changing the register on pages.
UNDOABLE = (Source.ADMIN, Source.IMPORT, Source.UNDO, Source.RESTORE)
STEPS_SHOWN = 100


def undo_confirmation(
    request: HttpRequest,
    make_plan: Callable[[], UndoPlan],
    *,
    title: str,
    button: str,
    hindrances_heading: str,
    context: Context,
    source: str,
    details: dict[str, object],
    back_to: str,
    change_set: ChangeSet | None = None,
) -> HttpResponse:
    """Return the preview of a plan; a POST request that confirms the same plan applies it and redirects.

    ``change_set`` is the one to undo: whose own last one it is needs no further right than to change its entries.
    """
    if request.method == "POST":
        current().begin()
    if not (request.user.has_perm(UNDO_PERMISSION) or is_own_last(request, change_set)):
        raise PermissionDenied
    undo_plan = make_plan()
    if missing := missing_permissions(request, undo_plan):
        raise PermissionDenied(_("This needs further rights: %s") % ", ".join(missing))
    if request.method == "POST" and not ask_reason(request) and apply_undo(request, undo_plan, source, details):
        messages.success(request, with_undo_link(request, what_was_done(undo_plan)))
        return HttpResponseRedirect(back_to)
    page_context = {
        "button": button,
        "hindrances_heading": hindrances_heading,
        "undo_plan": undo_plan,
        "steps": undo_plan.steps[:STEPS_SHOWN],
        "shown": STEPS_SHOWN,
        "back_to": back_to,
    }
    return render(request, "admin/registry/undo.html", title, {**context, **page_context})


def may_undo(request: HttpRequest, change_set: ChangeSet) -> bool:
    return request.user.has_perm(UNDO_PERMISSION) or is_own_last(request, change_set)


def is_own_last(request: HttpRequest, change_set: ChangeSet | None) -> bool:
    """Return whether a change set is the last that the user made on pages."""
    own = ChangeSet.objects.filter(user=request.user.pk, source__in=UNDOABLE)
    return change_set is not None and own.values_list("pk", flat=True).first() == change_set.pk


def missing_permissions(request: HttpRequest, undo_plan: UndoPlan) -> list[str]:
    """Return the permissions for the steps of a plan that the user lacks."""
    any_change_set = request.user.has_perm(UNDO_PERMISSION)
    needed = {step.permission if any_change_set else step.change_permission for step in undo_plan.steps}
    return sorted(permission for permission in needed if not request.user.has_perm(permission))


def what_was_done(undo_plan: UndoPlan) -> str:
    """Return the numbers of entries by what was done with them."""
    counts = Counter(step.action for step in undo_plan.steps)
    texts = {
        ADD: ngettext("%(count)s entry restored", "%(count)s entries restored", counts[ADD]),
        CHANGE: ngettext("%(count)s entry changed back", "%(count)s entries changed back", counts[CHANGE]),
        DELETE: ngettext("%(count)s entry deleted", "%(count)s entries deleted", counts[DELETE]),
    }
    done = ", ".join(text % {"count": counts[action]} for action, text in texts.items() if counts[action])
    return _("Done: %(done)s.") % {"done": done}


def with_undo_link(request: HttpRequest, text: str) -> str:
    """Return a message with the link that undoes what the open change set has done, for those who may."""
    address = undo_address(request)
    return format_html('{} <a href="{}">{}</a>', text, address, _("Undo")) if address else text


def undo_address(request: HttpRequest) -> str:
    """Return the address that undoes what the open change set has done, empty where the user may not."""
    written = current().row
    if written is None or not may_undo(request, written):
        return ""
    return reverse("admin:registry_changeset_undo", args=[written.pk])


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
        undo_plan.hindrances.append(
            _("The register does not allow it as it is now: perhaps a name is taken. Nothing was changed.")
        )
        return False
    return True
