from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase

from registry.audit.people import address_of
from registry.models import Source, change_set
from registry.text import clean_text, printable

READING = {"GET", "HEAD", "OPTIONS", "TRACE"}


class ChangeSetMiddleware:
    """The one place where a signed-in request opens its change set. A request that fails leaves nothing behind."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in READING or not request.user.is_authenticated:
            return self.get_response(request)
        reason = clean_text(printable(request.POST.get("change_reason", "")))
        address = address_of(request)
        with change_set(user=request.user, source=Source.ADMIN, reason=reason, address=address):
            response = self.get_response(request)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            return response
