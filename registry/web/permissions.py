"""What the person of a request may look at."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest

from registry.history.log import LogReader
from registry.history.ownership import tracked_models


def may_see(request: HttpRequest, model: type[Model]) -> bool:
    return any(request.user.has_perm(f"registry.{act}_{model._meta.model_name}") for act in ("view", "change"))


def require_view(request: HttpRequest, *models: type[Model]) -> None:
    if not all(may_see(request, model) for model in models):
        raise PermissionDenied


def reader_of(request: HttpRequest) -> LogReader:
    """What they may look at: each kind of entry by its own right, people by that on users."""
    readable = [model for model in tracked_models() if may_see(request, model)]
    return LogReader(readable, people=request.user.has_perm("registry.view_user"))
