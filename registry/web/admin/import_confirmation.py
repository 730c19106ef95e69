"""Importing what a preview showed, completely or not at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db import DatabaseError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from registry.core.progress import SEALING, report_progress
from registry.document import DocumentProblems
from registry.files.importing.planner import plan_import
from registry.files.importing.preview import read_upload
from registry.files.importing.three_way import OpenConflicts
from registry.files.matching.matching import OpenQuestions
from registry.history.exceptions import OutcomeUnknown
from registry.history.imported_files import describe_import, keep_file
from registry.history.people import address_of_client
from registry.models import Source, Submission, Upload, change_set, current
from registry.web.admin.import_forms import ConfirmForm
from registry.web.matching.uploads import remember
from registry.web.permissions import user_of
from registry.web.progress import WorkResult
from registry.web.undo_confirmation import undo_address

GONE = gettext_noop(
    "This upload is not waiting any more: it was imported already, has expired, or is someone else's. "
    "If you do not see your changes in the list, upload the file again."
)
LOST = gettext_noop(
    "The connection was lost. Look in the change log whether the import is there; if not, nothing was imported."
)


def import_in_change_set(request: HttpRequest, token: str) -> WorkResult:
    """Import in a new change set, as that of the request has ended by then."""
    submission = Submission.from_request(request)
    try:
        with change_set(user=user_of(request), source=Source.ADMIN, address=address_of_client(request)):
            outcome = import_upload(request, token)
            if outcome.done:
                outcome = replace(outcome, undo=undo_address(request))
            if submission and outcome.done:
                submission.keep(outcome.address, [(messages.SUCCESS, outcome.text, False)])
            elif submission and (first := submission.earlier()):
                # The first click was still being answered while this one waited.
                return WorkResult(True, " ".join(text for _level, text, _is_html in first.said), first.address)
            report_progress(SEALING)
            return outcome
    except OutcomeUnknown:
        return WorkResult(False, _(LOST), reverse("admin:registry_changeset_changelist"))


def import_upload(request: HttpRequest, token: str) -> WorkResult:
    """Import within the open change set."""
    waiting = Upload.objects.waiting_for(request.user).select_for_update()
    upload = waiting.filter(token=token).first()
    if upload is None:
        return WorkResult(False, _(GONE), reverse("admin:register"))
    form = ConfirmForm(request.POST)
    try:
        incoming = read_upload(upload)
        current().begin()
        planned = plan_import(incoming, choices=upload.choices)
        if not form.is_valid() or form.cleaned_data["plan_digest"] != planned.digest:
            again = preview_again(token)
            text = _("The register has changed since the preview. Check it again.")
            return WorkResult(False, text, again.address)
        about: dict[str, Any] = {"counts": planned.summary} | ({"sheet": upload.sheet} if upload.sheet else {})
        if upload.answers:
            about["answers"] = upload.answers
        reason = form.cleaned_data["change_reason"]
        describe_import(upload.file_name, upload.sha256, source=Source.IMPORT, reason=reason, **about)
        with transaction.atomic():
            planned.apply(end_missing=form.cleaned_data["end_missing"])
            keep_file(upload.file_name, bytes(upload.content))
    except (DocumentProblems, DatabaseError, OpenConflicts, OpenQuestions):
        current().reset_after_rollback()
        return preview_again(token)
    remember(upload, incoming.matched, user_of(request))
    upload.delete()
    counts = {"new": len(planned.new), "changed": len(planned.changed), "unchanged": planned.unchanged}
    text = _("Imported: %(new)s new, %(changed)s changed, %(unchanged)s unchanged.") % counts
    if form.cleaned_data["end_missing"] and planned.missing:
        ended = len(planned.missing)
        text += " " + ngettext("%(count)s ended.", "%(count)s ended.", ended) % {"count": ended}
    return WorkResult(True, text, reverse("admin:register"))


def preview_again(token: str) -> WorkResult:
    text = _("Nothing was imported: the register changed in the same moment. Look at the preview again.")
    return WorkResult(False, text, reverse("admin:registry_processingactivity_import_preview", args=[token or "-"]))
