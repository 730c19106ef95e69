from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from registry.admin.actions import VENDOR_ACTIONS
from registry.admin.tracked import LastChangeList, LastChangeMixin, TrackedAdmin, TrackedInline
from registry.models import Agreement, ProcessingActivity, Vendor


class ActivityInline(TrackedInline, admin.StackedInline):  # type: ignore[type-arg]
    model = ProcessingActivity
    autocomplete_fields = ("legal_basis",)
    fields = (("purpose", "country"), "personal_data", ("legal_basis", "status"))


class AgreementInline(TrackedInline, admin.TabularInline):  # type: ignore[type-arg]
    model = Agreement
    fields = ("kind", "reference", "signed_on", "valid_until", "url")


@admin.register(Vendor)
class VendorAdmin(LastChangeMixin, TrackedAdmin):
    list_display = ("name", "activity_count", "countries", "role", "status", "owner", "last_change")
    list_filter = ("status", "role", ("owner", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("owner",)
    search_fields = ("name", "name_key", "legal_name", "registration_number", "activities__purpose")
    search_help_text = _("Name, legal name, registration number or purpose")
    autocomplete_fields = ("owner", "engaged_by", "replaced_by")
    inlines = (AgreementInline, ActivityInline)
    actions = VENDOR_ACTIONS
    fieldsets = (
        (_("Who"), {"fields": ("name", "legal_name", "registration_number", "country", "website")}),
        (_("Role"), {"fields": ("role", "engaged_by", "privacy_contact")}),
        (_("In use"), {"fields": ("status", "started_on", "ended_on", "replaced_by")}),
        (_("Responsibility"), {"fields": ("owner", "review_interval_months", "last_reviewed_on", "notes")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Vendor]:
        vendors: Any = super().get_queryset(request)
        return vendors.with_activity_count().with_countries().with_last_change()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[LastChangeList]:
        return LastChangeList

    @admin.display(description=_("activities"), ordering="activity_count")
    def activity_count(self, vendor: Any) -> int:
        return int(vendor.activity_count)

    @admin.display(description=_("countries"))
    def countries(self, vendor: Any) -> str:
        return ", ".join(sorted({activity.country for activity in vendor.countries_of_activities}))


@admin.register(Agreement)
class AgreementAdmin(TrackedAdmin):
    list_display = ("vendor", "kind", "reference", "signed_on", "valid_until")
    list_display_links = ("vendor", "kind")
    list_filter = ("kind", "valid_until")
    list_select_related = ("vendor",)
    search_fields = ("vendor__name", "reference")
    autocomplete_fields = ("vendor",)
    fields = ("vendor", "kind", "reference", "signed_on", "valid_until", "url", "notes")
