"""The export of the activity list: the page, buttons and permissions of django-import-export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from import_export.admin import ImportExportMixin

from registry.files.export import Selection, export_details
from registry.files.format_registry import FORMATS, FORMATS_BY_CODE
from registry.files.formats.table import CellTooLong
from registry.history.change_sets import name_of
from registry.models import current
from registry.web.exports import recorded_download
from registry.web.page import Context, render
from registry.web.pages.register import cell_too_long_text

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def format_choices() -> list[tuple[str, StrOrPromise]]:
    return [(format_.code, format_.title) for format_ in FORMATS]


class ExportForm(forms.Form):
    format = forms.ChoiceField(label=gettext_lazy("Format"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = format_choices()  # type: ignore[attr-defined]


class ExportViews(ImportExportMixin):  # type: ignore[misc]
    """Exports exactly the filtered list, recorded."""

    formats = FORMATS
    export_template_name = "admin/registry/export.html"

    def has_export_permission(self, request: HttpRequest) -> bool:
        return super().has_export_permission(request) and self.has_view_permission(request)

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def export_action(self, request: HttpRequest) -> HttpResponseBase:
        self._require(self.has_export_permission(request))
        try:
            activities = self.get_export_queryset(request)
        except IncorrectLookupParameters:
            activities = None
        if activities is None or ERROR_FLAG in request.GET:
            return HttpResponseBadRequest(_("The filter in this address is not known, so nothing was exported."))
        form = ExportForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            format_ = FORMATS_BY_CODE[form.cleaned_data["format"]]()
            shown = request.GET.urlencode()
            current().begin()  # so that all rows, and the digest in the file, are of one state

            def write() -> tuple[bytes, dict[str, str]]:
                content = format_.write(Selection(activities, who=name_of(request.user), rows_shown=shown))
                return content, export_details(format_.code, shown, content)

            name = f"register-{timezone.localdate():%Y-%m-%d}.{format_.extension}"
            try:
                return recorded_download(request, write, file_name=name, content_type=format_.content_type)
            except CellTooLong as refused:
                messages.error(request, cell_too_long_text(refused))
                return redirect(request.get_full_path())
        context = {"form": form, "count": activities.count()}
        return self._page(request, self.export_template_name, _("Export"), context)

    def _require(self, allowed: bool) -> None:
        if not allowed:
            raise PermissionDenied

    def _page(self, request: HttpRequest, template: str, title: str, context: Context) -> HttpResponse:
        return render(request, template, title, {"opts": self.opts, **context})
