"""Undoing change sets, and the list of deleted entries: views of the admin of change sets."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from registry.history.ownership import tracked_models
from registry.history.undo import deleted_entries, plan_undo
from registry.models import ChangeSet, Source
from registry.web.page import PER_PAGE, render
from registry.web.permissions import may_see
from registry.web.undo_confirmation import UNDO_PERMISSION, undo_confirmation


class UndoMixin:
    admin_site: Any
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        return [
            path("<int:key>/undo/", self.admin_site.admin_view(self.undo_view), name="registry_changeset_undo"),
            path("deleted/", self.admin_site.admin_view(self.deleted_view), name="registry_changeset_deleted"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def undo_view(self, request: HttpRequest, key: int) -> HttpResponse:
        change_set = get_object_or_404(ChangeSet, pk=key)
        return undo_confirmation(
            request,
            lambda: plan_undo(change_set),
            title=_("Undo: %s") % change_set,
            button=_("Undo"),
            hindrances_heading=_("Cannot be undone because"),
            context={"opts": self.opts},
            source=Source.UNDO,
            details={"undone": change_set.pk},
            back_to=reverse("admin:registry_changeset_change", args=[key]),
            change_set=change_set,
        )

    @method_decorator(require_safe)
    def deleted_view(self, request: HttpRequest) -> HttpResponse:
        """Return the list of deleted entries of the models that the user may see, newest first."""
        readable = [model for model in tracked_models() if may_see(request, model)]
        if not readable:
            raise PermissionDenied
        deleted = [
            {
                "name": row.entry_name,
                "kind": model._meta.verbose_name,
                "row": row,
                "history": reverse(f"admin:registry_{model._meta.model_name}_history", args=[row.id]),
                "restore": reverse(f"admin:registry_{model._meta.model_name}_restore", args=[row.id, before.history_id])
                if before
                else "",
            }
            for model, row, before in deleted_entries()
            if model in readable
        ]
        page = Paginator(deleted, PER_PAGE).get_page(request.GET.get("p"))
        context = {
            "opts": self.opts,
            "page": page,
            "page_range": page.paginator.get_elided_page_range(page.number),
            "may_restore": request.user.has_perm(UNDO_PERMISSION),
        }
        return render(request, "admin/registry/deleted_entries.html", _("Deleted entries"), context)
