"""Editing a list as a table: the chosen columns of a page become fields, saved together as one change set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from registry.files.batches import BatchContext
from registry.files.columns import Column
from registry.files.export import table_rows
from registry.history.recording import with_names
from registry.models import law_on
from registry.web.filters import UnknownFilter
from registry.web.lists.definition import REGISTER, VENDORS, ListDefinition
from registry.web.lists.grid import EntryGrid
from registry.web.lists.grid_fields import can_be_a_cell
from registry.web.lists.pages import CELLS_PER_PAGE, refusal
from registry.web.lists.query import DAY, PAGE, ListQuery
from registry.web.lists.selection import keys_of
from registry.web.page import Context, paginate, render
from registry.web.reasons import ask_reason
from registry.web.typed import is_reopened, reopen
from registry.web.undo_confirmation import with_undo_link

#: The fields behind columns that show something else of an entry.
FIELDS = {"legal_ground": "legal_basis", "vendor": "name"}
#: Cells of a page: each is a field, and forms hold fewer of them than pages show texts.
FIELDS_PER_PAGE = 1000
ROWS_PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def edit_register(request: HttpRequest) -> HttpResponseBase:
    return edit_page(request, REGISTER)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_vendors(request: HttpRequest) -> HttpResponseBase:
    return edit_page(request, VENDORS)


def edit_page(request: HttpRequest, definition: ListDefinition) -> HttpResponseBase:
    definition.require_change(request)
    reopen(request)
    query = request.GET.copy()
    query.pop(DAY, None)  # a past state cannot be changed
    try:
        list_query = ListQuery(definition, query)
    except UnknownFilter as why:
        return refusal(request, definition, why)
    fields = dict(editable_fields(definition, list_query.columns))
    if not fields:
        messages.info(request, _("None of the columns of this list can be edited. Choose other columns."))
        return redirect(f"{definition.address}?{query.urlencode()}")
    if request.method == "POST":
        return save(request, list_query, fields)
    try:
        with list_query.state() as shown:
            listed = paginate(request, shown.rows, per_page=rows_per_page(list_query.columns))
            entries = list(listed["page"].object_list)
    except UnknownFilter as why:
        return refusal(request, definition, why)
    grid = EntryGrid(definition.model, entries, list(fields.values()))  # type: ignore[arg-type]
    return edit_response(request, list_query, fields, grid, listed)


def rows_per_page(columns: Sequence[Column]) -> int:
    return max(10, min(ROWS_PER_PAGE, FIELDS_PER_PAGE // len(columns), CELLS_PER_PAGE // len(columns)))


def editable_fields(definition: ListDefinition, columns: Sequence[Column]) -> Iterator[tuple[str, str]]:
    """Yield key and field of the columns that are fields of the entries themselves."""
    fields = {field.name: field for field in definition.model._meta.concrete_fields}
    for column in columns:
        if column.of_vendor and definition is REGISTER:
            continue
        name = FIELDS.get(column.key, column.field)
        if name in fields and can_be_a_cell(fields[name]):
            yield column.key, name


def save(request: HttpRequest, list_query: ListQuery, fields: dict[str, str]) -> HttpResponseBase:
    definition = list_query.definition
    keys = keys_of(request.POST.getlist("rows"))[:ROWS_PER_PAGE]
    stored = with_names(definition.model._default_manager.all()).in_bulk(keys)
    entries = [stored[key] for key in keys if key in stored]
    grid = EntryGrid(definition.model, entries, list(fields.values()), request.POST)  # type: ignore[arg-type]
    if len(entries) < len(keys):
        grid.problem = _(
            "%(count)s of these rows were deleted meanwhile. They are left out; nothing was saved yet."
        ) % {"count": len(keys) - len(entries)}
        return edit_response(request, list_query, fields, grid, {}, status=409)
    if not grid.is_valid() or is_reopened(request) or (grid.changed and ask_reason(request)):
        return edit_response(request, list_query, fields, grid, {})
    if (changed := grid.save()) is None:
        return edit_response(request, list_query, fields, grid, {})
    messages.success(request, with_undo_link(request, saved_message(changed)))
    query = list_query.query.copy()
    if "_next" in request.POST:
        query[PAGE] = request.POST["_next"]
        return redirect(f"{request.path}?{query.urlencode()}")
    return redirect(f"{definition.address}?{query.urlencode()}" if query else definition.address)


def saved_message(changed: int) -> str:
    if not changed:
        return _("Nothing was changed, so nothing was recorded.")
    return ngettext("%(count)s entry was changed.", "%(count)s entries were changed.", changed) % {"count": changed}


def edit_response(
    request: HttpRequest,
    list_query: ListQuery,
    fields: dict[str, str],
    grid: EntryGrid,
    listed: Context,
    status: int | None = None,
) -> HttpResponse:
    definition = list_query.definition
    back_to = f"{definition.address}?{list_query.query.urlencode()}" if list_query.query else definition.address
    page = listed.get("page")
    context = {
        **listed,
        "definition": definition,
        "grid": grid,
        "headings": [column.heading for column in list_query.columns],
        "rows": list(grid_rows(list_query, fields, grid)),
        "keys": ",".join(str(form.instance.pk) for form in grid.forms),
        "back_to": back_to,
        "next_page": page.next_page_number() if page is not None and page.has_next() else request.POST.get("_next"),
    }
    title = _("Edit in the list: %s") % definition.title
    return render(request, "registry/grid.html", title, context, status)


def grid_rows(list_query: ListQuery, fields: dict[str, str], grid: EntryGrid) -> Iterator[Context]:
    """Yield the forms of the rows, each with its cells: a field, or the text of a column that cannot be edited."""
    keys = [form.instance.pk for form in grid.forms]
    entries: Any = list_query.definition.model._default_manager.filter(pk__among=keys)
    texts = dict(table_rows(entries, list_query.columns, BatchContext(law_on(list_query.law_day))))
    for form in grid.forms:
        cells = [
            {
                "label": column.heading,
                "field": form[fields[column.key]] if column.key in fields else None,
                "text": "" if text is None else str(text),
            }
            for column, text in zip(list_query.columns, texts.get(form.instance.pk, ()), strict=False)
        ]
        yield {"form": form, "key": form.instance.pk, "cells": cells}
