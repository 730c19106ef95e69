"""The pages of editions: all series, preparing one, and one edition with the steps that remain."""

from __future__ import annotations

from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from registry.core.fields import validate_recorded_day
from registry.editions import elsewhere, steps
from registry.editions.content import EditionContent
from registry.editions.difference import difference
from registry.editions.forms.edition_forms import FORMS
from registry.editions.steps import StepRefused
from registry.editions.stored_editions import AlteredFile, address_of_series, content_by_digest
from registry.editions.wording import in_words
from registry.findings.rules import RULES_BY_CODE
from registry.models import ChangeSet, DocumentText, Edition
from registry.models.editions import EditionState
from registry.web.day_input import DayInput
from registry.web.decorators import shows_refusals
from registry.web.editions import rows
from registry.web.editions.moved import ALTERED, UNKNOWN_ROWS, SeriesStatus, moved_since, sentences, statuses
from registry.web.editions.writing import prepare_edition
from registry.web.filters import UnknownFilter, parse_day
from registry.web.page import Context, paginate, render
from registry.web.permissions import require_right, require_view, user_of
from registry.web.reasons import ask_reason

TITLE = gettext_lazy("Editions")
LIST, PREPARE, EDITION = "registry/editions.html", "registry/edition_prepare.html", "registry/edition.html"
#: Who took the steps of an edition.
PEOPLE = ("prepared_by", "findings_named_by", "approved_by", "published_by", "withdrawn_by")
#: Changes that a page lists, and the card of a series.
LISTED, MOVED_LISTED = 500, 10


class PrepareForm(forms.Form):
    day = forms.DateField(
        label=gettext_lazy("Dated"),
        widget=DayInput,
        help_text=gettext_lazy("The day that stands on it, from which it holds: today or later."),
        validators=[validate_recorded_day],
    )


@require_safe
@shows_refusals(LIST, TITLE)
def editions_page(request: HttpRequest) -> HttpResponse:
    """Show each series with the edition that holds, what has moved since, and all editions."""
    require_view(request, Edition)
    day = parse_day(request.GET.get("day", ""))
    context: Context = {
        "statuses": [shown_status(each) for each in statuses()],
        "day": day,
        "held": held_on(day) if day is not None else [],
        **paginate(request, Edition.objects.select_related("series", "prepared_by", "approved_by")),
    }
    context |= recordable_import() if request.user.has_perm(steps.PUBLISH) else {}
    in_force = {each.series.pk: each.in_force for each in statuses()}
    today = timezone.localdate()
    context["editions"] = [
        (each, each.state_on(today, in_force.get(each.series_id))) for each in context["page"].object_list
    ]
    return render(request, LIST, TITLE, context)


def recordable_import() -> Context:
    """Return the first imported document if the document has no edition yet, and it can be recorded as one."""
    if Edition.objects.filter(series=DocumentText.THE_ONE).exists():
        return {}
    first = ChangeSet.objects.filter(imported_file__isnull=False).order_by("pk").first()
    file = elsewhere.recordable(first) if first is not None else None
    return {"recordable": first, "recordable_day": elsewhere.dated(file)} if file is not None else {}


def shown_status(status: SeriesStatus) -> Context:
    lines = status.lines(MOVED_LISTED)
    return {"status": status, "lines": lines, "outdated": status.contradicted is not None}


def held_on(day: date) -> list[tuple[DocumentText, Edition | None]]:
    """Return of each series the edition that held on a day."""
    held: dict[int, Edition] = {}
    for edition in Edition.objects.begun(day):
        held.setdefault(edition.series_id, edition)
    return [(each, held.get(each.pk)) for each in DocumentText.objects.order_by("pk")]


@require_http_methods(["GET", "HEAD", "POST"])
def prepare_page(request: HttpRequest, key: int) -> HttpResponse:
    """Show what the next edition of a series would say, and prepare it."""
    require_view(request, Edition)
    if request.method == "POST":
        require_right(request, steps.PREPARE)
    series = get_object_or_404(DocumentText, pk=key)
    form = PrepareForm(request.POST or None, initial={"day": timezone.localdate()})
    if request.method == "POST" and form.is_valid() and not ask_reason(request):
        try:
            edition = prepare_edition(series, form.cleaned_data["day"], user=user_of(request))
        except StepRefused as why:
            form.add_error(None, str(why))
        except UnknownFilter:
            form.add_error(None, str(UNKNOWN_ROWS))
        else:
            messages.success(request, _("Edition %(number)s is prepared.") % {"number": edition.number})
            return redirect("admin:edition", edition.pk)
    return render(request, PREPARE, _("Prepare an edition: %s") % series, prepare_context(series, form))


