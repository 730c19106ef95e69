"""The admin of other and former names of vendors."""

from __future__ import annotations

from django.contrib import admin

from registry.core.order import in_order_of_names
from registry.models import VendorName
from registry.web.admin.tracked import TrackedAdmin


@admin.register(VendorName)
class VendorNameAdmin(TrackedAdmin):
    ordering = (in_order_of_names("name_key"),)
    list_display = ("name", "kind", "vendor")
    list_filter = ("kind",)
    list_select_related = ("vendor",)
    search_fields = ("name__holds", "vendor__name__holds")
    autocomplete_fields = ("vendor",)
    fields = ("vendor", "name", "kind")
