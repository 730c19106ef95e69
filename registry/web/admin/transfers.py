"""The admin of transfers."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from registry.models import Transfer
from registry.web.admin.actions import edit_selected
from registry.web.admin.autocomplete import offers_mechanisms
from registry.web.admin.questions import QuestionAdmin


@admin.register(Transfer)
class TransferAdmin(QuestionAdmin):
    list_display = ("activity", "mechanism", "country_relied_on", "recipient_qualifies", "signed_on", "assessed_on")
    list_display_links = ("activity", "mechanism")
    list_filter = (("mechanism", admin.RelatedOnlyFieldListFilter), "recipient_qualifies")
    list_select_related = ("activity__vendor", "mechanism")
    search_fields = (
        "activity__vendor__name__holds",
        "activity__purpose__holds",
        "mechanism__label__holds",
        "wording__holds",
    )
    autocomplete_fields = ("activity", "mechanism")
    actions = (edit_selected,)
    fieldsets = (
        (None, {"fields": ("activity", "mechanism", "country", "wording", "position")}),
        (
            _("Evidence"),
            {
                "fields": (
                    "recipient_qualifies",
                    "checked_on",
                    "signed_on",
                    "assessed_on",
                    "authorised_on",
                    "processor_adds_data",
                    "importer_under_gdpr",
                    "evidence_url",
                )
            },
        ),
    )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        return offers_mechanisms(field, "country", activity="activity") if db_field.name == "mechanism" else field

    @admin.display(description=_("country"))
    def country_relied_on(self, transfer: Transfer) -> str:
        return transfer.country or transfer.activity.country
