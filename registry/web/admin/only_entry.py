"""The base of the admins of models with one entry: the list leads straight to it."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from registry.web.admin.tracked import TrackedAdmin
from registry.web.page import Context


class OnlyEntryAdmin(TrackedAdmin):
    """Whether the entry is there is asked where it is opened, and not by the menu of each page."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Context | None = None) -> HttpResponse:
        key = self.key_of_entry()
        if key is not None and self.has_view_or_change_permission(request):
            return redirect(f"admin:{self.name_of('change')}", key)
        if key is None and self.has_add_permission(request):
            return redirect(f"admin:{self.name_of('add')}")
        return super().changelist_view(request, extra_context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Context | None = None) -> HttpResponse:
        key = self.key_of_entry() if self.has_add_permission(request) else None
        if key is not None:
            return redirect(f"admin:{self.name_of('change')}", key)
        return super().add_view(request, form_url, extra_context)

    def render_change_form(
        self, request: HttpRequest, context: Context, *args: object, **kwargs: object
    ) -> HttpResponse:
        return super().render_change_form(request, {**context, "show_save_and_add_another": False}, *args, **kwargs)

    def key_of_entry(self) -> Any:
        return self.model._default_manager.values_list("pk", flat=True).first()

    def name_of(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"
