"""The change log: every change set, who wrote it, when and why, and what it changed. Read-only, with an export."""

from __future__ import annotations

from collections.abc import Iterator

from django import forms, shortcuts
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Model
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from registry.core.text import clean_text, printable, whole_number
from registry.files.export import export_details
from registry.files.reports.change_log import CHANGE_LOG_FORMATS, TooManyRows, change_log_table
from registry.history import log
from registry.history.added_reasons import add_reason
from registry.history.change_sets import name_of
from registry.history.kept_files import imported_file
from registry.history.log import ChangeLog
from registry.history.logged_change_sets import LoggedChangeSet, LogPage
from registry.history.stored import DoesNotFit
from registry.models import ChangeSet, ImportedFile, current
from registry.papers.change_set_paper import change_set_paper
from registry.papers.rendering import PAPER_FORMATS, write_paper
from registry.web.admin.undo import UndoMixin
from registry.web.change_log_filter import ChangeLogFilter
from registry.web.decorators import post_only, shows_refusals
from registry.web.exports import EXPORT_PERMISSION, download, recorded_download
from registry.web.filters import UnknownFilter
from registry.web.page import Context, render
from registry.web.papers import paper_download
from registry.web.permissions import reader_of, user_of
from registry.web.undo_confirmation import may_undo

#: The parameters of the page, which are not filters.
CURSORS = ("older", "newer")


class ChangeLogExportForm(forms.Form):
    format = forms.ChoiceField(
        label=gettext_lazy("Format"), choices=[(code, format_.title) for code, format_ in CHANGE_LOG_FORMATS.items()]
    )


def cursors(request: HttpRequest) -> dict[str, int]:
    keys = {name: whole_number(request.GET[name]) for name in CURSORS if name in request.GET}
    if len(keys) > 1 or None in keys.values():
        raise UnknownFilter(_("The page in this address is not known."))
    return {name: value for name, value in keys.items() if value is not None}


def filters_in(request: HttpRequest) -> QueryDict:
    parameters = request.GET.copy()
    for name in CURSORS:
        parameters.pop(name, None)
    return parameters


