"""System checks that models, relations and managers keep history, and that databases have their triggers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 - Django's name for it
from django.db import connections, models

from registry.core.fields import AnyField
from registry.history.ownership import tracked_models
from registry.history.querysets import TrackedQuerySet
from registry.history.recording import HistoryRow, history_of
from registry.history.tables import replaced_tables
from registry.history.tracked import Tracked
from registry.history.triggers import unprotected_tables


def check_triggers(databases: Sequence[str] | None = None, **kwargs: object) -> list[CheckMessage]:
    """Warn of missing triggers. An error would keep ``migrate`` from installing them, because it runs checks first."""
    unprotected = {alias: unprotected_tables(connections[alias]) for alias in databases or ()}
    return [
        Warning(
            f"History can be changed in the database {alias!r}: no append-only triggers on {', '.join(names)}.",
            hint="Run manage.py migrate, which installs them, then manage.py verify_history.",
            id="registry.W001",
        )
        for alias, names in unprotected.items()
        if names
    ]


def check_relations(databases: Sequence[str] | None = None, **kwargs: object) -> list[CheckMessage]:
    return [
        Warning(
            f"The database {alias!r} has altered tables: {', '.join(names)}.",
            hint="They are views, or have rules, policies or computed columns. Compare with a backup.",
            id="registry.W002",
        )
        for alias, names in ((alias, replaced_tables(connections[alias])) for alias in databases or ())
        if names
    ]


def check_models(**kwargs: object) -> list[CheckMessage]:
    messages = [*untracked()]
    for tracked in tracked_models():
        messages += [*unrecorded_fields(tracked), *silent_managers(tracked), *undeclared_owners(tracked)]
    for model in apps.get_models(include_auto_created=True):
        messages += silent_relations(model)
    return messages


def untracked() -> Iterator[CheckMessage]:
    for model in apps.get_app_config("registry").get_models():
        if not hasattr(model, "history_untracked_because") and not issubclass(model, Tracked | HistoryRow):
            yield Error(
                f"{model.__name__} has no history.",
                hint="Derive it from registry.models.Tracked, or give the reason in history_untracked_because.",
                obj=model,
                id="registry.E002",
            )


def unrecorded_fields(model: type[Tracked]) -> Iterator[CheckMessage]:
    recorded = {field.attname for field in history_of(model)._meta.concrete_fields}
    for field in model._meta.concrete_fields:
        if field.attname not in recorded:
            yield Error(
                "The history of the model omits this field.",
                hint="Remove it from excluded_fields, so that the history shows every change.",
                obj=field,
                id="registry.E003",
            )


def silent_managers(model: type[Tracked]) -> Iterator[CheckMessage]:
    for manager in {model._base_manager, model._default_manager, *model._meta.managers}:
        if not isinstance(manager.get_queryset(), TrackedQuerySet):
            yield Error(
                f"{model.__name__}.{manager.name} could write without history.",
                hint='Build it from a TrackedQuerySet, with base_manager_name = "objects" in Meta.',
                obj=model,
                id="registry.E004",
            )


def silent_relations(model: type[models.Model]) -> Iterator[CheckMessage]:
    if issubclass(model, HistoryRow):
        return
    for field in [*model._meta.local_fields, *model._meta.local_many_to_many, *model._meta.private_fields]:
        related: Any = field.related_model
        if not isinstance(related, type) or not (issubclass(model, Tracked) or issubclass(related, Tracked)):
            continue
        if getattr(model, "history_derived", False):  # computed from the entries
            continue
        if stays_as_it_is(model, field):
            continue
        if not isinstance(field, models.ForeignKey):
            yield Error(
                f"A {type(field).__name__} from or to a model with history would change without leaving any.",
                hint="Make the link a model derived from Tracked, with two foreign keys.",
                obj=field,
                id="registry.E005",
            )
        elif field.remote_field.on_delete not in allowed_on_delete(model, related):
            yield Error(
                f"Deleting a {related.__name__} would change {model.__name__} without leaving history.",
                hint="Use on_delete=PROTECT, or CASCADE between two models with history.",
                obj=field,
                id="registry.E006",
            )


def stays_as_it_is(model: type[models.Model], field: AnyField) -> bool:
    """Return whether a reference from outside the register stays as it is when the entry is deleted."""
    loose = on_delete(field) is models.DO_NOTHING and not getattr(field, "db_constraint", True)
    return loose and not issubclass(model, Tracked)


def undeclared_owners(model: type[Tracked]) -> Iterator[CheckMessage]:
    """Yield the fields where ``belongs_to`` and the rule of deletion disagree."""
    declared = set(model.belongs_to)
    for field in model._meta.local_fields:
        related: Any = field.related_model
        goes_along = isinstance(related, type) and issubclass(related, Tracked) and on_delete(field) is models.CASCADE
        if goes_along != (field.name in declared):
            yield Error(
                "belongs_to and on_delete disagree about this field.",
                hint="An entry is deleted with the one it belongs to: on_delete=CASCADE, and the field in belongs_to.",
                obj=field,
                id="registry.E007",
            )


def on_delete(field: AnyField) -> Callable[..., object] | None:
    return getattr(field.remote_field, "on_delete", None)


def allowed_on_delete(model: type[models.Model], related: type[models.Model]) -> set[Callable[..., object]]:
    both = issubclass(model, Tracked) and issubclass(related, Tracked)
    return {models.PROTECT, models.CASCADE} if both else {models.PROTECT}
