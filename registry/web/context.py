"""What the header needs on pages that are no views of the admin site: refusals, and the pages of the sign-in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.admin import site
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from registry.web.navigation import navigation


def header(request: HttpRequest) -> dict[str, object]:
    """Return the context of the header, worked out only where a page shows it; views of the site override it."""
    return {
        "has_second_factor": SimpleLazyObject(lambda: has_second_factor(request)),
        "has_permission": SimpleLazyObject(lambda: hasattr(request, "user") and site.has_permission(request)),
        "navigation": SimpleLazyObject(lambda: navigation(request)),
        "mail_is_sent": settings.MAIL_IS_SENT,
    }


def has_second_factor(request: HttpRequest) -> bool:
    """Return whether other pages than those that set up a second factor are open to the user."""
    if not settings.REQUIRE_SECOND_FACTOR:
        return False
    from allauth.mfa.utils import is_mfa_enabled

    return bool(is_mfa_enabled(request.user))
