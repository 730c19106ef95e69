"""The reason for a change: asked for once where it is missing, or required."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from registry.core.text import clean_text, printable
from registry.web.typed import ASKED_FIELD, typed_values

#: What a page says in ``ASKED_FIELD``.
NOT_ASKED, ASKED = "no", "yes"


def ask_reason(request: HttpRequest) -> bool:
    """Return whether a form lacks a reason that is to be asked for, and note it for the page that asks.

    A page asks once: the form that it shows then is saved without a reason, unless ``REASON_REQUIRED``.
    """
    if clean_text(printable(request.POST.get("change_reason", ""))).strip():
        return False
    if settings.REASON_REQUIRED:
        problem = _("Say why you change this: without a reason nothing is saved.")
    elif request.POST.get(ASKED_FIELD) == NOT_ASKED:
        problem = _("Say why you change this, or confirm again to save without a reason.")
    else:
        return False
    request.reason_problem = problem  # type: ignore[attr-defined]
    return True


def unconfirm_without_reason(request: HttpRequest) -> None:
    """Have the confirmation of a deletion of selected entries shown again where a reason is to be asked for."""
    if request.POST.get("action") == "delete_selected" and "post" in request.POST and ask_reason(request):
        unconfirmed = request.POST.copy()
        unconfirmed.pop("post")
        request.POST = unconfirmed  # type: ignore[assignment]


def reason_problem(request: HttpRequest) -> str:
    """Return what the page says about the missing reason; empty where it asks for none."""
    return str(getattr(request, "reason_problem", ""))


def reason_asked(request: HttpRequest) -> str:
    """Return the value of ``ASKED_FIELD`` in the form that answers a request."""
    if reason_problem(request):
        return ASKED
    return request.POST.get(ASKED_FIELD) or typed_values(request).get(ASKED_FIELD) or NOT_ASKED
