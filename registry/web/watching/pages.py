"""The buttons *Watch* and *Stop watching*."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from registry.history.time_travel import newest_change_set
from registry.models import ProcessingActivity, SavedView, Vendor, Watch, current
from registry.web.decorators import post_only
from registry.web.page import Context
from registry.web.safe_address import safe_address
from registry.web.watching.view_rows import rows_of_view
from registry.web.watching.watched import MODELS, may_watch

#: What one person can watch at a time.
MOST_WATCHES = 200
KINDS = {model: kind for kind, model in MODELS.items()}


@post_only("admin:mine")
def watch(request: HttpRequest, kind: str, key: int) -> HttpResponse:
    """Begin to watch an entry or a saved view, or stop. What is watched already, or not any more, stays so."""
    if kind not in MODELS:
        raise Http404
    current().begin()
    user: Any = request.user
    mine = Watch.objects.filter(user=user.pk)
    if "stop" in request.POST:
        mine.filter(**{f"{kind}_id": key}).delete()
        messages.success(request, _("You do not watch it any more."))
        return redirect(address_after_watching(request))
    target = get_object_or_404(MODELS[kind], pk=key)
    if not may_watch(request.user, target):
        raise PermissionDenied
    if mine.filter(**{kind: target}).exists():
        messages.info(request, _("You watch it already."))
    elif mine.count() >= MOST_WATCHES:
        messages.error(request, _("You watch %(count)s things. Stop watching one first.") % {"count": MOST_WATCHES})
    else:
        rows = rows_of_view(target) if isinstance(target, SavedView) else {}
        Watch.objects.create(
            user_id=user.pk, told_until=newest_change_set(), told_rows=rows, **{f"{kind}_id": target.pk}
        )
        messages.success(request, _("You watch it now: what others change in it is mailed to you once a day."))
    return redirect(address_after_watching(request))


def address_after_watching(request: HttpRequest) -> str:
    return safe_address(request, request.POST.get("next", ""), reverse("admin:mine"))


def watch_button(request: HttpRequest, entry: Vendor | ProcessingActivity) -> Context:
    """Return the context of the button on the page of an entry."""
    kind: Any = KINDS[type(entry)]
    user: Any = request.user
    watched = Watch.objects.filter(user=user.pk, **{f"{kind}_id": entry.pk}).exists()
    return {"kind": kind, "key": entry.pk, "watched": watched, "next": request.get_full_path()}
