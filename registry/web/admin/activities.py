"""The admin of processing activities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from registry.findings.findings import Finding
from registry.law.wording import source_links
from registry.models import ProcessingActivity, Transfer
from registry.web.admin.actions import edit_selected
from registry.web.admin.autocomplete import offers_mechanisms
from registry.web.admin.form_problems import FormSets
from registry.web.admin.form_verdict import form_findings, form_verdict
from registry.web.admin.imports import ImportAdmin
from registry.web.admin.moving import (
    ANSWER,
    REMOVE,
    REMOVE_PERMISSION,
    MovingForm,
    ask_about_mechanisms,
    asked_about,
    is_asked,
    remove_mechanisms_not_needed,
)
from registry.web.admin.reason_form import TrackedInline
from registry.web.admin.verdicts import VerdictAdmin, verdict_text
from registry.web.decorators import post_only
from registry.web.law_day import law_of
from registry.web.page import Context


class TransferInline(TrackedInline, admin.StackedInline):  # type: ignore[type-arg]
    model = Transfer
    autocomplete_fields = ("mechanism",)
    readonly_fields = ("holds",)
    fields = (
        ("mechanism", "holds"),
        ("country", "signed_on", "assessed_on"),
        ("recipient_qualifies", "checked_on", "authorised_on"),
        ("processor_adds_data", "importer_under_gdpr", "evidence_url", "position"),
    )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        return offers_mechanisms(field, "country", "/country") if db_field.name == "mechanism" else field

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: object) -> Any:
        self.request, self.activity = request, obj
        return super().get_formset(request, obj, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transfer]:
        return super().get_queryset(request).select_related("mechanism")

    @admin.display(description=_("holds"))
    def holds(self, transfer: Transfer) -> str:
        if transfer._state.adding:
            return "–"
        law, country = law_of(self.request), transfer.country or self.activity.country
        if transfer.mechanism is None:
            return verdict_text(law.verdict_on_country(country, [transfer]))
        return verdict_text(law.verdict_on_evidence(country, transfer))


@admin.register(ProcessingActivity)
class ActivityAdmin(ImportAdmin, VerdictAdmin):
    form = MovingForm
    search_fields = ("vendor__name__holds", "purpose__holds", "personal_data__holds")
    autocomplete_fields = ("vendor", "legal_basis")
    actions = (edit_selected,)
    inlines = (TransferInline,)
    fieldsets = (
        (
            _("Who, where and on what ground"),
            {"fields": (("vendor", "our_role", "status"), ("country", "legal_basis", "on_behalf_of"))},
        ),
        (
            _("Why and what"),
            {
                "fields": (
                    "purpose",
                    "personal_data",
                    "data_subjects",
                    "notes",
                    ("special_categories", "special_categories_ground"),
                    ("criminal_data", "criminal_data_ground"),
                    ("identity_numbers", "identity_numbers_ground"),
                )
            },
        ),
        (
            _("Protection"),
            {
                "fields": (
                    "retention",
                    "security_measures",
                    ("impact_assessment", "impact_assessment_url", "impact_assessment_reason"),
                )
            },
        ),
        (_("In the document"), {"fields": (("position", "starts_page"),), "classes": ("collapse",)}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: ProcessingActivity | None = None) -> Any:
        who, *others = super().get_fieldsets(request, obj)
        if not is_asked(request):
            return (who, *others)
        title, options = who
        return ((title, {**options, "fields": (*options["fields"], ANSWER)}), *others)

    def get_form(self, request: HttpRequest, *args: object, **kwargs: object) -> type[Any]:
        form = super().get_form(request, *args, **kwargs)
        form.asked_about = asked_about(request)
        if "on_behalf_of" in form.base_fields:  # it stands beside fields of one line
            form.base_fields["on_behalf_of"].widget.attrs["rows"] = 1
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            ask_about_mechanisms(request, form)
        super().save_model(request, obj, form, change)

    def save_related(
        self, request: HttpRequest, form: ModelForm[ProcessingActivity], formsets: FormSets, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        removes = form.cleaned_data.get(ANSWER) == REMOVE and request.user.has_perm(REMOVE_PERMISSION)
        if change and removes and "country" in form.changed_data:
            remove_mechanisms_not_needed(form.instance)

    def verdict_context(self, request: HttpRequest, entry: Any, findings: Sequence[Finding] | None = None) -> Context:
        verdict = law_of(request).verdict_on_activity(entry.country, entry.transfers.select_related("mechanism"))
        return {
            **super().verdict_context(request, entry, findings),
            "assessment": verdict_text(verdict),
            "links": source_links(verdict),
        }

    def get_urls(self) -> list[URLPattern]:
        form_verdict_path = path(
            "judge/", self.admin_site.admin_view(self.verdict_of_form), name="registry_processingactivity_judge"
        )
        return [form_verdict_path, *super().get_urls()]

    @method_decorator(post_only("admin:register"))
    def verdict_of_form(self, request: HttpRequest) -> HttpResponse:
        """Return the verdict and the findings of a form that is not saved yet."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        verdict = form_verdict(request.POST, law_of(request))
        context = {
            "assessment": verdict_text(verdict) if verdict else None,
            "rules": form_findings(request.POST, law_of(request)) if "verdict_only" not in request.POST else (),
        }
        return TemplateResponse(request, "admin/registry/form_verdict.html", context)

    def render_change_form(
        self, request: HttpRequest, context: Context, *args: object, **kwargs: object
    ) -> HttpResponse:
        context["form_verdict"] = True
        return super().render_change_form(request, context, *args, **kwargs)
