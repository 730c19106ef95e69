"""The page that compares the register at the end of two days, and its export."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from registry.files.formats.cells import Cell
from registry.files.formats.table import Table
from registry.files.reports.findings import report_table
from registry.history.difference import EntryDifference, RowPair, changed_row_pairs, describe
from registry.history.ownership import tracked_models
from registry.history.seals import digest_after
from registry.history.time_travel import last_change_set_of
from registry.models import ProcessingActivity, Vendor
from registry.web.decorators import post_only, shows_refusals
from registry.web.exports import recorded_workbook, require_export
from registry.web.filters import UnknownFilter
from registry.web.law_day import day_in_address
from registry.web.page import Context, paginate, render
from registry.web.permissions import may_see, require_view

TITLE = gettext_lazy("Difference between two days")


@require_safe
@shows_refusals("registry/difference.html", TITLE)
def difference_page(request: HttpRequest) -> HttpResponse:
    """Show what changed from the end of one day to the end of another."""
    require_view(request, Vendor, ProcessingActivity)
    first, second = days(request)
    context: Context = {"first": first, "second": second, "today": timezone.localdate()}
    if first is not None:
        listed = paginate(request, differing_pairs(request, first, second))
        context |= listed | {"differences": describe(listed["page"].object_list)}
    return render(request, "registry/difference.html", TITLE, context)


@post_only("admin:register_difference")
@shows_refusals("registry/difference.html", TITLE)
def export_difference(request: HttpRequest) -> FileResponse:
    require_view(request, Vendor, ProcessingActivity)
    require_export(request)
    first, second = days(request)
    if first is None:
        raise UnknownFilter(_("Choose the first day."))
    return recorded_workbook(
        request,
        lambda who: difference_table(describe(differing_pairs(request, first, second)), first, second, who),
        of="difference",
        rows=f"{first} – {second}",
        file_name=f"difference-{first}-{second}.xlsx",
    )


def days(request: HttpRequest) -> tuple[date | None, date]:
    first = day_in_address(request, "from")
    second = day_in_address(request, "to") or timezone.localdate()
    if first is not None and first > second:
        raise UnknownFilter(_("The last day is before the first."))
    return first, second


def differing_pairs(request: HttpRequest, first: date, second: date) -> list[RowPair]:
    """Return the differing entries of the models that the user may see."""
    models = [model for model in tracked_models() if may_see(request, model)]
    return changed_row_pairs(models, last_change_set_of(first), last_change_set_of(second))


def difference_table(differences: list[EntryDifference], first: date, second: date, who: str) -> Table:
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
    return report_table(headings, difference_rows(differences), _("Difference"), about)


def difference_rows(differences: list[EntryDifference]) -> Iterator[list[Cell]]:
    for difference in differences:
        entry = difference.entry
        vendor = entry.root[1] if entry.root else ""
        own: list[Cell] = [difference.what, capfirst(entry.model_name), entry.name, vendor]
        for change in entry.fields:
            yield [*own, capfirst(change.label), change.before, change.after]
        if not entry.fields:
            yield [*own, "", "", ""]
