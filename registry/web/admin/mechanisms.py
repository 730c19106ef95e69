"""The admin of transfer mechanisms and their wordings."""

from __future__ import annotations

from typing import Any, Protocol

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from registry.core.order import in_order_of_names
from registry.law.citations import cite
from registry.mechanisms.cover import losses_of_cover
from registry.models import MechanismAlias, TransferMechanism
from registry.web.admin.form_problems import FormSets
from registry.web.admin.questions import QuestionAdmin
from registry.web.admin.reason_form import TrackedInline
from registry.web.admin.tracked import TrackedAdmin
from registry.web.page import Context


class ListedMechanism(Protocol):
    """A mechanism with the annotation of the list."""

    transfer_count: int


class AliasInline(TrackedInline, admin.TabularInline):  # type: ignore[type-arg]
    model = MechanismAlias
    fields = ("label",)


@admin.register(TransferMechanism)
class TransferMechanismAdmin(QuestionAdmin):
    list_display = ("label", "kind", "cited_article", "valid_from", "last_day_new", "valid_until", "transfer_count")
    list_filter = ("kind", "recipient_must_qualify", "recurring")
    ordering = (in_order_of_names("label_key"),)
    inlines = (AliasInline,)
    search_fields = (
        "label__holds",
        "aliases__label__holds",
        "code__holds",
        "name_sv__holds",
        "name_en__holds",
        "instrument__holds",
        "celex__holds",
    )
    autocomplete_fields = ("replaced_by",)
    prepopulated_fields = {"code": ("label",)}
    fieldsets = (
        (None, {"fields": ("label", "code", "name_sv", "name_en")}),
        (_("What it is"), {"fields": ("kind", "article", "instrument", "celex", "countries", "names_a_group")}),
        (
            _("When it holds"),
            {
                "fields": (
                    ("valid_from", "last_day_new", "valid_until"),
                    ("ended_by", "ended_by_celex"),
                    "contested_by",
                    "replaced_by",
                )
            },
        ),
        (
            _("What it asks for"),
            {
                "fields": (
                    "recipient_must_qualify",
                    "self_certified",
                    "check_holds_months",
                    "must_be_signed",
                    "needs_authorisation",
                    "is_processing_agreement",
                    "needs_assessment_from",
                    "assessed_only_with_added_data",
                    "for_importers_outside_gdpr",
                    "unsettled_from",
                    "recurring",
                    "notes",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[TransferMechanism]:
        mechanisms: Any = super().get_queryset(request)
        return mechanisms.with_use()

    def render_change_form(
        self, request: HttpRequest, context: Context, *args: object, **kwargs: object
    ) -> HttpResponse:
        context["ending"] = kwargs.get("obj") is not None
        return super().render_change_form(request, context, *args, **kwargs)

    def save_related(
        self, request: HttpRequest, form: ModelForm[TransferMechanism], formsets: FormSets, change: bool
    ) -> None:
        """Warn about activities that lose cover when a mechanism ends."""
        super().save_related(request, form, formsets, change)
        mechanism = form.instance
        if (
            "valid_until" in form.changed_data
            and mechanism.valid_until
            and (losses := losses_of_cover(mechanism, mechanism.valid_until))
        ):
            address = reverse("admin:ending", args=[mechanism.pk])
            text = ngettext("%(count)s activity loses cover.", "%(count)s activities lose cover.", len(losses))
            message = text % {"count": len(losses)}
            messages.warning(request, format_html('{} <a href="{}">{}</a>', message, address, _("Show them")))

    @admin.display(description=_("article"), ordering="article")
    def cited_article(self, mechanism: TransferMechanism) -> str:
        return cite(mechanism.article)

    @admin.display(description=_("transfers"), ordering="transfer_count")
    def transfer_count(self, mechanism: ListedMechanism) -> int:
        return mechanism.transfer_count


@admin.register(MechanismAlias)
class MechanismAliasAdmin(TrackedAdmin):
    ordering = (in_order_of_names("label_key"),)
    list_display = ("label", "mechanism")
    list_select_related = ("mechanism",)
    list_filter = (("mechanism", admin.RelatedOnlyFieldListFilter),)
    search_fields = ("label__holds", "mechanism__label__holds")
    autocomplete_fields = ("mechanism",)
    fields = ("label", "mechanism")
