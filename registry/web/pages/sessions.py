"""The page on which users sign out everywhere."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from registry.models import User
from registry.web.page import render


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
