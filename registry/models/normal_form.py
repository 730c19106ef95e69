"""Conversion of texts that an older release wrote into their present normal form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.migrations import Migration

from registry.core.fields import CleanTextField, KeyField
from registry.history.change_sets import Source, change_set
from registry.history.keyset import in_pages
from registry.history.ownership import tracked_models
from registry.history.seals import values_of
from registry.history.tracked import Tracked

REASON = "Texts brought into one form: letters composed, invisible characters taken away"
#: The migration after which texts have this form.
SINCE = "0013_possible_days_and_numbers"


def after_migrate(using: str, plan: Sequence[tuple[Migration, bool]] = (), **kwargs: object) -> None:
    """Convert texts once, after the migration that introduced their form in an older database."""
    names = {migration.name for migration, backwards in plan if migration.app_label == "registry" and not backwards}
    if SINCE in names and "0001_initial" not in names:
        with transaction.atomic(using=using):
            bring_into_normal_form()


def bring_into_normal_form() -> int:
    """Convert texts in one change set, and return how many entries changed.

    Entries that would violate a constraint, such as becoming equal to another, are left to the findings.
    """
    count = 0
    with change_set(source=Source.COMMAND, reason=REASON):
        for model in tracked_models():
            texts = [field for field in model._meta.concrete_fields if isinstance(field, CleanTextField | KeyField)]
            changed = [entry for entry in entries_to_change(model) if may_be_written(entry)]
            if changed:
                count += model._default_manager.bulk_update(changed, [field.name for field in texts])
    return count


def entries_to_change(model: type[Tracked]) -> Iterator[Tracked]:
    for entry in in_pages(model._default_manager.all(), "pk"):
        stored = values_of(entry)
        if entry.changed_fields(stored):
            yield entry


def may_be_written(entry: Tracked) -> bool:
    try:
        entry.validate_unique()
        entry.validate_constraints()
    except ValidationError:
        return False
    return True
