"""What pages of the register have in common: the frame of the admin, the day of judgement, rights."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model
from django.http import HttpRequest, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.history.log import LogReader
from registry.history.ownership import tracked_models
from registry.law.transfers import Law
from registry.models import law_on
from registry.web.filters import UnknownFilter, day_of

#: The name of the day of judgement in an address.
LAW = "law"
PER_PAGE = 100


def law_of(request: Any) -> Law:
    """The law of the day that the address names, else of today; read once a request."""
    if not hasattr(request, "law"):
        request.law = law_on(asked_day(request) or timezone.localdate())
    law: Law = request.law
    return law


def asked_day(request: HttpRequest, name: str = LAW) -> date | None:
    return day_of(request.GET.get(name, ""))


def may_see(request: HttpRequest, model: type[Model]) -> bool:
    return any(request.user.has_perm(f"registry.{act}_{model._meta.model_name}") for act in ("view", "change"))


def may_look(request: HttpRequest, *models: type[Model]) -> None:
    if not all(may_see(request, model) for model in models):
        raise PermissionDenied


def reader_of(request: HttpRequest) -> LogReader:
    """What they may look at: each kind of entry by its own right, people by that on users."""
    readable = [model for model in tracked_models() if may_see(request, model)]
    return LogReader(readable, people=request.user.has_perm("registry.view_user"))


def page_of(request: HttpRequest, rows: Any, name: str = "p", per_page: int = PER_PAGE) -> dict[str, Any]:
    """One page of the rows, and what leads to the others; a list beside others has a page number of its own name."""
    page = Paginator(rows, per_page).get_page(request.GET.get(name))
    query = request.GET.copy()
    query.pop(name, None)
    kept = [(name, value) for name, value in query.items() if name != LAW]
    return {
        "page": page,
        "kept": kept,
        "page_range": page.paginator.get_elided_page_range(page.number),
        "query": query.urlencode(),
        "name": name,
    }


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


def render(
    request: Any, template: str, title: Any, context: dict[str, Any], status: int | None = None
) -> TemplateResponse:
    """A page in the frame of the admin. With ``opts`` in the context it stands below the list of that model."""
    request.current_app = site.name
    whole = {**site.each_context(request), "title": title, **context}
    return TemplateResponse(request, template, whole, status=status)


def refusal(
    request: HttpRequest, template: str, title: Any, why: UnknownFilter, context: dict[str, Any] | None = None
) -> TemplateResponse:
    """The page with nothing but why it shows nothing; status 400."""
    return render(request, template, title, {**(context or {}), "refusal": str(why)}, 400)


def says_refusals[View: Callable[..., Any]](template: str, title: Any) -> Callable[[View], View]:
    """Of views that say in their own frame what they do not understand of the address."""

    def decorated(view: View) -> View:
        @wraps(view)
        def say(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                return view(request, *args, **kwargs)
            except UnknownFilter as why:
                return refusal(request, template, title, why)

        return cast("View", say)

    return decorated
