"""The admin of agreements."""

from __future__ import annotations

from django.contrib import admin

from registry.core.order import in_order_of_names
from registry.models import Agreement
from registry.web.admin.actions import edit_selected
from registry.web.admin.tracked import TrackedAdmin


@admin.register(Agreement)
class AgreementAdmin(TrackedAdmin):
    ordering = (in_order_of_names("vendor__name_key"), "signed_on", "id")
    list_display = ("vendor", "kind", "reference", "signed_on", "valid_until")
    list_display_links = ("vendor", "kind")
    list_filter = ("kind", "valid_until")
    list_select_related = ("vendor",)
    search_fields = ("vendor__name__holds", "reference__holds")
    autocomplete_fields = ("vendor",)
    actions = (edit_selected,)
    fields = ("vendor", "kind", "reference", "signed_on", "valid_until", "url", "notes")
