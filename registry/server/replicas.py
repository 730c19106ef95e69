"""Reading from a replica. Writes, sign-ins and commands use the primary.

A page is read from the replica if its request writes nothing, and if the replica has the last change set of this
browser, so that users read their own writes.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.db.models import Model
from django.db.utils import Error
from django.http import HttpRequest, HttpResponseBase

from registry.core.text import whole_number
from registry.history.change_sets import is_open, written_change_sets
from registry.history.snapshots import database_for_reads
from registry.models import ChangeSet, Upload, User

log = logging.getLogger(__name__)
REPLICA = "replica"
#: The cookie with the newest change set that the browser wrote, and its seconds.
NEWEST_CHANGE_SET_COOKIE, COOKIE_SECONDS = "newest_act", 3600
READING_METHODS = {"GET", "HEAD"}
#: Read from the primary: deactivated users are refused at once, and previews follow their uploads.
PRIMARY_ONLY = (User, Upload)

#: Seconds for which a replica that did not answer is not used.
PAUSE = 30
_away_until = 0.0
_may_lag: ContextVar[bool] = ContextVar("may_lag", default=False)


class ReplicaRouter:
    def db_for_read(self, model: type[Model], **hints: object) -> str | None:
        if bound := database_for_reads():
            return bound
        register = model._meta.app_label == "registry" and not issubclass(model, PRIMARY_ONLY)
        return REPLICA if register and _may_lag.get() and not is_open() else None

    def db_for_write(self, model: type[Model], **hints: object) -> str:
        return "default"

    def allow_relation(self, first: Model, second: Model, **hints: object) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return db != REPLICA


class ReplicaMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if REPLICA not in settings.DATABASES:
            return self.get_response(request)
        secure = settings.SESSION_COOKIE_SECURE
        name = f"__Host-{NEWEST_CHANGE_SET_COOKIE}" if secure else NEWEST_CHANGE_SET_COOKIE
        token = _may_lag.set(request.method in READING_METHODS and has_caught_up(request.COOKIES.get(name, "")))
        try:
            with written_change_sets() as written:
                response = self.get_response(request)
        finally:
            _may_lag.reset(token)
        if written:
            newest = str(max(written))
            response.set_cookie(name, newest, COOKIE_SECONDS, secure=secure, httponly=True, samesite="Lax")
        return response


def has_caught_up(newest: str) -> bool:
    """Return whether the replica answers and has the change set with this key."""
    global _away_until  # noqa: PLW0603 - what this process knows about the replica
    if time.monotonic() < _away_until:
        return False
    change_sets = ChangeSet.objects.using(REPLICA)
    try:
        if (key := whole_number(newest)) is not None:
            return change_sets.filter(pk=key).exists()
        change_sets.values_list("pk").first()
    except Error:
        _away_until = time.monotonic() + PAUSE
        log.warning("the replica does not answer; for %s seconds it is not used", PAUSE)
        return False
    return True