@admin.register(ChangeSet)
class ChangeSetAdmin(UndoMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """The read-only admin of change sets."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and request.user.has_perm(EXPORT_PERMISSION)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("export/", view(self.export_view), name="registry_changeset_export"),
            path("<int:key>/note/", view(self.note_view), name="registry_changeset_note"),
            path("<int:key>/paper/", view(self.paper_view), name="registry_changeset_paper"),
            path("<int:key>/file/", view(self.file_view), name="registry_changeset_file"),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def file_view(self, request: HttpRequest, key: int) -> FileResponse | HttpResponse:
        """Return the imported file of a change set as a download."""
        self._require(self.has_view_permission(request) and request.user.has_perm("registry.view_importedfile"))
        try:
            imported = imported_file(key)
        except DoesNotFit:
            explanation = _(
                "The file kept for change set %s is not the one that it imported, so it is not handed out."
                " Run manage.py verify_history, and see docs/audit.md."
            )
            context = {"title": _("The imported file"), "explanation": explanation % key}
            return shortcuts.render(request, "refused.html", context, status=409)
        if imported is None:
            raise Http404
        name, content = imported
        return download(content, file_name=name, content_type="application/octet-stream")

    @method_decorator(require_safe)
    def changelist_view(self, request: HttpRequest, extra_context: Context | None = None) -> HttpResponse:
        self._require(self.has_view_permission(request))
        log_filter = ChangeLogFilter(filters_in(request), reader_of(request))
        try:
            log, page = self._log_and_page(request, log_filter)
        except UnknownFilter as refused:
            return self._log_page(request, log_filter, refusal=str(refused), status=400)
        return self._log_page(request, log_filter, log=log, page=page)

    @method_decorator(require_safe)
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Context | None = None
    ) -> HttpResponse:
        self._require(self.has_view_permission(request))
        reader, key = reader_of(request), self._key(object_id)
        self._require(reader.sets().filter(pk=key).exists() or not ChangeSet.objects.filter(pk=key).exists())
        change_log = ChangeLog(reader, reader.sets())
        number = self._number(request)
        logged = change_log.logged(key, (number - 1) * log.ENTRIES_PER_PAGE)
        if logged is None or (number > 1 and not logged.entries):
            raise Http404
        before, after = log.neighbours(reader, key)
        page = Paginator(range(logged.entry_count), log.ENTRIES_PER_PAGE).get_page(number)
        has_file = ImportedFile.objects.filter(change_set=key).exists()
        context = {
            "logged": logged,
            "has_file": has_file,
            "may_undo": bool(logged.entry_count) and may_undo(request, logged.change_set),
            "may_note": may_note(request, logged),
            "may_export": self.has_export_permission(request),
            "before": before,
            "after": after,
            "page": page,
            "page_range": elided_range(page),
        }
        return self._render(request, "change_set.html", _("Change set %s") % key, context)

    @method_decorator(post_only("admin:registry_changeset_change", "key"))
    def note_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """Add a reason to a change set, as a change set of its own."""
        self._require(self.has_view_permission(request))
        reader = reader_of(request)
        logged = ChangeLog(reader, reader.sets()).logged(key)
        self._require(logged is not None and may_note(request, logged))
        text = clean_text(printable(request.POST.get("note", ""))).strip()
        if text:
            current().begin()
            add_reason(ChangeSet.objects.get(pk=key), text)
            messages.success(request, _("The note is added."))
        else:
            messages.warning(request, _("The note is empty, so nothing was saved."))
        return redirect("admin:registry_changeset_change", key)

    @method_decorator(post_only("admin:registry_changeset_change", "key"))
    @method_decorator(shows_refusals("registry/page.html", gettext_lazy("Change log")))
    def paper_view(self, request: HttpRequest, key: int) -> HttpResponseBase:
        """Return the record of a change set as a paper."""
        self._require(self.has_export_permission(request))
        reader, who = reader_of(request), name_of(user_of(request))
        sets = reader.sets().filter(pk=key)
        self._require(sets.exists())
        format_ = PAPER_FORMATS.get(request.POST.get("format", ""))
        if format_ is None:
            raise UnknownFilter(_("This format is not known."))

        def write() -> tuple[bytes, dict[str, str]]:
            parts = list(ChangeLog(reader, sets).everything())
            content = write_paper(change_set_paper(parts, who=who, people=reader.people), format_.code)
            of = {"of": "change set", "rows": str(key), "state": parts[0].digest}
            return content, export_details(format_.code, "", content) | of

        return paper_download(
            request,
            write,
            file_name=f"change-set-{key}.{format_.extension}",
            content_type=format_.content_type,
            back_to=reverse("admin:registry_changeset_change", args=[key]),
        )

    @method_decorator(post_only("admin:registry_changeset_changelist"))
    @method_decorator(shows_refusals("registry/page.html", gettext_lazy("Change log")))
    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Return all change sets of the list as a file."""
        self._require(self.has_export_permission(request))
        change_log = ChangeLogFilter(request.GET, reader_of(request)).log
        code, shown = request.POST.get("format", ""), request.GET.urlencode()
        if code not in CHANGE_LOG_FORMATS:
            raise UnknownFilter(_("This format is not known."))
        format_ = CHANGE_LOG_FORMATS[code]

        def write() -> tuple[bytes, dict[str, str]]:
            content = format_.write(change_log_table(change_log, who=name_of(user_of(request)), rows_shown=shown))
            return content, {"of": "change log", **export_details(code, shown, content)}

        name = f"change-log-{timezone.localdate():%Y-%m-%d}.{format_.extension}"
        try:
            return recorded_download(request, write, file_name=name, content_type=format_.content_type)
        except TooManyRows:
            messages.error(request, _("That is more than an Excel sheet can hold. Choose CSV, or narrow the filter."))
            return redirect(f"{request.path.removesuffix('export/')}?{shown}")

    @method_decorator(require_safe)
    def history_view(self, request: HttpRequest, object_id: str, extra_context: Context | None = None) -> HttpResponse:
        """Redirect to the change set: it has no history of its own."""
        self._require(self.has_view_permission(request))
        return redirect("admin:registry_changeset_change", object_id)

    def _log_and_page(self, request: HttpRequest, log_filter: ChangeLogFilter) -> tuple[ChangeLog, LogPage]:
        log = log_filter.log
        return log, log.page(**cursors(request))

    def _log_page(
        self,
        request: HttpRequest,
        log_filter: ChangeLogFilter,
        *,
        log: ChangeLog | None = None,
        page: LogPage | None = None,
        refusal: str = "",
        status: int = 200,
    ) -> HttpResponse:
        filtered = any(log_filter.data.values())
        context = {
            "log_filter": log_filter,
            "filtered": filtered,
            "of_rows": log is not None and bool(log.rows),
            "query": log_filter.data.urlencode(),
            "page": page,
            "refusal": refusal,
            "reader": log_filter.reader,
            "export_form": ChangeLogExportForm() if page and self.has_export_permission(request) else None,
        }
        return self._render(request, "changelog.html", _("Change log"), context, status)

    def _render(
        self, request: HttpRequest, template: str, title: str, context: Context, status: int = 200
    ) -> HttpResponse:
        return render(request, f"admin/registry/{template}", title, {"opts": self.opts, **context}, status)

    def _require(self, allowed: bool) -> None:
        if not allowed:
            raise PermissionDenied

    def _key(self, object_id: str) -> int:
        key = whole_number(object_id)
        if key is None:
            raise Http404
        return key

    def _number(self, request: HttpRequest) -> int:
        number = whole_number(request.GET.get("p", "1"))
        if set(request.GET) - {"p"} or number is None or not 1 <= number < 10**9:
            raise Http404
        return number


def may_note(request: HttpRequest, logged: LoggedChangeSet) -> bool:
    """Return whether the user may add a reason: whoever may change what the change set changed."""
    return any(request.user.has_perm(f"registry.change_{model._meta.model_name}") for model in logged.counts)


def elided_range(page: Page[int]) -> Iterator[str | int]:
    return page.paginator.get_elided_page_range(page.number)
