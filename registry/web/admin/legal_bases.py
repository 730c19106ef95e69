"""The admin of legal bases."""

from __future__ import annotations

from typing import Protocol

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from registry.core.counts import count_of
from registry.core.order import in_order_of_names
from registry.models import LegalBasis, ProcessingActivity
from registry.web.admin.questions import QuestionAdmin


class ListedLegalBasis(Protocol):
    """A legal basis with the annotation of the list."""

    activity_count: int


@admin.register(LegalBasis)
class LegalBasisAdmin(QuestionAdmin):
    ordering = (in_order_of_names("label"),)
    list_display = ("label", "article", "activity_count")
    list_filter = ("article",)
    search_fields = ("label__holds",)
    fields = ("label", "article", "notes")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LegalBasis]:
        return super().get_queryset(request).annotate(activity_count=count_of(ProcessingActivity, "legal_basis"))

    @admin.display(description=_("activities"), ordering="activity_count")
    def activity_count(self, basis: ListedLegalBasis) -> int:
        return basis.activity_count
