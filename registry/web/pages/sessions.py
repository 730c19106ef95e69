"""The page on which users sign out everywhere."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from registry.accounts.sessions import session_end
from registry.models import User
from registry.web.decorators import post_only
from registry.web.page import render


@post_only("admin:index")
def stay_signed_in(request: HttpRequest) -> HttpResponse:
    """Return how long the session goes on, which this request has made longer."""
    end = session_end(request)
    return JsonResponse({"seconds": end.seconds, "canStay": end.can_stay} if end else {"seconds": 0, "canStay": False})


@require_http_methods(["GET", "HEAD", "POST"])
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End all sessions of the user, in all browsers."""
    if request.method != "POST":
        return render(request, "registry/sign_out_everywhere.html", _("Sign out everywhere"), {})
    user = User.objects.get(pk=request.user.pk)
    user.end_sessions()
    logout(request)
    messages.success(request, _("You are signed out in all browsers."))
    return redirect("admin:login")
