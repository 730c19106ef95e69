"""Limits of requests: their size, and values that the database would reject."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import DataError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from registry.core.text import whole_number

log = logging.getLogger(__name__)


class BodyLimitMiddleware:
    """Refuses requests whose stated length is too large, before their body is read."""

    #: Bytes of a form besides its file.
    AROUND = 1024 * 1024

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = whole_number(request.META.get("CONTENT_LENGTH") or "0")
        if length is None or length > settings.IMPORT_MAX_BYTES + self.AROUND:
            limit = settings.IMPORT_MAX_BYTES // (1024 * 1024)
            explanation = _("The file is larger than %(limit)s MB. Split it. Nothing was saved.") % {"limit": limit}
            return render(request, "refused.html", {"title": _("Too large"), "explanation": explanation}, status=413)
        return self.get_response(request)


class InvalidValueMiddleware:
    """Returns 400 for values that the database would reject, such as NUL in a text or a key that is not a number."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if not (isinstance(error, DataError) or (isinstance(error, ValueError) and has_invalid_selection(request))):
            return None
        log.warning("%s: the database rejects a value", request.path)
        explanation = _(
            "The address or the submitted data contains a value that the register cannot store or look for."
            " Nothing was changed."
        )
        return render(request, "refused.html", {"title": _("Invalid request"), "explanation": explanation}, status=400)


def has_invalid_selection(request: HttpRequest) -> bool:
    return None in map(whole_number, request.POST.getlist("_selected_action"))
