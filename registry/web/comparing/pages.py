"""The pages of a comparison: the file, the result, the result as Excel, and what becomes a draft."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from registry.core.order import in_order_of_names
from registry.core.text import whole_number
from registry.document import DocumentProblems
from registry.files.importing.problems import problem_texts
from registry.files.matching.matching import OpenQuestions
from registry.models import Source, Upload, Vendor, current
from registry.models.uploads import UploadAim
from registry.search.compared_list import ComparedList, compare_list
from registry.web.admin.import_forms import UploadForm
from registry.web.comparing.table import comparison_table
from registry.web.decorators import post_only
from registry.web.exports import recorded_workbook, require_export
from registry.web.matching.uploads import answer_as_before, comparable
from registry.web.page import paginate, render
from registry.web.permissions import may_import, require_view, user_of

PARTS = {
    "only_listed": gettext_lazy("In the list, not in the register"),
    "only_registered": gettext_lazy("In the register, not in the list"),
    "different": gettext_lazy("In both, and different"),
    "agreeing": gettext_lazy("In both, and alike"),
}
#: Rows that one request makes into drafts.
MOST_DRAFTS = 1000


@dataclass(frozen=True)
class WaitingComparison:
    """The comparison that an upload waits for."""

    upload: Upload
    result: ComparedList
    engaged_by: Vendor | None


@require_http_methods(["GET", "HEAD", "POST"])
def compare_page(request: HttpRequest) -> HttpResponse:
    """Take the list. The comparison is on record from here on, as it shows data of the register."""
    require_comparing(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["import_file"]
        upload = Upload.keep(user_of(request), file.name, form.cleaned_data["format"], file.read(), UploadAim.COMPARE)
        current().describe(source=Source.EXPORT, of="comparison", rows=file.name[:255], list_sha256=upload.sha256)
        current().write_row()
        return redirect("admin:comparison", upload.token)
    return render(request, "registry/compare.html", _("Compare a list with the register"), {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def comparison_page(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show the result; chosen vendors of the list become drafts, by an import with its preview."""
    require_comparing(request)
    comparison = comparison_of(request, token)
    if isinstance(comparison, HttpResponse):
        return comparison
    if request.method == "POST":
        return drafts_of(request, comparison)
    part = request.GET.get("part") or next((name for name in PARTS if getattr(comparison.result, name)), "only_listed")
    if part not in PARTS:
        raise Http404
    parts = [(name, title, len(getattr(comparison.result, name))) for name, title in PARTS.items()]
    context = {
        "upload": comparison.upload,
        "parts": parts,
        "part": part,
        "engaged_by": comparison.engaged_by,
        "vendors": Vendor.objects.filter(pk__in=engaging()).order_by(in_order_of_names("name_key")),
        "may_import": may_import(request.user),
        **paginate(request, getattr(comparison.result, part)),
    }
    return render(request, "registry/comparison.html", _("List and register"), context)


@post_only("admin:comparison", "token")
def export_comparison(request: HttpRequest, token: str) -> HttpResponseBase:
    require_comparing(request)
    comparison = comparison_of(request, token)
    if isinstance(comparison, HttpResponse):
        return comparison
    name = comparison.upload.file_name
    return recorded_workbook(
        request,
        lambda who: comparison_table(comparison.result, PARTS, who=who, file_name=name),
        of="comparison",
        rows=name,
        file_name="comparison.xlsx",
    )


def engaging() -> QuerySet[Vendor, dict[str, object]]:
    """Return the keys of vendors that engage others."""
    return Vendor.objects.exclude(engaged_by=None).order_by().values("engaged_by")


def require_comparing(request: HttpRequest) -> None:
    require_view(request, Vendor)
    require_export(request)


def comparison_of(request: HttpRequest, token: str) -> WaitingComparison | HttpResponse:
    """Return the comparison, or the page that has to come first."""
    upload = Upload.objects.waiting_for(request.user).filter(token=token, aim=UploadAim.COMPARE).first()
    if upload is None:
        messages.error(request, _("This list is not waiting any more. Choose the file again."))
        return redirect("admin:compare")
    try:
        matched = comparable(upload)
    except OpenQuestions as opened:
        if not answer_as_before(upload, opened.matched):
            return redirect("admin:import_matching", upload.token)
        return comparison_of(request, token)
    except DocumentProblems as refused:
        context = {"form": UploadForm(), "problems": problem_texts(refused.problems)}
        return render(request, "registry/compare.html", _("Compare a list with the register"), context)
    key = whole_number(request.GET.get("engaged_by", ""))
    engaged_by = Vendor.objects.filter(pk=key).first() if key else None
    return WaitingComparison(upload, compare_list(matched.entries, engaged_by.pk if engaged_by else None), engaged_by)


def drafts_of(request: HttpRequest, comparison: WaitingComparison) -> HttpResponse:
    if not may_import(request.user):
        raise PermissionDenied
    names = {listed.name for listed, _alike in comparison.result.only_listed}
    chosen = [name for name in request.POST.getlist("vendor") if name in names][:MOST_DRAFTS]
    if not chosen:
        messages.warning(request, _("Choose at least one vendor of the list."))
        return redirect("admin:comparison", comparison.upload.token)
    upload = comparison.upload
    drafts = Upload.keep(
        user_of(request), upload.file_name, upload.format_code, bytes(upload.content), UploadAim.DRAFTS
    )
    drafts.answers, drafts.drafts, drafts.sheet = upload.answers, chosen, upload.sheet
    drafts.save(update_fields=["answers", "drafts", "sheet"])
    return redirect("admin:registry_processingactivity_import_preview", drafts.token)
