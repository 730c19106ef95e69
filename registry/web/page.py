"""A page in the frame of the admin, and a page of a long list."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import site
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template.response import TemplateResponse

from registry.web.filters import UnknownFilter
from registry.web.law_day import LAW_PARAMETER

PER_PAGE = 100


def paginate(request: HttpRequest, rows: Any, name: str = "p", per_page: int = PER_PAGE) -> dict[str, Any]:
    """One page of the rows, and what leads to the others; a list beside others has a page number of its own name."""
    page = Paginator(rows, per_page).get_page(request.GET.get(name))
    query = request.GET.copy()
    query.pop(name, None)
    kept = [(name, value) for name, value in query.items() if name != LAW_PARAMETER]
    return {
        "page": page,
        "kept": kept,
        "page_range": page.paginator.get_elided_page_range(page.number),
        "query": query.urlencode(),
        "name": name,
    }


def render(
    request: Any, template: str, title: Any, context: dict[str, Any], status: int | None = None
) -> TemplateResponse:
    """A page in the frame of the admin. With ``opts`` in the context it stands below the list of that model."""
    request.current_app = site.name
    whole = {**site.each_context(request), "title": title, **context}
    return TemplateResponse(request, template, whole, status=status)


def refusal_page(
    request: HttpRequest, template: str, title: Any, why: UnknownFilter, context: dict[str, Any] | None = None
) -> TemplateResponse:
    """The page with nothing but why it shows nothing; status 400."""
    return render(request, template, title, {**(context or {}), "refusal": str(why)}, 400)
