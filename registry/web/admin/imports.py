"""The import of the register, in django-import-export's pages, buttons and permissions.

Upload → preview (nothing is written) → confirm. The upload is stored in the database for the user who sent it. The
confirmation contains the digest of the plan that was shown; if the plan differs, the preview is shown again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from import_export.admin import ImportExportMixin

from registry.accounts.sessions import with_typed
from registry.document import DocumentProblems
from registry.files.export import export_details
from registry.files.format_registry import FORMATS
from registry.files.formats.sheets import WhichSheet
from registry.files.importing.preview import (
    ENTRIES_PER_PREVIEW_PAGE,
    PREVIEW_PARTS,
    Preview,
    marked_upload,
    preview_of,
)
from registry.files.importing.preview_table import preview_table
from registry.files.importing.three_way import KEEP, TAKE, ChangeByOthers, OpenConflicts
from registry.files.matching.matching import OpenQuestions
from registry.files.reports.change_log import TooManyRows
from registry.files.template import write_template
from registry.models import TypedForm, Upload
from registry.models.uploads import UploadAim
from registry.web.admin.import_confirmation import GONE, LOST, import_in_change_set, import_upload, preview_again
from registry.web.admin.import_forms import ConfirmForm, SheetForm, UploadForm
from registry.web.admin.listed import ListedAdmin
from registry.web.decorators import post_only
from registry.web.exports import XLSX, download, recorded_download, recorded_workbook
from registry.web.matching.uploads import answer_as_before
from registry.web.page import Context, paginate, render
from registry.web.permissions import may_import, user_of
from registry.web.progress import WorkResult, stream_progress, wants_progress
from registry.web.reasons import ASKED, ask_reason, reason_problem
from registry.web.typed import ASKED_FIELD, typed_values
from registry.web.undo_confirmation import with_undo_link

#: How many problems the page shows; the command prints all.
SHOWN_PROBLEMS = 1000
#: How many conflicts a page asks about; the rest are asked afterwards.
SHOWN_CONFLICTS = 200


class ImportAdmin(ImportExportMixin, ListedAdmin):  # type: ignore[misc]
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
            upload = Upload.keep(user_of(request), file.name, form.cleaned_data["format"], file.read())
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
        shown = WorkResult(True, "", address)

        def look() -> WorkResult:
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
        self, request: HttpRequest, upload: Upload, conflicts: Sequence[ChangeByOthers]
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
            return stream_progress(lambda: import_in_change_set(request, token), preview_again(token))
        outcome = import_upload(request, token)
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
        return redirect(with_typed(preview_again(token).address, TypedForm.keep(request)))

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