def prepare_context(series: DocumentText, form: PrepareForm) -> Context:
    number, today = steps.next_number(series), timezone.localdate()
    last = Edition.objects.published().filter(series=series.pk).first()
    context: Context = {"series": series, "form": form, "number": number, "last": last}
    try:
        now = rows.content_for_series(series, number, today)
        findings = rows.findings_of_series(series, today)
    except UnknownFilter:
        return {**context, "refused": UNKNOWN_ROWS}
    try:
        lines = in_words(difference(content_by_digest(last.content_sha256), now), LISTED) if last is not None else []
    except AlteredFile:
        lines = [str(ALTERED)]
    pending = Edition.objects.pending().filter(series=series.pk).first()
    return {
        **context,
        "lines": lines,
        "row_count": len(now.rows),
        "selection": now.selection,
        "findings": shown_findings(findings),
        "pending": pending,
    }


def shown_findings(findings: dict[str, list[int]]) -> list[Context]:
    """Return findings by rule, each with how many there are and where they are listed."""
    return [
        {
            "code": code,
            "title": RULES_BY_CODE[code].title if code in RULES_BY_CODE else code,
            "count": len(keys),
            "address": f"{reverse('admin:findings')}?rule={code}" if code in RULES_BY_CODE else "",
        }
        for code, keys in findings.items()
    ]


@require_safe
def edition_page(request: HttpRequest, key: int) -> HttpResponse:
    """Show an edition: its state, what it changes, its findings, its files, and the step that is next."""
    require_view(request, Edition)
    edition = get_object_or_404(
        Edition.objects.select_related("series", *PEOPLE),
        pk=key,
    )
    return render(request, EDITION, str(edition), edition_context(request, edition))


def edition_context(request: HttpRequest, edition: Edition) -> Context:
    content = content_or_none(edition)
    earlier = Edition.objects.published().filter(series=edition.series_id, number__lt=edition.number).first()
    before = content_or_none(earlier) if earlier is not None else None
    lines = in_words(difference(before, content), LISTED) if content and before else []
    holding = Edition.objects.in_force(edition.series_id)
    state = edition.state_on(timezone.localdate(), holding)
    unanswered = steps.unanswered(edition) if edition.published_on is None else {}
    may = {name: request.user.has_perm(f"registry.{name}_edition") for name in ("prepare", "approve", "publish")}
    return {
        "opts": Edition._meta,
        "edition": edition,
        "state": state,
        "content": content,
        "earlier": earlier,
        "lines": lines,
        "holding": holding,
        "findings": shown_findings(edition.findings),
        "unanswered": shown_findings(unanswered),
        "named": edition.named_findings,
        "forms": forms_of(edition),
        "address": address_of_series(edition.series),
        "moved": moved_lines(edition) if edition.published_on is None else [],
        "own": request.user.pk in (edition.prepared_by_id, edition.findings_named_by_id)
        and not edition.series.by_one_person,
        "may_prepare": may["prepare"] and edition.published_on is None,
        "may_approve": may["approve"] and state == EditionState.PREPARED,
        "may_publish": may["publish"] and state == EditionState.APPROVED,
        "may_withdraw": may["publish"] and edition.is_published,
    }


def is_own(request: HttpRequest, edition: Edition) -> bool:
    """Return whether somebody else has to approve an edition."""
    preparers = (edition.prepared_by_id, edition.findings_named_by_id)
    return request.user.pk in preparers and not edition.series.by_one_person


def moved_lines(edition: Edition) -> list[str]:
    """Return what has moved since an edition was prepared that is not published."""
    try:
        return sentences(moved_since(edition.series, edition), MOVED_LISTED)
    except (AlteredFile, UnknownFilter):
        return []


def content_or_none(edition: Edition) -> EditionContent | None:
    """Return the content of an edition, None where what is stored is not what its history names."""
    try:
        return content_by_digest(edition.content_sha256)
    except AlteredFile:
        return None


def forms_of(edition: Edition) -> list[Context]:
    """Return the forms of an edition: those that it has, or those that it would be published in."""
    return [
        {"code": form.code, "title": form.title, "sha256": edition.files.get(form.code, "")}
        for form in FORMS.values()
        if edition.published_on is None or form.code in edition.files
    ]
