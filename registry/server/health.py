"""Health checks for load balancers: whether the process is alive and ready, and whether it can write.

A register that can only be read is ready.
"""

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
#: Headers that other responses get from later middleware.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
log = logging.getLogger(__name__)


class HealthCheckMiddleware:
    """Answers health checks before all other middleware: load balancers know neither host name nor TLS."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path not in {LIVE, READY} or request.method not in {"GET", "HEAD"}:
            return self.get_response(request)
        healthy = request.path == LIVE or is_ready()
        content: dict[str, bool] = {"ok": healthy}
        if request.path == READY and healthy:
            content["can_write"] = writability.server_can_write(connections["default"])
        answer = JsonResponse(content, status=200 if healthy else 503)
        for name, value in HEADERS.items():
            answer[name] = value
        return answer


def is_ready() -> bool:
    """Return whether the database answers and is migrated, and static files are collected."""
    if not getattr(staticfiles_storage, "hashed_files", True):
        log.error("not ready: no static files are collected (manage.py collectstatic)")
        return False
    try:
        executor = MigrationExecutor(connections["default"])
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error as error:
        log.error("not ready: the database does not answer (%s)", type(error).__name__)  # noqa: TRY400 - no secrets of it
        return False
    if pending:
        log.error("not ready: %s migrations have to run (manage.py migrate)", len(pending))
    return not pending
