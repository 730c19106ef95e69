"""Decorators of views."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from registry.web.filters import UnknownFilter
from registry.web.page import refusal_page


def post_only[View: Callable[..., Any]](page: str, *arguments: str) -> Callable[[View], View]:
    """Of views that only do what a button sends: whoever comes by the address alone is led to the page of the button.

    That is who signs in again after the button was pressed, or goes back in the browser. ``arguments`` are those of the
    view that the page has too.
    """

    def decorated(view: View) -> View:
        @wraps(view)
        def ask_first(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            if request.method not in {"GET", "HEAD"}:
                return HttpResponseNotAllowed(["POST"])
            messages.info(request, _("Nothing was done. To do it, use the button on this page."))
            back_to = reverse(page, args=[kwargs[name] for name in arguments])
            query = request.GET.urlencode()
            return redirect(f"{back_to}?{query}" if query else back_to)

        return cast("View", ask_first)

    return decorated


def shows_refusals[View: Callable[..., Any]](template: str, title: Any) -> Callable[[View], View]:
    """Of views that say in their own frame what they do not understand of the address."""

    def decorated(view: View) -> View:
        @wraps(view)
        def say(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                return view(request, *args, **kwargs)
            except UnknownFilter as why:
                return refusal_page(request, template, title, why)

        return cast("View", say)

    return decorated
