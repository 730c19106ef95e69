"""The buttons of an edition: each takes a step and leads back to its page."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from registry.core.text import clean_text, printable
from registry.editions import elsewhere, steps
from registry.editions.forms.edition_forms import write_files
from registry.editions.steps import StepRefused
from registry.history import people
from registry.models import ChangeSet, Edition, Source, change_set, current
from registry.papers.rendering import PaperNotWritten
from registry.web.decorators import post_only
from registry.web.editions.pages import EDITION, edition_context
from registry.web.editions.writing import publish_edition, publishable_files
from registry.web.page import render
from registry.web.permissions import require_right, require_view, user_of
from registry.web.progress import WorkResult, stream_progress, wants_progress
from registry.web.reasons import ask_reason

type Step = Callable[[HttpRequest, Edition], str]


def take_step(request: HttpRequest, key: int, permission: str, step: Step) -> HttpResponse:
    """Take a step of an edition and lead back to its page, which says what was done or why not."""
    require_view(request, Edition)
    require_right(request, permission)
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
def name_findings_view(request: HttpRequest, key: int) -> HttpResponse:
    def step(request: HttpRequest, edition: Edition) -> str:
        codes, because = request.POST.getlist("rule"), request.POST.get("because", "")
        steps.name_findings(edition, codes, because, user=user_of(request))
        return _("It is recorded which findings are known.")

    return take_step(request, key, steps.PREPARE, step)


@post_only("admin:edition", "key")
def discard_view(request: HttpRequest, key: int) -> HttpResponse:
    """Delete an edition that is not published, and lead to the list."""
    require_view(request, Edition)
    require_right(request, steps.PREPARE)
    edition = get_object_or_404(Edition.objects.select_related("series"), pk=key)
    if ask_reason(request):
        return render(request, EDITION, str(edition), edition_context(request, edition))
    try:
        steps.discard(edition, user=user_of(request))
    except StepRefused as why:
        messages.error(request, str(why))
        return redirect("admin:edition", key)
    messages.success(request, _("The preparation is discarded."))
    return redirect("admin:editions")


@post_only("admin:edition", "key")
def approve_view(request: HttpRequest, key: int) -> HttpResponse:
    def step(request: HttpRequest, edition: Edition) -> str:
        steps.approve(edition, request.POST.get("digest", ""), user=user_of(request))
        return _("The edition is approved. It can be published now.")

    return take_step(request, key, steps.APPROVE, step)


@post_only("admin:edition", "key")
def withdraw_view(request: HttpRequest, key: int) -> HttpResponse:
    def step(request: HttpRequest, edition: Edition) -> str:
        steps.withdraw(edition, request.POST.get("because", ""), user=user_of(request))
        return _("The edition is withdrawn. Files that you put elsewhere have to be replaced there.")

    return take_step(request, key, steps.PUBLISH, step)


@post_only("admin:edition", "key")
def publish_view(request: HttpRequest, key: int) -> HttpResponseBase:
    """Write the files of an edition and publish it; with progress where the page asks for it."""
    require_view(request, Edition)
    require_right(request, steps.PUBLISH)
    edition = get_object_or_404(Edition.objects.select_related("series"), pk=key)
    page = reverse("admin:edition", args=[key])
    if ask_reason(request):
        return render(request, EDITION, str(edition), edition_context(request, edition))
    if wants_progress(request):
        lost = WorkResult(False, _("The edition was not published."), page)
        return stream_progress(lambda: published_apart(request, edition, page), lost)
    try:
        publish_edition(edition, user=user_of(request))
        messages.success(request, _("The edition is published."))
    except (StepRefused, PaperNotWritten) as why:
        messages.error(request, str(why))
    return redirect(page)


def published_apart(request: HttpRequest, edition: Edition, page: str) -> WorkResult:
    """Publish in a change set of its own, so that nobody waits while the files are written."""
    user = user_of(request)
    try:
        files = publishable_files(edition, user=user)
        reason = clean_text(printable(request.POST.get("change_reason", "")))
        with change_set(user=user, source=Source.ADMIN, reason=reason, address=people.address_of_client(request)):
            steps.publish(edition, files, user=user)
    except (StepRefused, PaperNotWritten) as why:
        return WorkResult(False, str(why), page)
    return WorkResult(True, _("The edition is published."), page)


@post_only("admin:editions")
def record_elsewhere_view(request: HttpRequest, key: int) -> HttpResponse:
    """Record an imported document as an edition that was published elsewhere."""
    require_view(request, Edition)
    require_right(request, steps.PUBLISH)
    imported = get_object_or_404(ChangeSet, pk=key)
    try:
        edition = elsewhere.record_elsewhere(imported, write_files, user=user_of(request))
    except (StepRefused, PaperNotWritten) as why:
        messages.error(request, str(why))
        return redirect("admin:editions")
    messages.success(request, _("Recorded as edition %(number)s.") % {"number": edition.number})
    return redirect("admin:edition", edition.pk)
