"""The sessions of one user, with browser, beginning and last action; and the end of some of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from registry.accounts.sessions import ADDRESS, BEGAN, BROWSER, SEEN, session_mark
from registry.history.people import note, note_subject_of
from registry.models import User

#: What programs say of themselves, and their name: the first that fits, as most claim to be others too.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class OwnSession:
    #: Identifies the session without revealing its key.
    mark: str
    browser: str
    address: str
    began: datetime
    seen: datetime
    is_this: bool


def browser_name(said: str) -> str:
    """Return browser and system, such as "Firefox on Windows", from what the browser says of itself."""
    browser = next((name for word, name in BROWSERS if word in said), "")
    system = next((name for word, name in SYSTEMS if word in said), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown browser")


def sessions_of(user: User, this: str | None) -> list[OwnSession]:
    """Return the sessions that go on, the one with the key ``this`` first, then the one that was seen last."""
    sessions = [own_session(key, data, this) for key, data in stored_sessions(user)]
    return sorted(sessions, key=lambda each: (each.is_this, each.seen), reverse=True)


def stored_sessions(user: User) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield key and content of each session of the user that may go on, in one query.

    Whether a browser has been idle for too long is known to that browser alone.
    """
    now = timezone.now()
    valid = user.get_session_auth_hash()
    for session in Session.objects.filter(expire_date__gt=now).iterator():
        data = session.get_decoded()
        if data.get(SESSION_KEY) != str(user.pk) or not constant_time_compare(data.get(HASH_SESSION_KEY, ""), valid):
            continue
        if now.timestamp() - data.get(BEGAN, 0) < settings.SESSION_COOKIE_AGE:
            yield session.session_key, data


def own_session(key: str, data: dict[str, Any], this: str | None) -> OwnSession:
    is_this = key == this
    return OwnSession(
        mark=session_mark(key),
        browser=browser_name(data.get(BROWSER, "")),
        address=data.get(ADDRESS, ""),
        began=datetime.fromtimestamp(data[BEGAN], UTC),
        seen=timezone.now() if is_this else datetime.fromtimestamp(data[SEEN], UTC),
        is_this=is_this,
    )


def end_sessions(user: User, this: str | None, marks: Collection[str] | None = None) -> int:
    """End the sessions with these marks, or all but this one, on record. Return how many."""
    ended = 0
    for key, data in list(stored_sessions(user)):
        if key == this or (marks is not None and session_mark(key) not in marks):
            continue
        Session.objects.filter(session_key=key).delete()
        with translation.override("en"):  # as all notes
            note(note_subject_of(user), "session", browser_name(data.get(BROWSER, "")), "ended")
        ended += 1
    return ended
