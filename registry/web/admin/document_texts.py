"""The admin of the texts of the document."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from registry.models import DocumentText
from registry.web.admin.tracked import TrackedAdmin
from registry.web.page import Context


@admin.register(DocumentText)
class DocumentTextAdmin(TrackedAdmin):
    """There is one document: the list leads straight to it."""

    fields = ("title", "dated", "heading", "introduction", "closing")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not DocumentText.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Context | None = None) -> HttpResponse:
        text = DocumentText.load()
        if self.has_view_or_change_permission(request) and not text._state.adding:
            return redirect("admin:registry_documenttext_change", text.pk)
        return super().changelist_view(request, extra_context)
