"""The product's own models in an admin as Django has it: plain lists, plain forms with the same inlines."""

from django.contrib import admin
from django.forms import ModelForm
from django.forms.renderers import DjangoTemplates
from django.template.response import TemplateResponse

from registry.models import Agreement, LegalBasis, ProcessingActivity, Transfer, TransferMechanism, User, Vendor


class PlainSite(admin.AdminSite):
    """Rendered with the templates of Django, not with those of the product."""

    def admin_view(self, view, cacheable=False):
        def plain(request, *args, **kwargs):
            response = view(request, *args, **kwargs)
            if isinstance(response, TemplateResponse):
                response.using = "stock"
            return response

        return super().admin_view(plain, cacheable)


site = PlainSite(name="plain")


class PlainForm(ModelForm):
    default_renderer = DjangoTemplates


class PlainFormset:
    """Mixin of inlines, whose forms are rendered as their formset is."""

    def get_formset(self, request, obj=None, **kwargs):
        return super().get_formset(request, obj, renderer=DjangoTemplates(), **kwargs)


class TransferInline(PlainFormset, admin.StackedInline):
    model = Transfer
    extra = 1
    autocomplete_fields = ("mechanism",)


class AgreementInline(PlainFormset, admin.TabularInline):
    model = Agreement
    extra = 1


class ActivityInline(PlainFormset, admin.StackedInline):
    model = ProcessingActivity
    extra = 1
    autocomplete_fields = ("legal_basis",)


@admin.register(ProcessingActivity, site=site)
class ActivityAdmin(admin.ModelAdmin):
    form = PlainForm
    list_display = ("vendor", "purpose", "personal_data", "country", "legal_basis", "status")
    list_filter = ("status", "country", "legal_basis", "special_categories", "vendor__role")
    list_select_related = ("vendor", "legal_basis")
    search_fields = ("vendor__name", "purpose", "personal_data")
    autocomplete_fields = ("vendor", "legal_basis")
    inlines = (TransferInline,)


@admin.register(Vendor, site=site)
class VendorAdmin(admin.ModelAdmin):
    form = PlainForm
    list_display = ("name", "country", "role", "owner", "last_reviewed_on", "status")
    list_filter = ("status", "role", "owner")
    list_select_related = ("owner",)
    search_fields = ("name", "legal_name")
    autocomplete_fields = ("owner", "engaged_by", "replaced_by")
    inlines = (AgreementInline, ActivityInline)


@admin.register(LegalBasis, TransferMechanism, User, site=site)
class NamedAdmin(admin.ModelAdmin):
    search_fields = ("pk",)
