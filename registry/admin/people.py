from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.http import HttpRequest

from registry.models import User


@admin.register(User)
class UserAdmin(StockUserAdmin):  # type: ignore[type-arg]
    """Users are deactivated, never deleted: history names them for ever."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
