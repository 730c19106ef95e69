"""What somebody reads when a request could not be done. Needs neither database nor session."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

RETRY_AFTER = "10"


def server_error(request: HttpRequest) -> HttpResponse:
    """A change is whole or not at all, so that whatever went wrong nothing of it was saved."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        said = _(
            "The register cannot reach or write its data just now. Nothing of this was saved. Go back in your browser,"
            " wait a moment and try again. If it stays so, tell whoever operates the register."
        )
        answer = page(_("Not available just now"), said, 503)
        answer["Retry-After"] = RETRY_AFTER
        return answer
    said = _("Something went wrong here. Nothing of this was saved. Tell whoever operates the register when it was.")
    return page(_("Something went wrong"), said, 500)


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the secret that this site gave it: most often it was open for too long, or in two windows."""
    said = _(
        "The form was opened before you signed in, or your browser sent no cookie with it. Nothing of this was saved."
        " Go back in your browser, copy what you typed, load the page anew and try again."
    )
    return page(_("The form was not accepted"), said, 403)


def page(title: str, said: str, status: int) -> HttpResponse:
    return HttpResponse(render_to_string("refused.html", {"title": title, "said": said}), status=status)
