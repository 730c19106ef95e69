"""Limits of sign-ins: five failed attempts for a user name from an address lock the pair for 15 minutes.

This is a handler of django-axes that counts in the database, so that all processes and servers count together. Every
kind of attempt calls ``refuse_if_locked`` and ``record_failure``, or ``django.contrib.auth.authenticate``, which does
the same.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from functools import partial
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off, get_failure_limit
from axes.models import AccessAttempt
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry.core.ip_addresses import normal_address
from registry.history.change_sets import after_change_set

#: How many expired rows a failed attempt deletes, so that none has to delete a million.
DELETED_AT_ONCE = 100
#: The network that the holder of one IPv6 address has.
IPV6_PREFIX = 64
#: Stands for clients without an address: NULL would not be unique.
NO_ADDRESS = "::"


class SignInLimits(AxesDatabaseHandler):  # type: ignore[misc]
    """Counts failed attempts in one row for each pair of user name and address."""

    def user_login_failed(
        self, sender: object, credentials: dict[str, object], request: Any = None, **kwargs: Any
    ) -> None:
        """Count after the open change set has ended, which an error would roll back."""
        if request is None:
            return
        request.limited_pair = limited_pair(request, credentials)
        if request.axes_locked_out:
            return
        failures = self.get_failures(request, credentials) + 1
        after_change_set(partial(count_failure, *limited_pair(request, credentials), request.axes_attempt_time))
        request.axes_locked_out = failures >= get_failure_limit(request, credentials)

    def filter_user_attempts(
        self, request: object, credentials: dict[str, object] | None = None
    ) -> list[QuerySet[Any]]:
        name, address = limited_pair(request, credentials)
        return [AccessAttempt.objects.filter(username=name, ip_address=address)]

    def clean_expired_user_attempts(self, request: Any = None, credentials: Any = None) -> int:
        return delete_expired(request.axes_attempt_time)


def limited_pair(request: Any, credentials: dict[str, object] | None) -> tuple[str, str]:
    """Return the user name, and the address or IPv6 network, that are counted together."""
    name = str((credentials or {}).get("username") or "")[:150]
    address = normal_address(request.axes_ip_address)
    if address is None:
        return name, NO_ADDRESS
    if isinstance(ip_address(address), IPv6Address):
        return name, str(ip_network(f"{address}/{IPV6_PREFIX}", strict=False).network_address)
    return name, address


def count_failure(name: str, address: str, now: datetime) -> None:
    """Count a failed attempt. A count older than the duration of a lock starts again at one."""
    delete_expired(now)
    defaults = {"http_accept": "", "path_info": "", "get_data": "", "post_data": "", "failures_since_start": 0}
    with transaction.atomic():
        attempt, created = AccessAttempt.objects.select_for_update().get_or_create(
            username=name, ip_address=address, user_agent="", defaults=defaults
        )
        counts = not created and attempt.attempt_time >= now - get_cool_off()
        attempt.failures_since_start = attempt.failures_since_start + 1 if counts else 1
        attempt.attempt_time = now
        attempt.save(update_fields=["failures_since_start", "attempt_time"])


def delete_expired(now: datetime) -> int:
    expired = AccessAttempt.objects.filter(attempt_time__lt=now - get_cool_off()).order_by("pk")
    keys = list(expired.values_list("pk", flat=True)[:DELETED_AT_ONCE])
    return AccessAttempt.objects.filter(pk__in=keys).delete()[0] if keys else 0


def refuse_if_locked(request: HttpRequest, name: str) -> None:
    """Raise ``ValidationError`` if the pair is locked; the response becomes a 429."""
    if not AxesProxyHandler.is_allowed(request, {"username": name}):
        request.axes_locked_out = True  # type: ignore[attr-defined]
        record_failure(request, name, "locked")
        raise ValidationError(_("Too many failed attempts."), code="locked")


def count_request(request: HttpRequest, name: str) -> None:
    """Count a request that is limited as failed attempts are, without a record of it."""
    count_failure(*limited_pair(request, {"username": name}), request.axes_attempt_time)  # type: ignore[attr-defined]


def record_failure(request: HttpRequest, name: str, wrong: str) -> None:
    """Count and record a failed attempt; ``wrong`` states in English what was wrong."""
    user_login_failed.send(sender=__name__, credentials={"username": name, "wrong": wrong}, request=request)


def seconds_locked(request: HttpRequest) -> int:
    """Return how long the pair of this request is still locked: at most the duration of a lock."""
    longest = get_cool_off()
    pair = getattr(request, "limited_pair", None)
    begun = (
        pair
        and AccessAttempt.objects.filter(username=pair[0], ip_address=pair[1]).aggregate(latest=Max("attempt_time"))[
            "latest"
        ]
    )
    left = begun + longest - timezone.now() if begun else longest
    return max(1, min(math.ceil(left.total_seconds()), int(longest.total_seconds())))


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: object) -> HttpResponse:
    """Return the response to a locked pair."""
    seconds = seconds_locked(request)
    minutes = math.ceil(seconds / 60)
    until = timezone.localtime(timezone.now() + timedelta(minutes=minutes))
    wait = ngettext(
        "There were too many attempts from here. You can try again in %(minutes)s minute, at %(time)s.",
        "There were too many attempts from here. You can try again in %(minutes)s minutes, at %(time)s.",
        minutes,
    ) % {"minutes": minutes, "time": time_format(until, "H:i")}
    context = {
        "title": _("Too many attempts"),
        "explanation": wait,
        "advice": _("Until then nothing helps, not even the right password. If it is urgent, ask whoever operates the"
                    " register: they can lift the lock (manage.py axes_reset)."),
    }  # fmt: skip
    page = render_to_string("refused.html", context)
    return HttpResponse(page, status=429, headers={"Retry-After": str(seconds)})
