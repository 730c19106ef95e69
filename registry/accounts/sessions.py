"""The duration of sessions: limited since the sign-in, and since the last request.

The time of the last request is in a signed cookie that is bound to the session, so that reading pages write nothing
but, every quarter of an hour, that time: see ``registry.accounts.own_sessions``.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.signing import BadSignature, Signer
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from registry.core.text import printable, whole_number
from registry.history.middleware import SAFE_METHODS
from registry.history.people import address_of_client, signed_in_user
from registry.history.typed_forms import PARAMETER, TypedForm
from registry.models import Source, record

log = logging.getLogger(__name__)
BEGAN, SEEN = "session_began", "session_seen"
#: What the list of one's own sessions tells them apart by.
BROWSER, ADDRESS = "session_browser", "session_address"
LONGEST_BROWSER = 300
#: Seconds between two updates of the cookie, and of the time that the session itself holds.
PRECISION, STORED_EACH = 60, 900
_signer = Signer(salt="registry.access.sessions")


def connect_sessions() -> None:
    user_logged_in.connect(note_session_began)


def note_session_began(sender: object, request: HttpRequest, **kwargs: object) -> None:
    now = int(time.time())
    browser = printable(request.META.get("HTTP_USER_AGENT", ""))[:LONGEST_BROWSER]
    request.session.update({BEGAN: now, SEEN: now, BROWSER: browser, ADDRESS: address_of_client(request) or ""})


class Sessions(SessionMiddleware):
    """Does not fail a response because the session cannot be saved: the change itself is saved by then."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        try:
            return super().process_response(request, response)
        except (SessionInterrupted, DatabaseError) as error:
            log.warning("%s: the session was not kept: %s", request.path, type(error).__name__)
            return response


class SessionLimits:
    """Ends sessions that have lasted too long, on record, before the request is processed."""

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
        if request.method not in SAFE_METHODS and now - session.get(SEEN, 0) >= STORED_EACH:
            session[SEEN] = now  # for the list of one's own sessions; looking writes nothing
        seen_again = abs(now - seen) >= PRECISION
        if not over:
            end = SessionEnd.of(now, session[BEGAN], now if seen_again else seen)
            request.session_limits = end  # type: ignore[attr-defined]
        response = self.get_response(request)
        if request.session.session_key and seen_again:
            set_seen_cookie(request, response, now)
        return response


@dataclass(frozen=True)
class SessionEnd:
    """How long a session goes on without a further request."""

    seconds: int
    #: Whether a further request makes it longer.
    can_stay: bool

    @classmethod
    def of(cls, now: int, began: int, seen: int) -> SessionEnd:
        longest, idle = began + settings.SESSION_COOKIE_AGE - now, seen + settings.SESSION_IDLE_SECONDS - now
        return cls(min(longest, idle), idle < longest)


def session_end(request: HttpRequest) -> SessionEnd | None:
    """Return when the session of a request ends, None where nobody is signed in."""
    return getattr(request, "session_limits", None) if request.user.is_authenticated else None


def reason_to_end(now: int, began: int, seen: int) -> str:
    """Return why the session has to end; empty if it goes on."""
    if now - began >= settings.SESSION_COOKIE_AGE:
        return "longest session"
    return "idle" if now - seen >= settings.SESSION_IDLE_SECONDS else ""


def end_session(request: HttpRequest, why: str) -> None:
    """Sign out on record; if that cannot be written now, treat the request as anonymous."""
    try:
        record(user=signed_in_user(request), source=Source.SIGN_OUT, address=address_of_client(request), ended=why)
        logout(request)
    except DatabaseError as error:
        log.warning("the end of a session was not put on record: %s", type(error).__name__)
        request.user = AnonymousUser()


def cookie_name() -> str:
    return f"__Host-{SEEN}" if settings.SESSION_COOKIE_SECURE else SEEN


def session_mark(session_key: str | None) -> str:
    """Return a value that binds the cookie to the session without revealing its key."""
    return salted_hmac("registry.access.sessions", session_key or "", algorithm="sha256").hexdigest()


def last_seen(request: HttpRequest) -> int:
    """Return the time of the last request of this session by its cookie, else 0."""
    try:
        marked, _colon, when = _signer.unsign(request.COOKIES.get(cookie_name(), "")).partition(":")
    except BadSignature:
        return 0
    return (whole_number(when) or 0) if marked == session_mark(request.session.session_key) else 0


def set_seen_cookie(request: HttpRequest, response: HttpResponseBase, now: int) -> None:
    response.set_cookie(
        cookie_name(),
        _signer.sign(f"{session_mark(request.session.session_key)}:{now}"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


class SignInAgain:
    """Tells users who are redirected to the sign-in that the session has ended and that nothing was saved.

    After signing in they return to the page of the form.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        was_signed_in = request.user.is_authenticated
        response = self.get_response(request)
        if was_signed_in or request.user.is_authenticated or not leads_to_sign_in(response):
            return response  # also where this request signed them out, as they asked
        if request.method not in SAFE_METHODS:
            response["Location"] = sign_in_and_return(request)
        elif settings.SESSION_COOKIE_NAME in request.COOKIES:
            messages.info(request, _("You are signed out: your session has ended. Sign in to go on."))
        return response


def sign_in_and_return(request: HttpRequest) -> str:
    """Keep what was typed, say so, and return the address of the sign-in that leads back to the page of the form."""
    page = page_of_form(request)
    typed = TypedForm.keep(request)
    if typed is not None:
        messages.warning(
            request,
            _(
                "Your session had ended, so nothing of this was saved. What you typed comes back when you sign in as"
                " the same user within an hour."
            ),
        )
    else:
        messages.warning(
            request, _("Your session had ended, so nothing of this was saved. Sign in and do it once more.")
        )
    if request.FILES:
        messages.warning(request, _("The file was not kept: choose it again."))
    return sign_in_address() + "?" + urlencode({"next": with_typed(page, typed)})


def with_typed(page: str, typed: TypedForm | None) -> str:
    """Return the path of a page with the parameter that fills its form with what was typed."""
    path, _mark, query = page.partition("?")
    parameters = QueryDict(query, mutable=True)
    parameters.pop(PARAMETER, None)
    if typed is not None:
        parameters[PARAMETER] = typed.key
    return f"{path}?{parameters.urlencode()}" if parameters else path


def sign_in_address() -> str:
    return reverse("admin:login")


def leads_to_sign_in(response: HttpResponseBase) -> bool:
    return response.status_code == 302 and response["Location"].partition("?")[0] == sign_in_address()


def page_of_form(request: HttpRequest) -> str:
    """Return the path of the page that sent the request, by its referrer; else the path of the request."""
    page = request.META.get("HTTP_REFERER", "")
    own = url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure())
    return page.partition(request.get_host())[2] if own and request.get_host() in page else request.get_full_path()
