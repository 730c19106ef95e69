"""The admin of vendors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from registry.core.order import in_order_of_names
from registry.core.text import whole_number
from registry.findings.findings import Finding
from registry.findings.of_vendors import findings_of_vendor
from registry.history.change_sets import name_of
from registry.models import Agreement, ProcessingActivity, User, Vendor
from registry.web.admin.actions import VENDOR_ACTIONS
from registry.web.admin.ending_action import CHANGE_ACTIVITIES
from registry.web.admin.listed import ListedAdmin
from registry.web.admin.tracked import TrackedInline
from registry.web.admin.vendor_form import VendorForm
from registry.web.admin.verdicts import VerdictAdmin, verdict_text, worst_verdict
from registry.web.law_day import law_of
from registry.web.page import Context
from registry.web.sub_processors import engagers, sub_processors
from registry.web.undo_confirmation import with_undo_link
from registry.web.vendor_ending.plan import EndedNumbers, write_outcomes

#: A vendor with more activities shows a link to them, not a form for each.
MOST_ACTIVITIES_IN_FORM = 25


class ActivityInline(TrackedInline, admin.StackedInline):  # type: ignore[type-arg]
    model = ProcessingActivity
    autocomplete_fields = ("legal_basis",)
    readonly_fields = ("verdict",)
    fields = (("purpose", "country"), "verdict", "personal_data", ("legal_basis", "status"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProcessingActivity]:
        self.request = request
        activities: Any = super().get_queryset(request)
        return activities.whole_rows()

    @admin.display(description=_("verdict"))
    def verdict(self, activity: ProcessingActivity) -> str:
        if activity._state.adding:
            return "–"
        return verdict_text(law_of(self.request).verdict_on_activity(activity.country, activity.transfers.all()))


class AgreementInline(TrackedInline, admin.TabularInline):  # type: ignore[type-arg]
    model = Agreement
    fields = ("kind", "reference", "signed_on", "valid_until", "url")


@admin.register(Vendor)
class VendorAdmin(ListedAdmin, VerdictAdmin):
    form = VendorForm
    ordering = (in_order_of_names("name_key"),)
    search_fields = ("name__holds", "legal_name__holds", "registration_number__holds", "activities__purpose__holds")
    autocomplete_fields = ("owner", "engaged_by", "replaced_by")
    inlines = (AgreementInline, ActivityInline)
    actions = VENDOR_ACTIONS
    fieldsets = (
        (_("Who"), {"fields": ("name", "legal_name", "registration_number", "country", "website")}),
        (_("Role"), {"fields": ("role", "engaged_by", "privacy_contact")}),
        (
            _("In use"),
            {"fields": ("status", "started_on", "ended_on", "replaced_by", ("data_returned_on", "data_return_url"))},
        ),
        (_("Responsibility"), {"fields": ("owner", "review_interval_months", "last_reviewed_on", "notes")}),
    )

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Leave out the activities if there are too many, unless the submitted form contains them."""
        inlines: Any = super().get_inlines(request, obj)
        if "activities-TOTAL_FORMS" in request.POST or not self.many_activities(obj):
            return inlines
        return [inline for inline in inlines if inline is not ActivityInline]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer active users as owner, and the present owner."""
        if db_field.name != "owner":
            return super().formfield_for_foreignkey(db_field, request, **kwargs)
        key = request.resolver_match.kwargs.get("object_id", "") if request.resolver_match else ""
        owning = Vendor.objects.filter(pk=whole_number(key) or 0).values("owner")
        people = User.objects.filter(Q(is_active=True) | Q(pk__in=owning))
        field: Any = super().formfield_for_foreignkey(db_field, request, **{**kwargs, "queryset": people})
        field.label_from_instance = name_of
        return field

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> type[Any]:
        form: type[Any] = super().get_form(request, *args, **kwargs)
        form.may_change_activities = request.user.has_perm(CHANGE_ACTIVITIES)
        return form

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the inlines, and then what becomes of the activities of a vendor that ends."""
        super().save_related(request, form, formsets, change)
        if not form.ends or not form.asks_outcome:
            return
        done = EndedNumbers(activities=write_outcomes([form.ending()]))
        self.message_user(request, with_undo_link(request, str(done)))

    def many_activities(self, vendor: Vendor | None) -> int:
        """Return the number of activities if they are too many for the form, else 0."""
        count = 0 if vendor is None else vendor.activities.count()
        return count if count > MOST_ACTIVITIES_IN_FORM else 0

    def verdict_context(self, request: HttpRequest, entry: Any, findings: Sequence[Finding] | None = None) -> Context:
        """Return the context, with the findings of the activities and the sub-processors of the vendor."""
        vendor = Vendor.objects.with_review().select_related("reviewed_in").get(pk=entry.pk)
        law = law_of(request)
        of_vendor = findings_of_vendor(vendor.pk, law)
        return {
            **super().verdict_context(request, entry, of_vendor.own),
            "of_vendor": of_vendor,
            "assessment": None if of_vendor.verdict is None else worst_verdict(of_vendor.verdict),
            "reviewed": vendor,
            "many_activities": self.many_activities(vendor),
            "engaged": sub_processors(vendor, law),
            "engagers": engagers(vendor),
        }
