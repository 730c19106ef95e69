from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from registry.core import languages
from registry.core.order import in_order_of_names
from registry.files.export import ground_of
from registry.law import countries
from registry.law.wording import source_links
from registry.models import LegalBasis, ProcessingActivity, Transfer
from registry.web.admin.form_verdict import assessment, findings
from registry.web.admin.imports import ExchangeMixin
from registry.web.admin.order import ReadersOrder
from registry.web.admin.questions import QuestionMixin
from registry.web.admin.tracked import TrackedAdmin, TrackedInline
from registry.web.admin.verdicts import (
    FindingFilter,
    JudgedList,
    JudgedMixin,
    LawFilter,
    UsedFilter,
    VerdictFilter,
    judged,
)
from registry.web.page import law_of, post_only


class CountryFilter(admin.SimpleListFilter):
    """The countries that occur, not all 250."""

    title = _("country")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        used = set(model_admin.model.objects.order_by().values_list("country", flat=True).distinct())
        return [
            (code, f"{code} {name}") for code, name in countries.choices(languages.active_language()) if code in used
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(country=self.value()) if self.value() else queryset


class TransferInline(TrackedInline, admin.StackedInline):  # type: ignore[type-arg]
    model = Transfer
    autocomplete_fields = ("mechanism",)
    readonly_fields = ("holds",)
    fields = (
        "mechanism",
        "holds",
        ("country", "signed_on"),
        ("recipient_qualifies", "checked_on"),
        ("assessed_on", "permitted_on"),
        ("evidence_url", "position"),
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
        return judged(law_of(self.request).verdict_on_evidence(transfer.country or self.activity.country, transfer))


class JudgedActivities(JudgedList, ReadersOrder):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        law = law_of(request)
        for activity in self.result_list:
            activity.assessment = law.verdict_on_activity(activity.country, activity.transfers.all())


@admin.register(ProcessingActivity)
class ActivityAdmin(QuestionMixin, JudgedMixin, ExchangeMixin, TrackedAdmin):
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
        "vendor__role",
    )
    search_fields = ("vendor__name__holds", "purpose__holds", "personal_data__holds")
    search_help_text = _("Vendor, purpose or personal data")
    autocomplete_fields = ("vendor", "legal_basis")
    linked_by = ("vendor",)
    inlines = (TransferInline,)
    fieldsets = (
        (_("Who"), {"fields": ("vendor", "status")}),
        (_("Why and what"), {"fields": ("purpose", "personal_data", "data_subjects", "special_categories")}),
        (_("On what ground"), {"fields": ("legal_basis",)}),
        (_("To which country"), {"fields": ("country",)}),
        (_("Protection"), {"fields": ("retention", "security_measures", "impact_assessment_url")}),
        (_("In the document"), {"fields": ("position", "starts_page", "notes")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProcessingActivity]:
        activities: Any = super().get_queryset(request)
        return activities.as_document().with_verdict(law_of(request))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[JudgedActivities]:
        return JudgedActivities

    def judgement(self, request: HttpRequest, entry: Any) -> dict[str, Any]:
        assessment = law_of(request).verdict_on_activity(entry.country, entry.transfers.select_related("mechanism"))
        return {
            **super().judgement(request, entry),
            "assessment": judged(assessment),
            "links": source_links(assessment),
        }

    def get_urls(self) -> list[Any]:
        judge = path("judge/", self.admin_site.admin_view(self.judge), name="registry_processingactivity_judge")
        return [judge, *super().get_urls()]

    @method_decorator(post_only("admin:registry_processingactivity_changelist"))
    def judge(self, request: HttpRequest) -> HttpResponse:
        """The verdict of a form as it stands."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        found = assessment(request.POST, law_of(request))
        context = {
            "assessment": judged(found) if found else None,
            "rules": findings(request.POST, law_of(request), found) if found else [],
        }
        return TemplateResponse(request, "admin/registry/judged_as_typed.html", context)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        context["judged_as_typed"] = True
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("verdict"), ordering="verdict")
    def verdict(self, activity: Any) -> str:
        return judged(activity.assessment)

    @admin.display(description=_("country"), ordering="country")
    def country_code(self, activity: ProcessingActivity) -> str:
        return activity.country

    @admin.display(description=_("legal ground"), ordering="legal_basis__label")
    def ground(self, activity: ProcessingActivity) -> str:
        return ground_of(activity)


@admin.register(LegalBasis)
class LegalBasisAdmin(QuestionMixin, TrackedAdmin):
    ordering = (in_order_of_names("label"),)  # a query that counts forgets the order of the model
    list_display = ("label", "article", "activity_count")
    list_filter = ("article",)
    search_fields = ("label__holds",)
    fields = ("label", "article", "notes")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LegalBasis]:
        return super().get_queryset(request).annotate(activity_count=Count("activities"))

    @admin.display(description=_("activities"), ordering="activity_count")
    def activity_count(self, basis: Any) -> int:
        return int(basis.activity_count)
