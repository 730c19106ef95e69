"""The record of processing activities under Art. 30, as at a day, and its downloads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from registry.files.export import Selection, export_details
from registry.files.reports.change_log import CHANGE_LOG_FORMATS
from registry.history.change_sets import name_of
from registry.history.time_travel import as_at
from registry.models import ProcessingActivity
from registry.papers.article_30 import OF_CONTROLLERS, OF_PROCESSORS, Record, RecordRow, heading, mark, record_of
from registry.papers.article_30_paper import record_paper
from registry.papers.article_30_table import parties_with_marks, record_table
from registry.papers.dpv import record_jsonld
from registry.papers.rendering import PAPER_FORMATS, PaperNotWritten, write_paper
from registry.web.decorators import post_only, shows_refusals
from registry.web.exports import recorded_download
from registry.web.lists.definition import REGISTER
from registry.web.lists.query import DAY, ListQuery
from registry.web.page import paginate, render
from registry.web.permissions import user_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TEMPLATE = "registry/article_30.html"
TITLE = gettext_lazy("Record of processing activities, Art. 30")
XLSX = CHANGE_LOG_FORMATS["xlsx"]
#: What can be downloaded: file name and content type.
DOWNLOADS: Mapping[str, tuple[str, str]] = {
    "xlsx": ("article-30-1.xlsx", XLSX.content_type),
    "xlsx-processor": ("article-30-2.xlsx", XLSX.content_type),
    "pdf": ("article-30.pdf", "application/pdf"),
    "docx": ("article-30.docx", PAPER_FORMATS["docx"].content_type),
    "jsonld": ("article-30.jsonld", "application/ld+json"),
}


@require_safe
@shows_refusals(TEMPLATE, TITLE)
def article_30_page(request: HttpRequest) -> HttpResponse:
    """Show the record, with what is missing by letter."""
    REGISTER.require_view(request)
    list_query = query_of(request)
    with as_at(list_query.change_set):
        record = record_on(list_query)
        as_processor = request.GET.get("part") == "2"
        rows = record.as_processor if as_processor else record.as_controller
        columns = OF_PROCESSORS if as_processor else OF_CONTROLLERS
        shown = paginate(request, rows)
        context = {
            "record": record,
            "parties": list(parties_with_marks(record)),
            "headings": [heading(letter, name) for letter, name in columns.items()],
            "rows": [(row.activity, list(cells_of_record(row, columns))) for row in shown["page"]],
            "as_processor": as_processor,
            "day": list_query.day or timezone.localdate(),
            "day_given": list_query.day,
            "may_edit": request.user.has_perm("registry.change_organisation"),
            **shown,
        }
        return render(request, TEMPLATE, TITLE, context).render()


def cells_of_record(row: RecordRow, columns: Mapping[str, StrOrPromise]) -> Iterator[tuple[str, str, bool]]:
    """Yield heading and text of each column, and whether something is missing there."""
    for letter, name in columns.items():
        yield heading(letter, name), row.stated[letter] or mark(letter), letter in row.missing


@post_only("admin:article_30")
def export_article_30(request: HttpRequest) -> HttpResponseBase:
    REGISTER.require_view(request)
    code = request.POST.get("format", "")
    if code not in DOWNLOADS:
        raise Http404
    list_query = query_of(request)
    file_name, content_type = DOWNLOADS[code]

    def write() -> tuple[bytes, Mapping[str, str]]:
        with as_at(list_query.change_set):
            record, selection = record_on(list_query), selection_of(list_query)
            content = file_of(code, record, selection, name_of(user_of(request)))
        past = {} if list_query.day is None else {"day": list_query.day.isoformat(), "state": selection.state}
        return content, {"of": "record of Art. 30", **export_details(code, "", content), **past}

    try:
        return recorded_download(request, write, file_name=file_name, content_type=content_type)
    except PaperNotWritten as why:
        messages.error(request, str(why))
        return redirect("admin:article_30")


def file_of(code: str, record: Record, selection: Selection, who: str) -> bytes:
    if code == "jsonld":
        return record_jsonld(record, state=selection.state)
    if code in PAPER_FORMATS:
        return write_paper(record_paper(record, state=selection.state, who=who), code)
    return XLSX.write(record_table(record, who=who, processors=code == "xlsx-processor"))


def query_of(request: HttpRequest) -> ListQuery:
    return ListQuery(REGISTER, QueryDict(f"{DAY}={request.GET.get(DAY, '')}"))


def record_on(list_query: ListQuery) -> Record:
    return record_of(ProcessingActivity.objects.all(), list_query.day or timezone.localdate())


def selection_of(list_query: ListQuery) -> Selection:
    activities = ProcessingActivity.objects.all()
    return Selection(activities, day=list_query.day, change_set=list_query.change_set, title=_("Record"))
