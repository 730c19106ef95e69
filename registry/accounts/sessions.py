"""How long a sign-in lasts: so long since the sign-in, so long since the last request, and no longer.

When a browser was last seen, it carries itself, signed and bound to its session: pages that only look write nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.signing import BadSignature, Signer
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from registry.core.text import whole_number
from registry.history.middleware import SAFE_METHODS
from registry.history.people import address_of
from registry.models import Source, record

log = logging.getLogger(__name__)
BEGAN, SEEN = "session_began", "session_seen"
#: Seconds between two notes that a session is in use.
PRECISION = 60
_signer = Signer(salt="registry.access.sessions")


def connect_sessions() -> None:
    user_logged_in.connect(note_session_began)


def note_session_began(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    now = int(time.time())
    request.session.update({BEGAN: now, SEEN: now})


class Sessions(SessionMiddleware):
    """What comes after a change was kept does not fail the answer: it would say that nothing was."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        try:
            return super().process_response(request, response)
        except (SessionInterrupted, DatabaseError) as error:
            log.warning("%s: the session was not kept: %s", request.path, type(error).__name__)
            return response


class SessionLimits:
    """Ends what has lasted too long, on record, before anything is done in its name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return self.get_response(request)
        now, session = int(time.time()), request.session
        if BEGAN not in session:
            session.update({BEGAN: now, SEEN: now})
        seen = max(session.get(SEEN, session[BEGAN]), last_seen(request))
        if over := reason_to_end(now, session[BEGAN], seen):
            end_session(request, over)
        response = self.get_response(request)
        if request.session.session_key and abs(now - seen) >= PRECISION:
            set_seen_cookie(request, response, now)
        return response


def reason_to_end(now: int, began: int, seen: int) -> str:
    """Empty where the session goes on."""
    if now - began >= settings.SESSION_COOKIE_AGE:
        return "longest session"
    return "idle" if now - seen >= settings.SESSION_IDLE_SECONDS else ""


def end_session(request: HttpRequest, why: str) -> None:
    """Also where that cannot be put on record just now: then the session stays, and is over all the same."""
    try:
        record(user=request.user, source=Source.SIGN_OUT, address=address_of(request), ended=why)
        logout(request)
    except DatabaseError as error:
        log.warning("the end of a session was not put on record: %s", type(error).__name__)
        request.user = AnonymousUser()


def cookie_name() -> str:
    return f"__Host-{SEEN}" if settings.SESSION_COOKIE_SECURE else SEEN


def session_mark(session_key: str | None) -> str:
    """What binds the note to its session and does not tell its key."""
    return salted_hmac("registry.access.sessions", session_key or "", algorithm="sha256").hexdigest()


def last_seen(request: HttpRequest) -> int:
    """When this browser was last seen with this session, as far as it can say so; else 0."""
    try:
        marked, _colon, when = _signer.unsign(request.COOKIES.get(cookie_name(), "")).partition(":")
    except BadSignature:
        return 0
    return (whole_number(when) or 0) if marked == session_mark(request.session.session_key) else 0


def set_seen_cookie(request: HttpRequest, response: Any, now: int) -> None:
    response.set_cookie(
        cookie_name(),
        _signer.sign(f"{session_mark(request.session.session_key)}:{now}"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


class SignInAgain:
    """Whoever is led to the sign-in because the session has ended is told so, and that nothing was saved; afterwards
    the page comes again on which the form was."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.user.is_authenticated or not leads_to_sign_in(response):
            return response
        if request.method not in SAFE_METHODS:
            said = _("Your session had ended, so nothing of this was saved. Sign in and do it once more.")
            messages.warning(request, said)
            response["Location"] = sign_in_address() + "?" + urlencode({"next": page_of_form(request)})
        elif settings.SESSION_COOKIE_NAME in request.COOKIES:
            messages.info(request, _("You are signed out: your session has ended. Sign in to go on."))
        return response


def sign_in_address() -> str:
    return reverse("admin:login")


def leads_to_sign_in(response: HttpResponseBase) -> bool:
    return response.status_code == 302 and response["Location"].partition("?")[0] == sign_in_address()


def page_of_form(request: HttpRequest) -> str:
    """The page from which this was sent, as the browser says; else the address to which it was."""
    page = request.META.get("HTTP_REFERER", "")
    own = url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure())
    return page.partition(request.get_host())[2] if own and request.get_host() in page else request.get_full_path()
