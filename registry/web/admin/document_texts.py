"""The admin of the texts of the document."""

from __future__ import annotations

from django.contrib import admin

from registry.models import DocumentText
from registry.web.admin.only_entry import OnlyEntryAdmin


@admin.register(DocumentText)
class DocumentTextAdmin(OnlyEntryAdmin):
    fields = ("title", "dated", "heading", "introduction", "closing")
