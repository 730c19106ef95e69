from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _


class BodyLimit:
    """Refuses what is too large by what it says about itself, before a byte of it is read or kept."""

    #: The form around a file.
    AROUND = 1024 * 1024

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > settings.IMPORT_MAX_BYTES + self.AROUND:
            limit = settings.IMPORT_MAX_BYTES // (1024 * 1024)
            said = _("The file is larger than %(limit)s MB. Divide it.") % {"limit": limit}
            return render(request, "refused.html", {"title": _("Too large"), "said": said}, status=413)
        return self.get_response(request)
