"""The error pages. They need neither database nor session."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from registry.accounts.sessions import page_of_form, sign_in_address, sign_in_and_return, with_typed
from registry.history.exceptions import OutcomeUnknown
from registry.history.typed_forms import PERSON_FIELD, TypedForm, person_of
from registry.server import writability

RETRY_AFTER = "10"


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page for an unexpected error.

    Requests are transactions, so nothing was saved, unless the error came after COMMIT, or the connection was lost
    during COMMIT: then the outcome is unknown.
    """
    error = sys.exc_info()[1]
    if was_saved(request):
        return saved_page(500)
    if isinstance(error, OutcomeUnknown):
        explanation = _(
            "The connection to the data broke just when this was to be saved. It is not certain whether this was saved:"
            " all of it, or nothing. Wait a moment and look at the entry before you send it again."
        )
        return unavailable_page(explanation)
    if isinstance(error, OperationalError | InterfaceError):
        return unavailable_page(unavailable_reason(error))
    explanation = _(
        "Something went wrong here. Nothing of this was saved. Tell whoever operates the register when it was."
    )
    return error_page(_("Something went wrong"), explanation, 500)


def was_saved(request: HttpRequest) -> bool:
    return bool(getattr(request, "was_saved", False))


def saved_page(status: int) -> HttpResponse:
    explanation = _(
        "It was saved, but something went wrong afterwards. Look at the entry before you send it again. Tell whoever"
        " operates the register when it was."
    )
    return error_page(_("Something went wrong"), explanation, status)


def unavailable_reason(error: Exception) -> str:
    if writability.is_busy(error):
        return _(
            "Somebody else is writing just now, as a long import does. Nothing of this was saved. Go back in your"
            " browser, wait a moment and try again."
        )
    if writability.is_read_only_or_full(error):
        return _(
            "The register can be read just now, but not changed: its disk is full or read-only. Nothing of"
            " this was saved. Tell whoever operates the register."
        )
    return _(
        "The register cannot reach or write its data just now. Nothing of this was saved. Go back in your browser,"
        " wait a moment and try again. If it stays so, tell whoever operates the register."
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the page for a request with unknown or forbidden values."""
    if was_saved(request):
        return saved_page(400)
    explanation = _(
        "It holds something that is not known, such as a day that does not exist. Write days as 2020-07-16. Nothing was"
        " changed."
    )
    return error_page(_("This address cannot be read"), explanation, 400)


def unavailable_page(explanation: str) -> HttpResponse:
    answer = error_page(_("Not available just now"), explanation, 503)
    answer["Retry-After"] = RETRY_AFTER
    return answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return the page for a form without a valid CSRF token: usually it was open too long, or in two windows.

    What was typed in a form of the same user, or after a session had ended, comes back as in ``SignInAgain``.
    """
    if not request.user.is_authenticated and request.path != sign_in_address() and is_of_admin(request):
        return HttpResponseRedirect(sign_in_and_return(request))
    if person_of(request.POST.get(PERSON_FIELD, "")) == request.user.pk and (typed := TypedForm.keep(request)):
        return HttpResponseRedirect(with_typed(page_of_form(request), typed))
    explanation = _(
        "The form was opened before you signed in, or your browser sent no cookie with it. Nothing of this was saved."
        " Go back in your browser, copy what you typed, load the page anew and try again."
    )
    return error_page(_("The form was not accepted"), explanation, 403)


def is_of_admin(request: HttpRequest) -> bool:
    return request.path.startswith(reverse("admin:index"))


def error_page(title: str, explanation: str, status: int) -> HttpResponse:
    return HttpResponse(render_to_string("refused.html", {"title": title, "explanation": explanation}), status=status)
