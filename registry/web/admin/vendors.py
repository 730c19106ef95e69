"""The admin of vendors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from registry.core.order import in_order_of_names
from registry.core.text import LONGEST_LINE, printable, whole_number
from registry.findings.findings import Finding
from registry.findings.of_vendors import findings_of_vendor
from registry.history.change_sets import name_of
from registry.models import ProcessingActivity, User, Vendor
from registry.models.vendor_names import keep_former_name
from registry.search.same_vendor import same_vendors
from registry.web.admin.actions import VENDOR_ACTIONS
from registry.web.admin.ending_action import CHANGE_ACTIVITIES
from registry.web.admin.form_problems import FormSets
from registry.web.admin.listed import ListedAdmin
from registry.web.admin.vendor_comparison import COMPARED_FIELDS
from registry.web.admin.vendor_form import VendorForm
from registry.web.admin.vendor_inlines import ActivityInline, AgreementInline, NameInline, NewActivityInline
from registry.web.admin.verdicts import VerdictAdmin, worst_verdict
from registry.web.law_day import law_of
from registry.web.page import Context
from registry.web.sub_processors import engagers, sub_processors
from registry.web.undo_confirmation import with_undo_link
from registry.web.vendor_ending.plan import EndedNumbers, write_outcomes

#: A vendor with more activities shows a link to them, not a form for each.
MOST_ACTIVITIES_IN_FORM = 25


@admin.register(Vendor)
class VendorAdmin(ListedAdmin, VerdictAdmin):
    form = VendorForm
    ordering = (in_order_of_names("name_key"),)
    search_fields = (
        "name__holds",
        "other_names__name__holds",
        "legal_name__holds",
        "registration_number__holds",
        "activities__purpose__holds",
    )
    autocomplete_fields = ("owner", "engaged_by", "replaced_by")
    inlines = (NameInline, AgreementInline, ActivityInline)
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

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields. Where somebody may record a former name, a new name offers to keep the one before."""
        who, *others = super().get_fieldsets(request, obj)
        if obj is None or not self.may_keep_name(request, obj):
            return (who, *others)
        title, options = who
        name, *fields = options["fields"]
        return ((title, {**options, "fields": (name, "keep_name", *fields)}), *others)

    def get_form(self, request: HttpRequest, *args: object, **kwargs: object) -> type[Any]:
        form: type[Any] = super().get_form(request, *args, **kwargs)
        form.may_compare = self.has_view_or_change_permission(request)
        form.may_change_activities = request.user.has_perm(CHANGE_ACTIVITIES)
        return form

    def render_change_form(
        self, request: HttpRequest, context: Context, *args: object, **kwargs: object
    ) -> HttpResponse:
        context["same_vendors"] = context["adminform"].form.same_vendors
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        same = path("same/", self.admin_site.admin_view(self.same_view), name="registry_vendor_same")
        return [same, *super().get_urls()]

    @method_decorator(require_safe)
    def same_view(self, request: HttpRequest) -> HttpResponse:
        """Return the vendors that a new one may be, while it is typed."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        values = [printable(request.GET.get(name, ""))[:LONGEST_LINE] for name in COMPARED_FIELDS]
        context = {"same_vendors": same_vendors(*values)}
        return TemplateResponse(request, "admin/registry/same_vendors.html", context)

    def may_keep_name(self, request: HttpRequest, vendor: Vendor) -> bool:
        return self.has_change_permission(request, vendor) and request.user.has_perm("registry.add_vendorname")

    def save_related(self, request: HttpRequest, form: Any, formsets: FormSets, change: bool) -> None:
        """Save the inlines, the name before, and what becomes of the activities of a vendor that ends."""
        super().save_related(request, form, formsets, change)
        keep = change and "name" in form.changed_data and form.cleaned_data.get("keep_name")
        if keep and self.may_keep_name(request, form.instance):
            keep_former_name(form.instance, form.initial["name"])
        if form.ends and form.asks_outcome:
            done = EndedNumbers(activities=write_outcomes([form.ending()]))
            self.message_user(request, with_undo_link(request, str(done)))

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Offer a transfer with each activity of a new vendor.

        Leave out the activities if there are too many, unless the submitted form contains them.
        """
        inlines: Any = super().get_inlines(request, obj)
        if obj is None and request.user.has_perm("registry.add_transfer"):
            return [NewActivityInline if inline is ActivityInline else inline for inline in inlines]
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

    def many_activities(self, vendor: Vendor | None) -> int:
        """Return the number of activities if they are too many for the form, else 0."""
        count = 0 if vendor is None else vendor.activities.count()
        return count if count > MOST_ACTIVITIES_IN_FORM else 0

    def verdict_context(
        self, request: HttpRequest, entry: Vendor | ProcessingActivity, findings: Sequence[Finding] | None = None
    ) -> Context:
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
