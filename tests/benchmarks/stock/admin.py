from django.contrib import admin
from simple_history.admin import SimpleHistoryAdmin

from tests.benchmarks.stock.models import Activity, LegalBasis, Mechanism, Transfer, Vendor


class TransferInline(admin.TabularInline):
    model = Transfer
    extra = 0
    autocomplete_fields = ("mechanism",)


@admin.register(Activity)
class ActivityAdmin(SimpleHistoryAdmin):
    autocomplete_fields = ("vendor", "legal_basis")
    inlines = (TransferInline,)


@admin.register(Vendor, LegalBasis, Mechanism)
class NamedAdmin(SimpleHistoryAdmin):
    search_fields = ("pk",)
