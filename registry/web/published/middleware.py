"""Answers the addresses that need no sign-in, before sessions, cookies and languages come into it."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.db import Error
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from registry.editions.stored_editions import AlteredFile
from registry.web.published import answers
from registry.web.published.pages import moved, respond
from registry.web.published.rate_limit import seconds_to_wait

PREFIX = "/published/"
log = logging.getLogger(__name__)


class PublishedMiddleware:
    """Answers everything under ``/published/`` itself. Comes before whatever reads or sets a cookie."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not f"{request.path_info}/".startswith(PREFIX):
            return self.get_response(request)
        if seconds := seconds_to_wait(request):
            text = _("Wait %(seconds)s seconds, and try again.")
            return answers.message(
                429,
                _("Too many requests"),
                text,
                values={"seconds": seconds},
                headers={"Retry-After": str(seconds)},
            )
        if request.path_info == PREFIX.rstrip("/"):
            return moved("")
        try:
            request.get_host()
            return respond(request, request.path_info.removeprefix(PREFIX))
        except AlteredFile as error:
            log.error("%s", error)  # noqa: TRY400 - the sentence says all of it
            text = _("What is stored here is not the file that was published. It is not handed out.")
            return answers.message(500, _("This file cannot be shown"), text)
        except SuspiciousOperation:  # more parameters than anybody needs
            return answers.message(400, _("Invalid request"), _("Perhaps the address is not complete."))
        except Error as error:
            log.error("published editions: the database does not answer (%s)", type(error).__name__)  # noqa: TRY400
            text = _("The data cannot be read just now. Try again in a moment.")
            return answers.message(503, _("Not possible just now"), text, headers={"Retry-After": "10"})
