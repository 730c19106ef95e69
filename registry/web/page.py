"""A page in the frame of the admin, and a page of a long list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import site
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template.response import TemplateResponse

from registry.web.filters import UnknownFilter
from registry.web.law_day import LAW_PARAMETER

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: The context of a template.
type Context = dict[str, Any]

PER_PAGE = 100


def paginate(request: HttpRequest, rows: Any, name: str = "p", per_page: int = PER_PAGE) -> Context:
    """Return the context of one page of the rows, with links to the others.

    ``name`` is the query parameter of the page number; several lists on one page need different ones.
    """
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
    request: HttpRequest, template: str, title: StrOrPromise, context: Context, status: int | None = None
) -> TemplateResponse:
    """Return a page in the frame of the admin. With ``opts`` in the context, its breadcrumbs include that model."""
    request.current_app = site.name
    page_context = {**site.each_context(request), "title": title, **context}
    return TemplateResponse(request, template, page_context, status=status)


def refusal_page(
    request: HttpRequest, template: str, title: StrOrPromise, why: UnknownFilter, context: Context | None = None
) -> TemplateResponse:
    """Return the page with only the reason why it shows nothing; status 400."""
    return render(request, template, title, {**(context or {}), "refusal": str(why)}, 400)
