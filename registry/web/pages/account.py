"""The pages of one's own account: what one may do, how one signs in, and where one is signed in."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from registry.accounts.own_sessions import end_sessions, sessions_of
from registry.accounts.roles import ROLE_DESCRIPTIONS, SUPERUSER_DESCRIPTION, roles_of
from registry.models import User
from registry.web.page import Context, render


@require_safe
def account_page(request: HttpRequest) -> HttpResponse:
    user = own_user(request)
    roles = [(_(name), ROLE_DESCRIPTIONS[name]) for name in roles_of(user)]
    if user.is_superuser:
        roles.append((_("Superuser"), SUPERUSER_DESCRIPTION))
    context: Context = {
        "person": user,
        "roles": roles,
        "by_provider": settings.SINGLE_SIGN_ON,
        "provider": settings.OIDC_NAME,
        "has_other_rights": user.groups.count() > len(roles_of(user)) or user.user_permissions.exists(),
        "session_count": len(sessions_of(user, request.session.session_key)),
    }
    if settings.REQUIRE_SECOND_FACTOR:
        from registry.accounts.second_factor import factors_of

        context["factors"] = factors_of(user)
    return render(request, "registry/account.html", _("My account"), context)


@require_http_methods(["GET", "HEAD", "POST"])
def sessions_page(request: HttpRequest) -> HttpResponse:
    """Show one's own sessions. POST ends one of them, or all others."""
    user, this = own_user(request), request.session.session_key
    if request.method != "POST":
        return render(request, "registry/sessions.html", _("My sessions"), {"sessions": sessions_of(user, this)})
    ended = end_sessions(user, this, None if "others" in request.POST else request.POST.getlist("end"))
    text = ngettext("%(count)s session was ended.", "%(count)s sessions were ended.", ended) % {"count": ended}
    messages.success(request, text)
    return redirect("admin:sessions")


def own_user(request: HttpRequest) -> User:
    return User.objects.prefetch_related("groups").get(pk=request.user.pk)
