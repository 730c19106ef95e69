"""The import of the register, in django-import-export's pages, buttons and permissions.

Upload → preview (nothing is written) → confirm. The upload is stored in the database for the user who sent it. The
confirmation contains the digest of the plan that was shown; if the plan differs, the preview is shown again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_http_methods
from import_export.admin import ImportExportMixin

from registry.accounts.sessions import with_typed
from registry.core.progress import SEALING, report_progress
from registry.document import DocumentProblems
from registry.files.export import export_details
from registry.files.format_registry import FORMATS
from registry.files.formats.sheets import WhichSheet
from registry.files.importing.planner import plan_import
from registry.files.importing.preview import (
    ENTRIES_PER_PREVIEW_PAGE,
    PREVIEW_PARTS,
    Preview,
    marked_upload,
    preview_of,
    read_upload,
)
from registry.files.importing.preview_table import preview_table
from registry.files.importing.three_way import KEEP, TAKE, Difference, OpenConflicts
from registry.files.matching.matching import OpenQuestions
from registry.files.reports.change_log import TooManyRows
from registry.files.template import write_template
from registry.history.exceptions import OutcomeUnknown
from registry.history.imported_files import describe_import, keep_file
from registry.history.people import address_of
from registry.models import Source, Submission, TypedForm, Upload, change_set, current
from registry.models.uploads import UploadAim
from registry.web.admin.import_forms import ConfirmForm, SheetForm, UploadForm
from registry.web.decorators import post_only
from registry.web.exports import XLSX, download, recorded_download, recorded_workbook
from registry.web.matching.uploads import answer_as_before, remember
from registry.web.page import Context, paginate, render
from registry.web.permissions import may_import
from registry.web.progress import Outcome, stream_progress, wants_progress
from registry.web.reasons import ASKED, ask_reason, reason_problem
from registry.web.typed import ASKED_FIELD, typed_values
from registry.web.undo_confirmation import undo_address, with_undo_link

GONE = gettext_noop(
    "This upload is not waiting any more: it was imported already, has expired, or is someone else's. "
    "If you do not see your changes in the list, upload the file again."
)
LOST = gettext_noop(
    "The connection was lost. Look in the change log whether the import is there; if not, nothing was imported."
)
#: How many problems the page shows; the command prints all.
SHOWN_PROBLEMS = 1000
#: How many conflicts a page asks about; the rest are asked afterwards.
SHOWN_CONFLICTS = 200


class ImportViews(ImportExportMixin):  # type: ignore[misc]
    """Imports a file in three steps: upload, preview, confirmation."""

    formats = FORMATS
    import_template_name = "admin/registry/import.html"

    def has_export_permission(self, request: HttpRequest) -> bool:
        return super().has_export_permission(request) and self.has_view_permission(request)

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """Lead to the register, which exports what it shows."""
        self._require(self.has_export_permission(request))
        return redirect("admin:register")

    def has_import_permission(self, request: HttpRequest) -> bool:
        return super().has_import_permission(request) and may_import(request.user)

    def get_urls(self) -> list[URLPattern]:
        preview = path(
            "import/<str:token>/",
            self.admin_site.admin_view(self.preview),
            name="registry_processingactivity_import_preview",
        )
        download = path(
            "import/<str:token>/download/",
            self.admin_site.admin_view(self.download_preview),
            name="registry_processingactivity_import_download",
        )
        template = path(
            "import/template/",
            self.admin_site.admin_view(self.template),
            name="registry_processingactivity_import_template",
        )
        marked = path(
            "import/<str:token>/marked/",
            self.admin_site.admin_view(self.download_marked),
            name="registry_processingactivity_import_marked",
        )
        return [template, marked, download, preview, *super().get_urls()]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def import_action(self, request: HttpRequest, **kwargs: object) -> HttpResponseBase:
        self._require(self.has_import_permission(request))
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["import_file"]
            upload = Upload.keep(request.user, file.name, form.cleaned_data["format"], file.read())
            return self._previewed(request, upload)
        return self._upload_page(request, form, [])

    def template(self, request: HttpRequest) -> HttpResponseBase:
        """Return an empty workbook to fill in. It holds no entry, and what its cells offer is what the forms offer."""
        self._require(self.has_import_permission(request))
        return download(write_template(), file_name="register-template.xlsx", content_type=XLSX.content_type)

    def _previewed(self, request: HttpRequest, upload: Upload) -> HttpResponseBase:
        """Return the preview; if the page can show progress, compute it first."""
        address = reverse("admin:registry_processingactivity_import_preview", args=[upload.token])
        if not wants_progress(request):
            return redirect(address)
        shown = Outcome(True, "", address)

        def look() -> Outcome:
            with suppress(WhichSheet, OpenConflicts, OpenQuestions):
                preview_of(upload)
            return shown

        return stream_progress(look, shown)

    def _upload_page(
        self, request: HttpRequest, form: UploadForm, problems: Sequence[str], upload: Upload | None = None
    ) -> HttpResponse:
        first, further = problems[:SHOWN_PROBLEMS], max(0, len(problems) - SHOWN_PROBLEMS)
        words = {"form": form, "problems": problems, "first": first, "further": further, "upload": upload}
        return self._page(request, self.import_template_name, _("Import"), words)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def preview(self, request: HttpRequest, token: str) -> HttpResponseBase:
        self._require(self.has_import_permission(request))
        upload = Upload.objects.waiting_for(request.user).filter(token=token).first()
        if upload is None:
            return self._gone(request)
        if upload.aim == UploadAim.COMPARE:
            return redirect("admin:comparison", token)
        try:
            preview = preview_of(upload)
        except WhichSheet as several:
            return self._choose_sheet(request, upload, several.names)
        except OpenQuestions as opened:
            if answer_as_before(upload, opened.matched):
                return self.preview(request, token)
            return redirect("admin:import_matching", upload.token)
        except OpenConflicts as open_conflicts:
            return self._choose_for_conflicts(request, upload, open_conflicts.conflicts)
        if preview.problems:
            return self._upload_page(request, UploadForm(), preview.problems, upload)
        if request.method == "POST":
            return redirect("admin:registry_processingactivity_import_preview", upload.token)
        return self._preview(
            request, upload, preview, ConfirmForm(initial={**typed_values(request), "plan_digest": preview.digest})
        )

    @method_decorator(post_only("admin:registry_processingactivity_import_preview", "token"))
    def download_preview(self, request: HttpRequest, token: str) -> HttpResponseBase:
        """Return all changes as a recorded Excel download, as it shows data of the register."""
        self._require(self.has_import_permission(request) and self.has_export_permission(request))
        upload = Upload.objects.waiting_for(request.user).filter(token=token).first()
        if upload is None:
            return self._gone(request)
        again = redirect("admin:registry_processingactivity_import_preview", upload.token)
        try:
            preview = preview_of(upload)
            if preview.problems:
                return again
            return recorded_workbook(
                request,
                lambda who: preview_table(preview, who=who, file_name=upload.file_name),
                of="import preview",
                rows=upload.file_name,
                file_name="import-preview.xlsx",
            )
        except (WhichSheet, OpenConflicts, OpenQuestions):
            return again
        except TooManyRows:
            messages.error(request, _("That is more than an Excel sheet can hold."))
            return again

    @method_decorator(post_only("admin:registry_processingactivity_import_preview", "token"))
    def download_marked(self, request: HttpRequest, token: str) -> HttpResponseBase:
        """Return a copy of a refused file with its problems marked, as a recorded Excel download."""
        self._require(self.has_import_permission(request) and self.has_export_permission(request))
        upload = Upload.objects.waiting_for(request.user).filter(token=token).first()
        if upload is None:
            return self._gone(request)

        def write() -> tuple[bytes, Mapping[str, str]]:
            content = marked_upload(upload)
            return content, {"of": "problems", **export_details("xlsx", upload.file_name, content)}

        try:
            return recorded_download(request, write, file_name="problems.xlsx", content_type=XLSX.content_type)
        except DocumentProblems:
            return redirect("admin:registry_processingactivity_import_preview", upload.token)

    def _choose_for_conflicts(
        self, request: HttpRequest, upload: Upload, conflicts: Sequence[Difference]
    ) -> HttpResponseBase:
        """Ask what holds where the file and somebody else changed the same cell."""
        keys = [conflict.key for conflict in conflicts]
        unanswered: list[str] = []
        if request.method == "POST":
            everywhere = request.POST.get("_all", "")
            chosen = {key: request.POST.get(key, everywhere) for key in keys}
            choices = {key: choice for key, choice in chosen.items() if choice in (KEEP, TAKE)}
            upload.choose_for_conflicts(choices)
            unanswered = [key for key in keys if key not in choices]
            if not unanswered:
                return self._previewed(request, upload)
            messages.warning(request, _("Choose for each cell what holds. What you have chosen is kept."))
        shown = [conflict for conflict in conflicts if not unanswered or conflict.key in unanswered]
        context = {"upload": upload, "conflicts": shown[:SHOWN_CONFLICTS], "unanswered": unanswered}
        return self._page(request, "admin/registry/import_conflicts.html", _("Import: what holds?"), context)

    def _choose_sheet(self, request: HttpRequest, upload: Upload, names: Sequence[str]) -> HttpResponseBase:
        form = SheetForm(names, request.POST or None)
        if request.method == "POST" and form.is_valid():
            upload.choose(form.cleaned_data["sheet"])
            return self._previewed(request, upload)
        context = {"form": form, "upload": upload}
        return self._page(request, "admin/registry/import_sheet.html", _("Import: which sheet?"), context)

    @method_decorator(post_only("admin:registry_processingactivity_import"))
    def process_import(self, request: HttpRequest, **kwargs: object) -> HttpResponseBase:
        """Apply the previewed plan, completely or not at all."""
        self._require(self.has_import_permission(request))
        token = request.POST.get("token", "")
        if ask_reason(request):
            return self._ask_reason(request, token)
        if wants_progress(request):
            return stream_progress(lambda: self._import_in_change_set(request, token), self._again(token))
        outcome = self._import(request, token)
        if outcome.done:
            messages.success(request, with_undo_link(request, outcome.text))
        else:
            messages.warning(request, outcome.text)
        return redirect(outcome.address)

    def _ask_reason(self, request: HttpRequest, token: str) -> HttpResponse:
        """Lead back to the preview, which keeps what was chosen and asks for the reason."""
        messages.warning(request, reason_problem(request))
        fields = request.POST.copy()
        fields[ASKED_FIELD] = ASKED
        request.POST = fields  # type: ignore[assignment]
        return redirect(with_typed(self._again(token).address, TypedForm.keep(request)))

    def _import_in_change_set(self, request: HttpRequest, token: str) -> Outcome:
        """Import in a new change set, as that of the request has ended by then."""
        submission = Submission.from_request(request)
        try:
            with change_set(user=request.user, source=Source.ADMIN, address=address_of(request)):
                outcome = self._import(request, token)
                if outcome.done:
                    outcome = replace(outcome, undo=undo_address(request))
                if submission and outcome.done:
                    submission.keep(outcome.address, [(messages.SUCCESS, outcome.text, False)])
                elif submission and (first := submission.earlier()):
                    # The first click was still being answered while this one waited.
                    return Outcome(True, " ".join(text for _level, text, _is_html in first.said), first.address)
                report_progress(SEALING)
                return outcome
        except OutcomeUnknown:
            return Outcome(False, _(LOST), reverse("admin:registry_changeset_changelist"))

    def _import(self, request: HttpRequest, token: str) -> Outcome:
        """Import within the open change set."""
        waiting = Upload.objects.waiting_for(request.user).select_for_update()
        upload = waiting.filter(token=token).first()
        if upload is None:
            return Outcome(False, _(GONE), reverse("admin:register"))
        form = ConfirmForm(request.POST)
        try:
            incoming = read_upload(upload)
            current().begin()
            planned = plan_import(incoming, choices=upload.choices)
            if not form.is_valid() or form.cleaned_data["plan_digest"] != planned.digest:
                again = self._again(token)
                text = _("The register has changed since the preview. Check it again.")
                return Outcome(False, text, again.address)
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
            return self._again(token)
        remember(upload, incoming.matched, request.user)
        upload.delete()
        counts = {"new": len(planned.new), "changed": len(planned.changed), "unchanged": planned.unchanged}
        text = _("Imported: %(new)s new, %(changed)s changed, %(unchanged)s unchanged.") % counts
        if form.cleaned_data["end_missing"] and planned.missing:
            ended = len(planned.missing)
            text += " " + ngettext("%(count)s ended.", "%(count)s ended.", ended) % {"count": ended}
        return Outcome(True, text, reverse("admin:register"))

    def _again(self, token: str) -> Outcome:
        text = _("Nothing was imported: the register changed in the same moment. Look at the preview again.")
        return Outcome(False, text, reverse("admin:registry_processingactivity_import_preview", args=[token or "-"]))

    def _preview(self, request: HttpRequest, upload: Upload, preview: Preview, form: ConfirmForm) -> HttpResponse:
        filled = next((part for part in PREVIEW_PARTS if getattr(preview, part)), PREVIEW_PARTS[0])
        part = request.GET.get("show", filled)
        if part not in PREVIEW_PARTS:
            raise Http404
        form.offer_to_end(len(preview.missing))
        context = {
            "upload": upload,
            "preview": preview,
            "part": part,
            "form": form,
            "lost": _(LOST),
            **paginate(request, getattr(preview, part), per_page=ENTRIES_PER_PREVIEW_PAGE),
        }
        return self._page(request, "admin/registry/import_preview.html", _("Import: preview"), context)

    def _require(self, allowed: bool) -> None:
        if not allowed:
            raise PermissionDenied

    def _page(self, request: HttpRequest, template: str, title: str, context: Context) -> HttpResponse:
        return render(request, template, title, {"opts": self.opts, **context})

    def _gone(self, request: HttpRequest) -> HttpResponse:
        messages.error(request, _(GONE))
        return redirect("admin:register")
