"""The lists of the register as pages: filtered, sorted, with selected columns, as at a day; and their export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.contrib.admin import site
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from registry.core.people import Person
from registry.files.export import register_export_details
from registry.files.formats.table import CellTooLong
from registry.history.change_sets import name_of
from registry.models import SavedView, Watch, current
from registry.papers.formats import EXPORT_FORMATS_BY_CODE, PaperFormat
from registry.web.decorators import post_only
from registry.web.exports import recorded_download, require_export
from registry.web.filters import UnknownFilter
from registry.web.lists.cells import back_to_list, list_rows
from registry.web.lists.definition import REGISTER, VENDORS, ListDefinition
from registry.web.lists.papers import listed_paper
from registry.web.lists.query import COLUMN, DAY, LAW, PAGE, SORT, ListQuery, ShownList, is_sortable
from registry.web.page import PER_PAGE, Context, paginate, refusal_page, render
from registry.web.papers import paper_download
from registry.web.permissions import may_import, user_of

#: The number of cells of a page: with many columns it has fewer rows.
CELLS_PER_PAGE = 2000
#: A table with more columns scrolls sideways within the page.
COLUMNS_THAT_FIT = 10

TEMPLATE = "registry/list.html"


@require_safe
def register_page(request: HttpRequest) -> HttpResponse:
    return list_page(request, REGISTER)


@require_safe
def vendors_page(request: HttpRequest) -> HttpResponse:
    return list_page(request, VENDORS)


@post_only("admin:register")
def export_register(request: HttpRequest) -> HttpResponseBase:
    return export_list(request, REGISTER)


@post_only("admin:vendors")
def export_vendors(request: HttpRequest) -> HttpResponseBase:
    return export_list(request, VENDORS)


def list_page(request: HttpRequest, definition: ListDefinition) -> HttpResponse:
    definition.require_view(request)
    try:
        list_query = ListQuery(definition, request.GET)
        with list_query.state() as shown:
            context = list_context(request, list_query, shown)
            return render(request, TEMPLATE, definition.title, context).render()  # within the state
    except UnknownFilter as why:
        return refusal(request, definition, why)


def refusal(request: HttpRequest, definition: ListDefinition, why: UnknownFilter) -> HttpResponse:
    return refusal_page(request, TEMPLATE, definition.title, why, {"definition": definition})


def export_list(request: HttpRequest, definition: ListDefinition) -> HttpResponseBase:
    """Return a recorded download with the rows, order, columns and day of the address."""
    definition.require_view(request)
    require_export(request)
    try:
        return written_list(request, definition)
    except UnknownFilter as why:
        return refusal(request, definition, why)
    except CellTooLong as why:
        messages.error(request, cell_too_long_text(why))
        return redirect(f"{definition.address}?{request.GET.urlencode()}")


def written_list(request: HttpRequest, definition: ListDefinition) -> HttpResponseBase:
    format_ = EXPORT_FORMATS_BY_CODE.get(request.POST.get("format", ""))
    if format_ is None or format_ not in definition.formats:
        raise UnknownFilter(_("Choose a format."))
    list_query = ListQuery(definition, request.GET)
    if request.POST.get("all_columns"):
        list_query.columns = list(definition.all_columns)
    if issubclass(format_, PaperFormat):
        return written_paper(request, list_query, format_)
    current().begin()  # so that all rows, and the digest in the file, are of one state

    def write() -> tuple[bytes, dict[str, str]]:
        with list_query.state() as shown:
            selection = list_query.selection(shown, name_of(user_of(request)))
            content = format_().write(selection)
            return content, register_export_details(format_.code, selection, content)

    with list_query.state() as shown:
        name = f"{list_query.file_stem(shown)}.{format_.extension}"
    return recorded_download(request, write, file_name=name, content_type=format_.content_type)


def written_paper(request: HttpRequest, list_query: ListQuery, format_: type[PaperFormat]) -> HttpResponseBase:
    who = name_of(user_of(request))
    with list_query.state() as shown:
        name = f"{list_query.file_stem(shown)}.{format_.extension}"
    return paper_download(
        request,
        lambda: listed_paper(list_query, format_, who),
        file_name=name,
        content_type=format_.content_type,
        back_to=f"{list_query.definition.address}?{request.GET.urlencode()}",
    )


def cell_too_long_text(refused: CellTooLong) -> str:
    words = {"line": refused.line, "column": refused.heading}
    return (
        _(
            "Nothing was exported: the text on line %(line)s, column %(column)s is longer than an Excel cell can hold."
            " Choose another format, or leave the column out."
        )
        % words
    )


def list_context(request: HttpRequest, list_query: ListQuery, shown: ShownList) -> Context:
    definition = list_query.definition
    listed = paginate(request, shown.rows, per_page=min(PER_PAGE, CELLS_PER_PAGE // len(list_query.columns)))
    chosen = {column.key: column for column in list_query.columns}
    others = [column for column in definition.columns.values() if column.key not in chosen]
    live = list_query.day is None
    return {
        **listed,
        "definition": definition,
        "list_query": list_query,
        "form": shown.filter.form,
        "active": list(shown.filter.active(request.GET)),
        "law": shown.law,
        "headings": list(headings(request, list_query)),
        "rows": list(list_rows(request, list_query, shown, listed["page"].object_list)),
        "columns": [*((column, True) for column in chosen.values()), *((column, False) for column in others)],
        "columns_chosen": COLUMN in request.GET,
        "wide": len(chosen) > COLUMNS_THAT_FIT,
        "formats": [(each.code, each.title, issubclass(each, PaperFormat)) for each in definition.formats],
        "names": {"day": DAY, "law": LAW, "column": COLUMN, "sort": SORT},
        "today": timezone.localdate(),
        "saved": SavedView.objects.for_person(request.user, definition.name),
        "watched_views": watched_views(request.user),
        "empty": not definition.model._default_manager.exists(),
        "live": live,
        "may_add": live and definition.may(request, "add"),
        "may_change": live and definition.may(request, "change"),
        "may_import": live and definition is REGISTER and may_import(request.user),
        "add_address": f"{reverse(f'admin:registry_{definition.model_name}_add')}?{back_to_list(request)}",
        "actions": list_actions(request, definition) if live else [],
    }


def watched_views(user: Person) -> set[int]:
    """Return the keys of the saved views that a person watches."""
    watches = Watch.objects.filter(user=user.pk, view__isnull=False).order_by()
    return set(watches.values_list("view_id", flat=True))


def list_actions(request: HttpRequest, definition: ListDefinition) -> list[tuple[str, str]]:
    """Return name and description of what the user may do with selected entries."""
    model_admin = site.get_model_admin(definition.model)
    options = model_admin.opts
    words = {"verbose_name_plural": options.verbose_name_plural, "verbose_name": options.verbose_name}
    actions: dict[str, Any] = model_admin.get_actions(request)
    ordered = sorted(actions.items(), key=lambda item: item[0] == "delete_selected")  # the last choice
    return [(name, str(action.plural_description) % words) for name, action in ordered]


def headings(request: HttpRequest, list_query: ListQuery) -> Iterator[Context]:
    """Yield the headings with addresses that sort: ascending, then descending, then in the order of the list."""
    for column in list_query.columns:
        query = request.GET.copy()
        query.pop(PAGE, None)
        up, down = list_query.sort == column.key, list_query.sort == f"-{column.key}"
        query[SORT] = f"-{column.key}" if up else column.key
        if down:
            del query[SORT]
        yield {
            "column": column,
            "address": f"?{query.urlencode()}" if is_sortable(column) else "",
            "sorted": "ascending" if up else "descending" if down else "",
        }
