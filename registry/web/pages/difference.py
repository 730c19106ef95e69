from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from registry.files.formats.cells import Cell
from registry.files.formats.table import Table
from registry.files.reports.findings import table
from registry.history.difference import Difference, RowPair, changed_rows, describe
from registry.history.ownership import tracked_models
from registry.history.seals import digest_after
from registry.history.time_travel import last_change_set_of
from registry.models import ProcessingActivity, Vendor
from registry.web.exports import may_export, recorded_workbook
from registry.web.filters import UnknownFilter
from registry.web.page import asked_day, may_look, may_see, page_of, post_only, render, says_refusals

TITLE = gettext_lazy("Difference between two days")


@require_safe
@says_refusals("registry/difference.html", TITLE)
def difference_page(request: HttpRequest) -> HttpResponse:
    """From the end of one day to the end of another."""
    may_look(request, Vendor, ProcessingActivity)
    first, second = days(request)
    context: dict[str, Any] = {"first": first, "second": second, "today": timezone.localdate()}
    if first is not None:
        listed = page_of(request, found(request, first, second))
        context |= listed | {"differences": describe(listed["page"].object_list)}
    return render(request, "registry/difference.html", TITLE, context)


@post_only("admin:register_difference")
@says_refusals("registry/difference.html", TITLE)
def export_difference(request: HttpRequest) -> FileResponse:
    may_look(request, Vendor, ProcessingActivity)
    may_export(request)
    first, second = days(request)
    if first is None:
        raise UnknownFilter(_("Choose the first day."))
    return recorded_workbook(
        request,
        lambda who: as_table(describe(found(request, first, second)), first, second, who),
        of="difference",
        rows=f"{first} – {second}",
        file_name=f"difference-{first}-{second}.xlsx",
    )


def days(request: HttpRequest) -> tuple[date | None, date]:
    first = asked_day(request, "from")
    second = asked_day(request, "to") or timezone.localdate()
    if first is not None and first > second:
        raise UnknownFilter(_("The last day is before the first."))
    return first, second


def found(request: HttpRequest, first: date, second: date) -> list[RowPair]:
    """Of the kinds of entry that the person may look at."""
    models = [model for model in tracked_models() if may_see(request, model)]
    return changed_rows(models, last_change_set_of(first), last_change_set_of(second))


def as_table(differences: list[Difference], first: date, second: date, who: str) -> Table:
    headings = [
        (_("What happened"), 12),
        (_("Kind of entry"), 22),
        (_("Entry"), 48),
        (_("Vendor"), 28),
        (_("Field"), 22),
        (_("Before"), 48),
        (_("After"), 48),
    ]
    about: list[tuple[str, Cell]] = [
        (_("Exported by"), who),
        (_("From the end of"), first),
        (_("To the end of"), second),
        (_("Head of the history on the first day (digest)"), digest_after(last_change_set_of(first))),
        (_("Head of the history on the last day (digest)"), digest_after(last_change_set_of(second))),
    ]
    return table(headings, rows(differences), _("Difference"), about)


def rows(differences: list[Difference]) -> Iterator[list[Cell]]:
    for difference in differences:
        entry = difference.entry
        vendor = entry.root[1] if entry.root else ""
        own: list[Cell] = [difference.what, capfirst(entry.model_name), entry.name, vendor]
        for change in entry.fields:
            yield [*own, capfirst(change.label), change.before, change.after]
        if not entry.fields:
            yield [*own, "", "", ""]
