"""How long a sign-in lasts: so long since the sign-in, so long since the last request, and no longer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest, HttpResponseBase

from registry.audit.people import address_of
from registry.models import Source, record

BEGAN, SEEN = "session_began", "session_seen"
#: Seconds between two notes that a session is in use: not each request writes to the database.
PRECISION = 60


def connect() -> None:
    user_logged_in.connect(began)


def began(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    now = int(time.time())
    request.session.update({BEGAN: now, SEEN: now})


class SessionLimits:
    """Ends what has lasted too long, on record, before anything is done in its name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            now, session = int(time.time()), request.session
            if over := why_over(now, session.get(BEGAN, now), session.get(SEEN, now)):
                record(user=request.user, source=Source.SIGN_OUT, address=address_of(request), ended=over)
                logout(request)
            elif BEGAN not in session:
                session.update({BEGAN: now, SEEN: now})
            elif abs(now - session[SEEN]) >= PRECISION:
                session[SEEN] = now
        return self.get_response(request)


def why_over(now: int, began: int, seen: int) -> str:
    """Empty where the session goes on."""
    if now - began >= settings.SESSION_COOKIE_AGE:
        return "longest session"
    return "idle" if now - seen >= settings.SESSION_IDLE_SECONDS else ""
