"""The page that asks what a list means, and the page of the matchings that are kept."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from registry.core import languages
from registry.document import DocumentProblems
from registry.files.matching.matching import Matched
from registry.files.matching.questions import Question
from registry.law import countries
from registry.models import Matching, Upload
from registry.models.matchings import LONGEST_NAME
from registry.models.uploads import UploadAim
from registry.web.decorators import post_only
from registry.web.exports import require_export
from registry.web.matching.forms import MatchingForm
from registry.web.matching.uploads import matched_upload, name_for, remember
from registry.web.matching.wording import asked
from registry.web.page import render
from registry.web.permissions import may_import, user_of

COMPARISON = "admin:comparison"
PREVIEW = "admin:registry_processingactivity_import_preview"


@require_http_methods(["GET", "HEAD", "POST"])
def matching_page(request: HttpRequest, token: str) -> HttpResponse:
    """Ask what the list of an upload means; the answers lead to its preview."""
    upload = Upload.objects.waiting_for(request.user).filter(token=token).first()
    if upload is None:
        require_import(request)
        return redirect(PREVIEW, token)
    onward = COMPARISON if upload.aim == UploadAim.COMPARE else PREVIEW
    if onward == PREVIEW:
        require_import(request)
    else:
        require_export(request)
    try:
        matched = matched_upload(upload)
    except DocumentProblems:
        return redirect(onward, token)
    sent = request.POST if request.method == "POST" else None
    form = MatchingForm(matched.interview.shown, upload.answers, sent)
    if sent is not None:
        again = matched_with(upload, form.given)
        if again is None:
            messages.error(request, _("Take at least one table."))
            return redirect("admin:import_matching", token)
        name = request.POST.get("_name", name_for(upload, matched))
        upload.answer(form.given, name.strip()[:LONGEST_NAME])
        if again.without_vendor:
            names = ", ".join(again.without_vendor)
            messages.error(request, _("Say which column holds the vendor: %(tables)s.") % {"tables": names})
        elif form.is_complete and not again.interview.open:
            if upload.aim == UploadAim.COMPARE:
                remember(upload, again, user_of(request))
            return redirect(onward, token)
        elif form.is_complete:
            messages.warning(request, _("Your answers led to further questions. What you have answered is kept."))
            form = MatchingForm(again.interview.shown, upload.answers, None)
        else:
            messages.error(request, _("Some answers cannot be read. What you have answered is kept."))
        matched = again
    form.open_keys = {question.key for question in matched.interview.open}
    language = languages.active_language()
    context = {
        "upload": upload,
        "form": form,
        "matched": matched,
        "open_keys": form.open_keys,
        "name": request.POST.get("_name", "") or name_for(upload, matched),
        "longest_name": LONGEST_NAME,
        "countries": [countries.COUNTRIES[code].with_code(language) for code, _name in countries.choices(language)],
    }
    return render(request, "admin/registry/import_matching.html", _("Import: what does the list mean?"), context)


def matched_with(upload: Upload, answers: Mapping[str, str]) -> Matched | None:
    """Return the list as it is with these answers too, None where nothing is left of it."""
    before = upload.answers
    upload.answers = {**before, **answers}
    try:
        return matched_upload(upload)
    except DocumentProblems:
        return None
    finally:
        upload.answers = before


@require_safe
def matchings_page(request: HttpRequest) -> HttpResponse:
    """Show the matchings that are kept, with their answers."""
    require_import(request)
    shown = [(matching, list(answers_in_words(matching))) for matching in Matching.objects.in_order()]
    return render(request, "admin/registry/matchings.html", _("Matchings of lists"), {"matchings": shown})


def answers_in_words(matching: Matching) -> list[tuple[str, str]]:
    """Return the answers of a matching by what they are about."""
    shown = []
    for key, answer in matching.answers.items():
        asks, _colon, about = key.partition(":")
        with suppress(KeyError, TypeError):
            shown.append((asked(Question(key, "", asks, about, hints=("vendor_notes",))), str(answer) or "–"))
    return shown


@post_only("admin:matchings")
def remove_matching(request: HttpRequest, key: int) -> HttpResponse:
    require_import(request)
    Matching.objects.filter(pk=key).delete()
    messages.success(request, _("It was removed. The next list of its shape is asked about anew."))
    return redirect("admin:matchings")


def require_import(request: HttpRequest) -> None:
    if not may_import(request.user):
        raise PermissionDenied
