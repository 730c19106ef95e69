"""The base of the admins of tracked models: the reason for change, conflict detection, and the history page."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.db.models.options import Options
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from simple_history.admin import SimpleHistoryAdmin

from registry.core.text import whole_number
from registry.history import timeline
from registry.history.entry_changes import EntryVersion
from registry.history.field_changes import display_value, shown_fields
from registry.history.merges import merged_from, merged_into, successor_key
from registry.history.names import EntryNames
from registry.history.recording import history_of
from registry.history.row_types import HistoryRows
from registry.history.undo import plan_restore
from registry.models import Source, current
from registry.web.admin.deletion import deleted_objects
from registry.web.admin.form_problems import FormSets, form_problems
from registry.web.admin.ordering import AlphabeticalChangeList
from registry.web.admin.query_parameters import DeclaredLookups, initial_values
from registry.web.admin.reason_form import WIDGETS, QuestionAsked, ReasonForm, require_reason
from registry.web.exports import EXPORT_PERMISSION
from registry.web.merging.links import MODELS
from registry.web.merging.pages import may_merge
from registry.web.page import Context, render
from registry.web.permissions import may_see
from registry.web.reasons import ask_reason, reason_problem, unconfirm_without_reason
from registry.web.typed import is_reopened, reopen
from registry.web.undo_confirmation import UNDO_PERMISSION, undo_confirmation

#: The models whose entries come as papers: ``registry.web.pages.papers``.
PAPERS = {"vendor", "processingactivity"}

#: Fields of a form that are not fields of its entry.
NOT_FIELDS = {"change_reason", "version", "outcome", "same_shown", "not_needed"}

CHECKBOX = '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="{}">'
#: Translated by Django.
CHECKBOX_LABEL = "Select this object for an action - {}"


class TrackedAdmin(DeclaredLookups, SimpleHistoryAdmin):  # type: ignore[misc]
    form = ReasonForm
    formfield_overrides = WIDGETS

    class Media:
        js = ("registry/names.js",)

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[AlphabeticalChangeList]:
        return AlphabeticalChangeList

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [name for name in super().get_fields(request, obj) if name not in NOT_FIELDS]

    def render_change_form(self, request: HttpRequest, context: Context, *args: object, **kwargs: Any) -> HttpResponse:
        """Show the reason and the version beside the buttons, and all problems above the form."""
        form = context["adminform"].form
        formsets = [inline.formset for inline in context["inline_admin_formsets"]]
        entry = kwargs.get("obj")
        if entry is not None and self.opts.model_name in MODELS and may_merge(request, self.model):
            context["merge_address"] = reverse("admin:merge", args=[self.opts.model_name, entry.pk])
        context["paper_address"] = self._paper_address(request, entry.pk) if entry is not None else ""
        context["asks_reason"] = self._may_write(request, kwargs.get("obj")) and "change_reason" in form.fields
        if problems := form_problems(form, formsets) if form.is_bound else []:
            context |= {"problems": problems, "errors": None}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_form(self, request: HttpRequest, *args: object, **kwargs: object) -> type[Any]:
        form: type[Any] = super().get_form(request, *args, **kwargs)
        form.reopened, form.reason_problem = is_reopened(request), reason_problem(request)
        return form

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Model | None:
        """Return one entry, without the annotations of lists."""
        field = self.opts.get_field(from_field) if from_field else self.opts.pk
        try:
            return self.model._default_manager.get(**{field.name: field.to_python(object_id)})
        except (self.model.DoesNotExist, ValidationError, ValueError):
            return None

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Context | None = None,
    ) -> HttpResponse:
        """Hold the writers' lock from reading the stored values to the end of a POST request: see ``conflicts``."""
        if reopen(request):
            return self._changeform_view(request, object_id, form_url, extra_context)
        if request.method == "POST":
            current().begin()
            # Unlike Django, without a savepoint: the change set is rolled back as a whole.
            try:
                return self._changeform_view(request, object_id, form_url, extra_context)
            except QuestionAsked:
                return self._changeform_view(request, object_id, form_url, extra_context)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Options[Model], object_id: str
    ) -> HttpResponse:
        """Return who deleted the entry while its form was open, and what was typed.

        Another request for an entry that was merged leads to the one that it went into.
        """
        successor = successor_key(self.model, whole_number(object_id) or 0) if request.method != "POST" else None
        if successor is not None:
            text = _("This was merged into another entry, which is shown instead.")
            self.message_user(request, text, messages.INFO)
            return redirect(f"admin:{opts.app_label}_{opts.model_name}_change", successor)
        rows = history_of(self.model).objects.filter(history_type="-").select_related("change_set")
        key = whole_number(object_id)
        deleted = None if key is None else rows.filter(id=key).last()
        if key is None or deleted is None or request.method != "POST":
            return super()._get_obj_does_not_exist_redirect(request, opts, object_id)
        labels = {field.name: field.verbose_name for field in shown_fields(self.model)}
        typed = [(labels[name], value) for name, value in request.POST.items() if name in labels and value]
        context = {
            **self._context(key),
            "deleted": deleted,
            "typed": typed,
        }
        title = _("Deleted meanwhile: %s") % deleted.entry_name
        return render(request, "admin/registry/deleted_meanwhile.html", title, context, 409)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return the initial values from the address that the fields can hold."""
        values, refused = initial_values(self.model, super().get_changeform_initial_data(request))
        if refused:
            names = ", ".join(refused)
            text = _("These fields could not be filled in from the address: %s.") % names
            self.message_user(request, text, messages.WARNING, fail_silently=True)
        return values

    def _may_write(self, request: HttpRequest, obj: Model | None) -> bool:
        return self.has_add_permission(request) if obj is None else self.has_change_permission(request, obj)

    def action_checkbox(self, obj: Model) -> str:
        """Return Django's checkbox, without rendering a template for each row: a quarter of the time of a list."""
        return format_html(CHECKBOX, ACTION_CHECKBOX_NAME, obj.pk, format_html(_(CHECKBOX_LABEL), obj))

    def log_addition(self, request: HttpRequest, obj: Model, message: object) -> None:
        """Log nothing: the history records changes."""

    def log_change(self, request: HttpRequest, obj: Model, message: object) -> None:
        """See ``log_addition``."""

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        """See ``log_addition``."""

    def get_deleted_objects(self, objs: Iterable[Model], request: HttpRequest) -> Any:
        return deleted_objects(objs, request, self.admin_site)

    def save_model(self, request: HttpRequest, obj: Model, form: forms.ModelForm[Any], change: bool) -> None:
        if not change or set(form.changed_data) - NOT_FIELDS:
            require_reason(request)
        obj.save()

    def save_related(self, request: HttpRequest, form: ModelForm[Any], formsets: FormSets, change: bool) -> None:
        if any(formset.has_changed() for formset in formsets):
            require_reason(request)
        super().save_related(request, form, formsets, change)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Context | None = None) -> HttpResponse:
        if request.method == "POST" and ask_reason(request):
            request.POST = QueryDict()  # shows the confirmation again
        return super().delete_view(request, object_id, extra_context)

    def response_change(self, request: HttpRequest, obj: Model) -> HttpResponse:
        if current().row is None:
            self.message_user(request, _("Nothing was changed, so nothing was recorded."))
            return self.response_post_save_change(request, obj)
        return super().response_change(request, obj)

    def changelist_view(self, request: HttpRequest, extra_context: Context | None = None) -> HttpResponse:
        reopen(request)
        unconfirm_without_reason(request)
        if self.opts.model_name in MODELS and may_merge(request, self.model):
            address = reverse("admin:merge_duplicates", args=[self.opts.model_name])
            extra_context = {"duplicates_address": address, **(extra_context or {})}
        if ERROR_FLAG in request.GET:
            self.message_user(
                request, _("The filter in that address is not known. All entries are shown instead."), messages.ERROR
            )
        return super().changelist_view(request, extra_context)

    @method_decorator(require_safe)
    def history_view(self, request: HttpRequest, object_id: str, extra_context: Context | None = None) -> HttpResponse:
        key = self._key(object_id)
        newest = self._history(request).filter(id=key).order_by("-history_id").first()
        if newest is None:
            raise Http404
        page, change_sets = timeline.timeline(self.model, key, request.GET.get("p"), partial(may_see, request))
        context = {
            **self._context(key),
            "page": page,
            "page_range": page.paginator.get_elided_page_range(page.number),
            "change_sets": change_sets,
            "newest": newest,
            "paper_address": self._paper_address(request, key),
            "merged_from": merged_from(self.model, key),
            "merged_into": merged_into(self.model, key),
        }
        return render(request, "admin/registry/history.html", _("History: %s") % newest.entry_name, context)

    def get_urls(self) -> list[URLPattern]:
        restoring = path(
            "<path:object_id>/history/<int:version_id>/restore/",
            self.admin_site.admin_view(self.restore_view),
            name=f"{self.opts.app_label}_{self.opts.model_name}_restore",
        )
        return [restoring, *super().get_urls()]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def restore_view(self, request: HttpRequest, object_id: str, version_id: int) -> HttpResponse:
        """Preview and confirm restoring the entry as at a history row; if deleted, with what belonged to it."""
        key = self._key(object_id)
        row = get_object_or_404(self._history(request).exclude(history_type="-"), id=key, history_id=version_id)
        return undo_confirmation(
            request,
            lambda: plan_restore(self.model, row),
            title=_("Restore: %s") % row.entry_name,
            button=_("Restore"),
            hindrances_heading=_("Cannot be restored because"),
            context=self._context(key),
            source=Source.RESTORE,
            details={"entry": row.entry_name, "history_row": row.history_id},
            back_to=reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", args=[key]),
        )

    @method_decorator(require_safe)
    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Context | None = None
    ) -> HttpResponse:
        """Return the entry as at a history row, read-only; the page of simple-history also writes."""
        key = self._key(object_id)
        row = get_object_or_404(self._history(request), id=key, history_id=self._key(version_id))
        names = EntryNames.for_versions([EntryVersion(self.model, row, None)])
        context = {
            **self._context(key),
            "row": row,
            "may_restore": request.user.has_perm(UNDO_PERMISSION) and row.history_type != "-",
            "values": [(field.verbose_name, display_value(field, row, names)) for field in shown_fields(self.model)],
        }
        return render(request, "admin/registry/version.html", _("%s as it stood then") % row.entry_name, context)

    def _key(self, object_id: str) -> int:
        key = whole_number(unquote(object_id))
        if key is None:
            raise Http404
        return key

    def _history(self, request: HttpRequest) -> HistoryRows:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        rows: HistoryRows = history_of(self.model).objects.select_related("change_set")
        return rows

    def _paper_address(self, request: HttpRequest, key: int) -> str:
        """Return the address of the entry as a paper, empty where there is none, or none for the reader."""
        if self.opts.model_name not in PAPERS or not request.user.has_perm(EXPORT_PERMISSION):
            return ""
        return reverse(f"admin:registry_{self.opts.model_name}_paper", args=[key])

    def _context(self, key: int) -> Context:
        return {"opts": self.opts, "key": key, "entry": self.model._default_manager.filter(pk=key).first()}
