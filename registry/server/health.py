"""For load balancers: is this process alive, and may it get requests? The answer says no more than that, and whether
changes can be saved: a register that can only be looked at is still to be looked at."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from registry.server import writability

LIVE, READY = "/health/live", "/health/ready"
#: What other answers get from the middleware that comes after.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
log = logging.getLogger(__name__)


class HealthCheckMiddleware:
    """Before all else: a load balancer knows neither the host name nor TLS, and a session costs a query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path not in {LIVE, READY} or request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        well = request.path == LIVE or is_ready()
        says: dict[str, bool] = {"ok": well}
        if request.path == READY and well:
            says["can_write"] = writability.server_can_write(connections["default"])
        answer = JsonResponse(says, status=200 if well else 503)
        for name, value in HEADERS.items():
            answer[name] = value
        return answer


def is_ready() -> bool:
    """The database answers and has what this release needs, and so has the server."""
    if not getattr(staticfiles_storage, "hashed_files", True):
        log.error("not ready: no static files are collected (manage.py collectstatic)")
        return False
    try:
        executor = MigrationExecutor(connections["default"])
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as error:
        log.error("not ready: the database does not answer (%s)", type(error).__name__)  # noqa: TRY400 - no secrets of it
        return False
    if waiting:
        log.error("not ready: %s migrations have to run (manage.py migrate)", len(waiting))
    return not waiting
