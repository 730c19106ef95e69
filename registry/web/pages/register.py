"""The register as a page: filtered, sorted, with selected columns, as at a day; and its export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from registry.document import HEADINGS
from registry.files.batches import BatchContext as Shared
from registry.files.columns import COLUMNS_BY_KEY, Column
from registry.files.export import Selection, exported_document, register_export_details, register_rows
from registry.files.format_registry import FORMATS, FORMATS_BY_CODE
from registry.files.formats.table import CellTooLong
from registry.history.change_sets import name_of
from registry.history.time_travel import as_at
from registry.law.verdicts import Verdict
from registry.law.wording import VERDICT_NAMES
from registry.models import (
    ProcessingActivity,
    SavedView,
    Transfer,
    TransferMechanism,
    Vendor,
    current,
)
from registry.web.decorators import post_only, shows_refusals
from registry.web.exports import recorded_download, require_export
from registry.web.filters import UnknownFilter
from registry.web.page import PER_PAGE, Context, paginate, render
from registry.web.permissions import require_view
from registry.web.register_query import COLUMN, DAY, LAW, SORT, FilteredRegister, RegisterQuery, is_sortable

#: The number of cells of a page: with many columns it has fewer rows.
CELLS_PER_PAGE = 2000
REGISTER_MODELS = (Vendor, ProcessingActivity, Transfer, TransferMechanism)


@require_safe
@shows_refusals("registry/register.html", gettext_lazy("Register"))
def register_page(request: HttpRequest) -> HttpResponse:
    require_view(request, *REGISTER_MODELS)
    register_query = RegisterQuery(request.GET)
    with register_query.state() as register:
        response = render(
            request, "registry/register.html", _("Register"), register_context(request, register_query, register)
        )
        return response.render()  # within the state


@post_only("admin:register")
@shows_refusals("registry/register.html", gettext_lazy("Register"))
def export_register(request: HttpRequest) -> HttpResponseBase:
    """Return a recorded download with the rows, order, columns and day of the address."""
    require_view(request, *REGISTER_MODELS)
    require_export(request)
    format_ = FORMATS_BY_CODE.get(request.POST.get("format", ""))
    if format_ is None:
        raise UnknownFilter(_("Choose a format."))
    register_query = RegisterQuery(request.GET)
    current().begin()  # so that all rows, and the digest in the file, are of one state

    def write() -> tuple[bytes, dict[str, str]]:
        with register_query.state() as register:
            selection = register_query.selection(register, name_of(request.user))
            content = format_().write(selection)
            return content, register_export_details(format_.code, selection, content)

    name = f"register-{register_query.day or timezone.localdate():%Y-%m-%d}.{format_.extension}"
    try:
        return recorded_download(request, write, file_name=name, content_type=format_.content_type)
    except CellTooLong as refused:
        messages.error(request, cell_too_long_text(refused))
        return redirect(f"{reverse('admin:register')}?{request.GET.urlencode()}")


def cell_too_long_text(refused: CellTooLong) -> str:
    words = {"line": refused.line, "column": refused.heading}
    return (
        _(
            "Nothing was exported: the text on line %(line)s, column %(column)s is longer than an Excel cell can hold."
            " Choose another format, or leave the column out."
        )
        % words
    )


@require_safe
@shows_refusals("registry/document.html", gettext_lazy("Document"))
def document_page(request: HttpRequest) -> HttpResponse:
    """Show the document as at a day, for reading and printing."""
    require_view(request, *REGISTER_MODELS)
    register_query = RegisterQuery(QueryDict(f"{DAY}={request.GET.get(DAY, '')}"))
    with as_at(register_query.change_set):
        document = exported_document(Selection(ProcessingActivity.objects.all()))
        context = {
            "document": document,
            "headings": HEADINGS.values(),
            "day": register_query.day or timezone.localdate(),
        }
        return render(request, "registry/document.html", _("Document"), context).render()


def register_context(request: HttpRequest, register_query: RegisterQuery, register: FilteredRegister) -> Context:
    listed = paginate(request, register.rows, per_page=min(PER_PAGE, CELLS_PER_PAGE // len(register_query.columns)))
    chosen = [column.key for column in register_query.columns]
    return {
        **listed,
        "register_query": register_query,
        "form": register.filter.form,
        "law": register.law,
        "headings": list(headings(request, register_query)),
        "rows": list(row_cells(register_query.columns, register, listed["page"].object_list)),
        "columns": [(column, column.key in chosen) for column in COLUMNS_BY_KEY.values()],
        "formats": [(format_.code, format_.title) for format_ in FORMATS],
        "names": {"day": DAY, "law": LAW, "column": COLUMN, "sort": SORT},
        "today": timezone.localdate(),
        "saved": SavedView.objects.for_person(request.user),
        "filtered": bool(request.GET.keys() - {"p", SORT}),
        "empty": not ProcessingActivity.objects.exists(),
    }


def headings(request: HttpRequest, register_query: RegisterQuery) -> Iterator[Context]:
    """Yield the headings with addresses that sort: ascending, then descending, then in the order of the document."""
    for column in register_query.columns:
        query = request.GET.copy()
        query.pop("p", None)
        up, down = register_query.sort == column.key, register_query.sort == f"-{column.key}"
        query[SORT] = f"-{column.key}" if up else column.key
        if down:
            del query[SORT]
        yield {
            "column": column,
            "address": f"?{query.urlencode()}" if is_sortable(column) else "",
            "sorted": "ascending" if up else "descending" if down else "",
        }


def row_cells(columns: Sequence[Column], register: FilteredRegister, page: Any) -> Iterator[tuple[int, list[Context]]]:
    codes = {str(VERDICT_NAMES[verdict]): verdict.code for verdict in Verdict}
    for activity, values in register_rows(page, columns, Shared(register.law)):
        yield (
            activity,
            [
                {
                    "key": column.key,
                    "label": column.heading,
                    "text": "" if value is None else str(value),
                    "verdict": codes.get(str(value)) if column.key == "verdict" else None,
                }
                for column, value in zip(columns, values, strict=True)
            ],
        )
