"""Emergency sign-in while the identity provider is unavailable: a link for a superuser, valid once and for minutes."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import base36_to_int, int_to_base36
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from registry.models import User, spend


class BreakGlassTokens(PasswordResetTokenGenerator):
    """Tokens that are valid for ``PASSWORD_RESET_TIMEOUT`` and until the next sign-in of the user."""

    key_salt = "registry.access.break_glass"


tokens = BreakGlassTokens()


def path_for(user: User) -> str:
    return f"/break-glass/{int_to_base36(user.pk)}/{tokens.make_token(user)}/"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def break_glass(request: HttpRequest, key: str, token: str) -> HttpResponse:
    """Ask for confirmation, so that a program that opens links does not use it up; sign in on POST."""
    try:
        user = User.objects.filter(pk=base36_to_int(key), is_active=True, is_superuser=True).first()
    except (ValueError, OverflowError):
        user = None
    if user is None or not tokens.check_token(user, token) or (request.method == "POST" and not is_unspent(token)):
        explanation = _("This link has been used, is too old, or never was one.")
        return render(request, "refused.html", {"title": _("Not signed in"), "explanation": explanation}, status=403)
    if request.method == "POST":
        login(request, user, settings.AUTHENTICATION_BACKENDS[-1])
        return redirect("admin:index")
    return render(request, "break_glass.html", {"person": user})


def is_unspent(token: str) -> bool:
    """Return whether this request is the first to use the link, also among simultaneous ones."""
    return spend(f"break glass {token}", timezone.now() + timedelta(seconds=2 * settings.PASSWORD_RESET_TIMEOUT))
