"""What the user of a request may see."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest

from registry.core.people import Person
from registry.history.log import LogReader
from registry.history.ownership import tracked_models
from registry.models import User


def may_see(request: HttpRequest, model: type[Model]) -> bool:
    """Return whether the user has the permission to view or change entries of the model."""
    return user_may_see(request.user, model)


def user_may_see(user: Person, model: type[Model]) -> bool:
    """Return whether somebody has the permission to view or change entries of a model."""
    name = model._meta.model_name
    return any(user.has_perm(f"registry.{action}_{name}") for action in ("view", "change"))


def may_import(user: Person) -> bool:
    """Return whether somebody may import the register, which adds and changes activities."""
    return all(user.has_perm(f"registry.{action}_processingactivity") for action in ("import", "add", "change"))


def user_of(request: HttpRequest) -> User:
    """Return the user who makes a request. Raises ``PermissionDenied`` where nobody has signed in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def require_view(request: HttpRequest, *models: type[Model]) -> None:
    """Raise ``PermissionDenied`` unless the user may see entries of all models."""
    if not all(may_see(request, model) for model in models):
        raise PermissionDenied


def require_right(request: HttpRequest, permission: str) -> None:
    """Raise ``PermissionDenied`` unless the user has a permission, such as ``registry.approve_edition``."""
    if not request.user.has_perm(permission):
        raise PermissionDenied


def reader_of(request: HttpRequest) -> LogReader:
    """Return the reader of the change log: models by their own permissions, people by that on users."""
    readable = tuple(model for model in tracked_models() if may_see(request, model))
    return LogReader(readable, people=request.user.has_perm("registry.view_user"))
