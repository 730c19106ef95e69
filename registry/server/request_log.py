"""The request log: one line of JSON for each request, with user, path, status and change sets. Without queries.

Only the path of an address is logged: the query string may contain searched names or sign-in codes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, HttpResponseBase

from registry.accounts.client_address import client_address
from registry.history.change_sets import written_change_sets

log = logging.getLogger(__name__)


class RequestLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started, number = time.monotonic(), uuid4().hex
        with written_change_sets() as written:
            response = self.get_response(request)
        # Only if the user is loaded already, as the log should not read the session.
        user = request.__dict__.get("_cached_user")
        fields = {
            "request_id": number,
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "milliseconds": round(1000 * (time.monotonic() - started)),
            "user": user.pk if user is not None else None,
            "address": client_address(request),
            "change_sets": written,
        }
        log.info("%s %s", request.method, request.path, extra=fields)
        response["X-Request-ID"] = number
        return response
