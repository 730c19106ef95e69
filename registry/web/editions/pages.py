"""The pages of editions: all series, preparing one, and one edition with the steps that remain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from registry.core.text import clean_text, printable
from registry.editions import steps
from registry.editions.content import EditionContent
from registry.editions.difference import difference
from registry.editions.forms.edition_forms import FORMS, write_files
from registry.editions.site import zip_of
from registry.editions.steps import StepRefused
from registry.editions.stored_editions import AlteredFile, address_of, content_by_digest
from registry.editions.stored_editions import file_content as stored_file
from registry.editions.wording import in_words
from registry.files.export import export_details
from registry.findings.rules import RULES_BY_CODE
from registry.history import people
from registry.models import ChangeSet, DocumentText, Edition, Source, change_set, current
from registry.models.editions import EditionState
from registry.papers.rendering import PaperNotWritten
from registry.web.day_input import DayInput
from registry.web.decorators import post_only, shows_refusals
from registry.web.editions import rows
from registry.web.editions.moved import SeriesStatus, statuses
from registry.web.editions.writing import files_of, prepare_edition, publish_edition
from registry.web.exports import recorded_download, require_export
from registry.web.filters import UnknownFilter, parse_day
from registry.web.page import Context, paginate, render
from registry.web.permissions import require_view
from registry.web.progress import Outcome, stream_progress, wants_progress
from registry.web.reasons import ask_reason

TITLE = gettext_lazy("Editions")
LIST, PREPARE, EDITION = "registry/editions.html", "registry/edition_prepare.html", "registry/edition.html"
#: Changes that a page lists, and the card of a series.
LISTED, MOVED_LISTED = 500, 10


class PrepareForm(forms.Form):
    day = forms.DateField(
        label=gettext_lazy("Dated"),
        widget=DayInput,
        help_text=gettext_lazy("The day that stands on it, from which it holds: today or later."),
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
    file = steps.recordable(first) if first is not None else None
    return {"recordable": first, "recordable_day": steps.dated(file)} if file is not None else {}


def shown_status(status: SeriesStatus) -> Context:
    lines = status.lines(MOVED_LISTED)
    return {"status": status, "lines": lines, "outdated": status.contradicted is not None}


def held_on(day: date) -> list[tuple[DocumentText, Edition | None]]:
    """Return of each series the edition that held on a day."""
    return [(each, Edition.objects.in_force(each, day)) for each in DocumentText.objects.order_by("pk")]


@require_http_methods(["GET", "HEAD", "POST"])
def prepare_page(request: HttpRequest, key: int) -> HttpResponse:
    """Show what the next edition of a series would say, and prepare it."""
    require_view(request, Edition)
    series = get_object_or_404(DocumentText, pk=key)
    form = PrepareForm(request.POST or None, initial={"day": timezone.localdate()})
    if request.method == "POST" and form.is_valid() and not ask_reason(request):
        try:
            edition = prepare_edition(series, form.cleaned_data["day"], user=request.user)
        except (StepRefused, UnknownFilter) as why:
            form.add_error(None, str(why))
        else:
            messages.success(request, _("Edition %(number)s is prepared.") % {"number": edition.number})
            return redirect("admin:edition", edition.pk)
    return render(request, PREPARE, _("Prepare an edition: %s") % series, prepare_context(series, form))


def prepare_context(series: DocumentText, form: PrepareForm) -> Context:
    number, today = steps.next_number(series), timezone.localdate()
    last = Edition.objects.published().filter(series=series.pk).first()
    context: Context = {"series": series, "form": form, "number": number, "last": last}
    try:
        now = rows.content_of(series, number, today)
        findings = rows.findings_of(series, today)
        lines = in_words(difference(content_by_digest(last.content_sha256), now), LISTED) if last is not None else []
    except (UnknownFilter, AlteredFile) as why:
        return {**context, "refused": str(why)}
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
        Edition.objects.select_related("series", "prepared_by", "approved_by", "published_by", "withdrawn_by"), pk=key
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
        "address": address_of(edition.series),
        "own": edition.prepared_by_id == request.user.pk and not edition.series.by_one_person,
        "may_prepare": may["prepare"] and edition.published_on is None,
        "may_approve": may["approve"] and state == EditionState.PREPARED,
        "may_publish": may["publish"] and state == EditionState.APPROVED,
        "may_withdraw": may["publish"] and edition.is_published,
    }


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


type Step = Callable[[HttpRequest, Edition], str]


def take_step(request: HttpRequest, key: int, step: Step) -> HttpResponse:
    """Take a step of an edition and lead back to its page, which says what was done or why not."""
    require_view(request, Edition)
    edition = get_object_or_404(Edition.objects.select_related("series"), pk=key)
    if "because" in request.POST:
        current().describe(reason=clean_text(printable(request.POST["because"])))
    elif ask_reason(request):
        return render(request, EDITION, str(edition), edition_context(request, edition))
    try:
        messages.success(request, step(request, edition))
    except StepRefused as why:
        messages.error(request, str(why))
    return redirect("admin:edition", key)


@post_only("admin:edition", "key")
def name_findings(request: HttpRequest, key: int) -> HttpResponse:
    def step(request: HttpRequest, edition: Edition) -> str:
        codes, because = request.POST.getlist("rule"), request.POST.get("because", "")
        steps.name_findings(edition, codes, because, user=request.user)
        return _("It is recorded which findings are known.")

    return take_step(request, key, step)


@post_only("admin:edition", "key")
def approve(request: HttpRequest, key: int) -> HttpResponse:
    def step(request: HttpRequest, edition: Edition) -> str:
        steps.approve(edition, request.POST.get("digest", ""), user=request.user)
        return _("The edition is approved. It can be published now.")

    return take_step(request, key, step)


@post_only("admin:edition", "key")
def withdraw(request: HttpRequest, key: int) -> HttpResponse:
    def step(request: HttpRequest, edition: Edition) -> str:
        steps.withdraw(edition, request.POST.get("because", ""), user=request.user)
        return _("The edition is withdrawn. Files that you put elsewhere have to be replaced there.")

    return take_step(request, key, step)


@post_only("admin:edition", "key")
def publish(request: HttpRequest, key: int) -> HttpResponseBase:
    """Write the files of an edition and publish it; with progress where the page asks for it."""
    require_view(request, Edition)
    edition = get_object_or_404(Edition.objects.select_related("series"), pk=key)
    page = reverse("admin:edition", args=[key])
    if ask_reason(request):
        return render(request, EDITION, str(edition), edition_context(request, edition))
    if wants_progress(request):
        lost = Outcome(False, _("The edition was not published."), page)
        return stream_progress(lambda: published_apart(request, edition, page), lost)
    try:
        publish_edition(edition, user=request.user)
        messages.success(request, _("The edition is published."))
    except (StepRefused, PaperNotWritten) as why:
        messages.error(request, str(why))
    return redirect(page)


def published_apart(request: HttpRequest, edition: Edition, page: str) -> Outcome:
    """Publish in a change set of its own, so that nobody waits while the files are written."""
    try:
        files = files_of(edition, user=request.user)
        reason = clean_text(printable(request.POST.get("change_reason", "")))
        with change_set(user=request.user, source=Source.ADMIN, reason=reason, address=people.address_of(request)):
            steps.publish(edition, files, user=request.user)
    except (StepRefused, PaperNotWritten) as why:
        return Outcome(False, str(why), page)
    return Outcome(True, _("The edition is published."), page)


@post_only("admin:edition", "key")
def edition_file(request: HttpRequest, key: int) -> HttpResponseBase:
    """Return a file of an edition: the published one, or as it would be published. Recorded like any export."""
    require_view(request, Edition)
    require_export(request)
    edition = get_object_or_404(Edition.objects.select_related("series"), pk=key)
    form = FORMS.get(request.POST.get("form", ""))
    if form is None:
        raise Http404
    try:
        content = file_content(edition, form.code)
    except (PaperNotWritten, AlteredFile) as why:
        messages.error(request, str(why))
        return redirect("admin:edition", key)
    if content is None:
        raise Http404
    about = {"of": "edition", "edition": str(edition), **export_details(form.code, "", content), "state": edition.head}
    name = f"{edition.series.slug}-{edition.number}.{form.extension}"
    return recorded_download(request, lambda: (content, about), file_name=name, content_type="application/octet-stream")


def file_content(edition: Edition, code: str) -> bytes | None:
    """Return a file of an edition, None where it has none of this form."""
    if edition.published_on is not None:
        return stored_file(edition.files[code]) if code in edition.files else None
    content = content_or_none(edition)
    return FORMS[code].write(content) if content is not None else None


@post_only("admin:editions")
def series_zip(request: HttpRequest, key: int) -> HttpResponseBase:
    """Return the published editions of a series as a zip for any web server."""
    require_view(request, Edition)
    series = get_object_or_404(DocumentText, pk=key)
    content = zip_of(series)
    about = {"of": "editions", "edition": str(series), **export_details("zip", "", content)}
    return recorded_download(
        request, lambda: (content, about), file_name=f"{series.slug}.zip", content_type="application/zip"
    )


@post_only("admin:editions")
def record_elsewhere(request: HttpRequest, key: int) -> HttpResponse:
    """Record an imported document as an edition that was published elsewhere."""
    require_view(request, Edition)
    imported = get_object_or_404(ChangeSet, pk=key)
    try:
        edition = steps.record_elsewhere(imported, write_files, user=request.user)
    except (StepRefused, PaperNotWritten) as why:
        messages.error(request, str(why))
        return redirect("admin:editions")
    messages.success(request, _("Recorded as edition %(number)s.") % {"number": edition.number})
    return redirect("admin:edition", edition.pk)
