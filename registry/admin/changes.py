from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from registry.models import ChangeSet


@admin.register(ChangeSet)
class ChangeSetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """To look at. What is in here was written once and is never changed."""

    list_display = ("created_at", "user_name", "source", "reason")
    list_filter = ("source", "created_at")
    search_fields = ("user_name", "reason")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
