"""The admin of processing activities."""

from __future__ import annotations

from typing import Any, Protocol

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from registry.files.export import legal_ground_of
from registry.law.verdicts import ReasonedVerdict
from registry.law.wording import source_links
from registry.models import ProcessingActivity, Transfer
from registry.web.admin.filters import CountryFilter, FindingFilter, LawFilter, UsedFilter, VerdictFilter
from registry.web.admin.form_verdict import form_findings, form_verdict
from registry.web.admin.imports import ImportViews
from registry.web.admin.ordering import AlphabeticalChangeList
from registry.web.admin.tracked import TrackedInline
from registry.web.admin.verdicts import FindingsChangeList, VerdictAdmin, verdict_text
from registry.web.decorators import post_only
from registry.web.law_day import law_of
from registry.web.page import Context


class ListedActivity(Protocol):
    """An activity with its verdict and reasons."""

    assessment: ReasonedVerdict


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

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
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


class ActivityChangeList(FindingsChangeList, AlphabeticalChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        law = law_of(request)
        for activity in self.result_list:
            activity.assessment = law.verdict_on_activity(activity.country, activity.transfers.all())


@admin.register(ProcessingActivity)
class ActivityAdmin(ImportViews, VerdictAdmin):
    list_display = (
        "vendor",
        "purpose",
        "personal_data",
        "country_code",
        "ground",
        "verdict",
        "finding_count",
        "status",
    )
    list_display_links = ("vendor", "purpose")
    list_filter = (
        LawFilter,
        VerdictFilter,
        FindingFilter,
        "status",
        CountryFilter,
        ("legal_basis", UsedFilter),
        ("transfers__mechanism", UsedFilter),
        "special_categories",
        "criminal_data",
        "identity_numbers",
        "our_role",
        "impact_assessment",
        "vendor__role",
    )
    search_fields = ("vendor__name__holds", "purpose__holds", "personal_data__holds")
    search_help_text = _("Vendor, purpose or personal data")
    autocomplete_fields = ("vendor", "legal_basis")
    linked_by = ("vendor",)
    inlines = (TransferInline,)
    fieldsets = (
        (
            _("Who, where and on what ground"),
            {"fields": (("vendor", "our_role", "status"), ("country", "legal_basis"))},
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProcessingActivity]:
        activities: Any = super().get_queryset(request)
        return activities.as_document().with_verdict(law_of(request))

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[ActivityChangeList]:
        return ActivityChangeList

    def verdict_context(self, request: HttpRequest, entry: Any) -> Context:
        verdict = law_of(request).verdict_on_activity(entry.country, entry.transfers.select_related("mechanism"))
        return {
            **super().verdict_context(request, entry),
            "assessment": verdict_text(verdict),
            "links": source_links(verdict),
        }

    def get_urls(self) -> list[URLPattern]:
        form_verdict_path = path(
            "judge/", self.admin_site.admin_view(self.verdict_of_form), name="registry_processingactivity_judge"
        )
        return [form_verdict_path, *super().get_urls()]

    @method_decorator(post_only("admin:registry_processingactivity_changelist"))
    def verdict_of_form(self, request: HttpRequest) -> HttpResponse:
        """Return the verdict and the findings of a form that is not saved yet."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        verdict = form_verdict(request.POST, law_of(request))
        context = {
            "assessment": verdict_text(verdict) if verdict else None,
            "rules": form_findings(request.POST, law_of(request)),
        }
        return TemplateResponse(request, "admin/registry/form_verdict.html", context)

    def render_change_form(
        self, request: HttpRequest, context: Context, *args: object, **kwargs: object
    ) -> HttpResponse:
        context["form_verdict"] = True
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("verdict"), ordering="verdict")
    def verdict(self, activity: ListedActivity) -> str:
        return verdict_text(activity.assessment)

    @admin.display(description=_("country"), ordering="country")
    def country_code(self, activity: ProcessingActivity) -> str:
        return activity.country

    @admin.display(description=_("legal ground"), ordering="legal_basis__label")
    def ground(self, activity: ProcessingActivity) -> str:
        return legal_ground_of(activity)
