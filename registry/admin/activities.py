from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from registry import countries
from registry.admin.exchange import ExchangeMixin
from registry.admin.tracked import TrackedAdmin, TrackedInline
from registry.exchange.outgoing import ground_of
from registry.models import LegalBasis, ProcessingActivity, Transfer


class CountryFilter(admin.SimpleListFilter):
    """The countries that occur, not all 250."""

    title = _("country")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        used = set(model_admin.model.objects.order_by().values_list("country", flat=True).distinct())
        return [(code, f"{code} {name}") for code, name in countries.choices(request.LANGUAGE_CODE[:2]) if code in used]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(country=self.value()) if self.value() else queryset


class TransferInline(TrackedInline, admin.TabularInline):  # type: ignore[type-arg]
    model = Transfer
    autocomplete_fields = ("mechanism",)
    fields = (
        "mechanism",
        "country",
        "recipient_qualifies",
        "checked_on",
        "signed_on",
        "assessed_on",
        "evidence_url",
        "position",
    )


@admin.register(ProcessingActivity)
class ActivityAdmin(ExchangeMixin, TrackedAdmin):
    list_display = ("vendor", "purpose", "personal_data", "country_code", "ground", "status")
    list_display_links = ("vendor", "purpose")
    list_filter = (
        "status",
        CountryFilter,
        ("legal_basis", admin.RelatedOnlyFieldListFilter),
        ("transfers__mechanism", admin.RelatedOnlyFieldListFilter),
        "special_categories",
        "vendor__role",
    )
    search_fields = ("vendor__name", "vendor__name_key", "purpose", "purpose_key", "personal_data")
    search_help_text = _("Vendor, purpose or personal data")
    autocomplete_fields = ("vendor", "legal_basis")
    inlines = (TransferInline,)
    fieldsets = (
        (_("Who, why and what"), {"fields": ("vendor", "purpose", "personal_data", "data_subjects")}),
        (_("Where and on what ground"), {"fields": ("country", "legal_basis", "special_categories")}),
        (_("Protection"), {"fields": ("retention", "security_measures", "impact_assessment_url")}),
        (_("In the document"), {"fields": ("status", "position", "starts_page", "notes")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProcessingActivity]:
        activities: Any = super().get_queryset(request)
        return activities.as_document()

    @admin.display(description=_("country"), ordering="country")
    def country_code(self, activity: ProcessingActivity) -> str:
        return activity.country

    @admin.display(description=_("legal ground"), ordering="legal_basis__label")
    def ground(self, activity: ProcessingActivity) -> str:
        return ground_of(activity)


@admin.register(LegalBasis)
class LegalBasisAdmin(TrackedAdmin):
    list_display = ("label", "article", "activity_count")
    list_filter = ("article",)
    search_fields = ("label",)
    fields = ("label", "article", "notes")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LegalBasis]:
        return super().get_queryset(request).annotate(activity_count=Count("activities"))

    @admin.display(description=_("activities"), ordering="activity_count")
    def activity_count(self, basis: Any) -> int:
        return int(basis.activity_count)
