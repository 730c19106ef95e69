"""What was typed before a session ended, shown again in the form that it was typed in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from registry.history.typed_forms import TypedForm, typed_key

#: The field by which a page says whether it has asked for a reason.
ASKED_FIELD = "reason_asked"
#: Fields of the forms that only confirm something.
CONFIRMATION_FIELDS = ("change_reason", "end_missing", ASKED_FIELD)


def reopen(request: HttpRequest) -> bool:
    """Give a GET request the form that its address names, as if it was sent, and return whether there is one.

    The view shows the form and must not save it. If it tried, it would fail: no change set is open.
    """
    if request.method != "GET" or not typed_key(request):
        return False
    typed = TypedForm.of_request(request)
    if typed is None:
        text = _("What was typed here is not kept any more, or belongs to another user. Nothing of it was saved.")
        messages.warning(request, text)
        return False
    if typed.path != request.path:
        return False
    fields = typed.fields.copy()
    fields.pop("post", None)  # the confirmation of a deletion
    request.FILES.clear()  # reads the empty body first: it would replace what is set below
    request.method = "POST"
    request.POST = fields  # type: ignore[assignment]
    request.reopened = True  # type: ignore[attr-defined]
    return True


def is_reopened(request: HttpRequest) -> bool:
    """Return whether the form of a request is one that was kept, and must not be saved."""
    return getattr(request, "reopened", False)


def typed_values(request: HttpRequest) -> dict[str, str]:
    """Return what was typed in a form that only confirms something."""
    typed = TypedForm.of_request(request)
    return {name: typed.fields.get(name, "") for name in CONFIRMATION_FIELDS} if typed else {}


def typed_reason(request: HttpRequest) -> str:
    return typed_values(request).get("change_reason", "")
