"""Decorators of views."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from registry.web.filters import UnknownFilter
from registry.web.page import refusal_page

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def post_only[View: Callable[..., Any]](page: str, *arguments: str) -> Callable[[View], View]:
    """Return a decorator for views that are called by a button: it redirects GET requests to the page of the button.

    Such requests come from people who sign in again after they pressed it, or go back in the browser. ``arguments``
    names the arguments of the view that the address of the page has too.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def redirect_get(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            if request.method not in {"GET", "HEAD"}:
                return HttpResponseNotAllowed(["POST"])
            messages.info(request, _("Nothing was changed. Use the button on this page."))
            back_to = reverse(page, args=[kwargs[name] for name in arguments])
            query = request.GET.urlencode()
            return redirect(f"{back_to}?{query}" if query else back_to)

        return cast("View", redirect_get)

    return decorate


def shows_refusals[View: Callable[..., Any]](template: str, title: StrOrPromise) -> Callable[[View], View]:
    """Return a decorator for views that answers ``UnknownFilter`` with the reason in a page of status 400."""

    def decorate(view: View) -> View:
        @wraps(view)
        def show_refusal(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            except UnknownFilter as error:
                return refusal_page(request, template, title, error)

        return cast("View", show_refusal)

    return decorate
