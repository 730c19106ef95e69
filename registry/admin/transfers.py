from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from registry.admin.tracked import TrackedAdmin
from registry.models import Transfer, TransferMechanism


@admin.register(TransferMechanism)
class TransferMechanismAdmin(TrackedAdmin):
    list_display = ("label", "kind", "article", "valid_from", "last_day_new", "valid_until", "transfer_count")
    list_filter = ("kind", "recipient_must_qualify", "recurring")
    search_fields = ("label", "label_key", "code", "name_sv", "name_en", "instrument", "celex")
    autocomplete_fields = ("replaced_by",)
    prepopulated_fields = {"code": ("label",)}
    fieldsets = (
        (None, {"fields": ("label", "code", "name_sv", "name_en")}),
        (_("What it is"), {"fields": ("kind", "article", "instrument", "celex", "countries")}),
        (_("When it holds"), {"fields": ("valid_from", "last_day_new", "valid_until", "ended_by", "replaced_by")}),
        (_("What it asks for"), {"fields": ("recipient_must_qualify", "needs_assessment_from", "recurring", "notes")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[TransferMechanism]:
        mechanisms: Any = super().get_queryset(request)
        return mechanisms.with_use()

    @admin.display(description=_("transfers"), ordering="transfer_count")
    def transfer_count(self, mechanism: Any) -> int:
        return int(mechanism.transfer_count)


@admin.register(Transfer)
class TransferAdmin(TrackedAdmin):
    list_display = ("activity", "mechanism", "country_relied_on", "recipient_qualifies", "signed_on", "assessed_on")
    list_display_links = ("activity", "mechanism")
    list_filter = (("mechanism", admin.RelatedOnlyFieldListFilter), "recipient_qualifies")
    list_select_related = ("activity__vendor", "mechanism")
    search_fields = ("activity__vendor__name", "activity__purpose", "mechanism__label", "wording")
    autocomplete_fields = ("activity", "mechanism")
    fieldsets = (
        (None, {"fields": ("activity", "mechanism", "country", "wording", "position")}),
        (
            _("Evidence"),
            {"fields": ("recipient_qualifies", "checked_on", "signed_on", "assessed_on", "evidence_url")},
        ),
    )

    @admin.display(description=_("country"))
    def country_relied_on(self, transfer: Transfer) -> str:
        return transfer.country or transfer.activity.country
