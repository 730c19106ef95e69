"""Verification of files that history rows name by their digests: each is there, unaltered, and there are no others.

A model declares in ``history_files`` where its digests are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.functions import Length

from registry.history import stored
from registry.history.explanations import model_label
from registry.history.ownership import tracked_models
from registry.history.recording import history_of
from registry.history.stored import DoesNotFit
from registry.history.tracked import Tracked

#: Of the files that are read at once, in bytes and in number; a larger file is read by itself.
BATCH_BYTES, BATCH_FILES = 16 * 1024 * 1024, 500


def check_named_files() -> None:
    """Compare the files with the digests in all history rows, which fit their seals already. Raises ``DoesNotFit``."""
    for label, sources in declared_files().items():
        model = apps.get_model(label)
        named: dict[str, str] = {}
        for tracked, field in sources:
            for digest, source in digests_in_history(tracked, field):
                named.setdefault(digest, source)
        missing = dict(named)
        for digest in digests_of_files(model):
            if missing.pop(digest, None) is None and getattr(model, "history_append_only", False):
                raise DoesNotFit(
                    f"{model_label(model)} {digest}: no history names it, so it was added outside the register."
                )
        for digest, source in missing.items():
            raise DoesNotFit(f"{source}: the file {digest} is gone.")
        check_contents(model, named)


def declared_files() -> dict[str, list[tuple[type[Tracked], str]]]:
    """Return by model of files where their digests are: in which fields of which models."""
    declared: dict[str, list[tuple[type[Tracked], str]]] = {}
    for model in tracked_models():
        for field, label in model.history_files:
            declared.setdefault(label, []).append((model, field))
    return declared


def digests_in_history(model: type[Tracked], field: str) -> Iterator[tuple[str, str]]:
    """Yield each digest in a field of the history rows of a model, with the row that names it, in words."""
    history = history_of(model)
    needed = {"history_id", "change_set_id", "entry_name", "id", field}
    without = [each.attname for each in history._meta.concrete_fields if each.attname not in needed]
    for row in stored.stored_rows(history._base_manager.all(), "history_id", without=without):
        value = row[field]
        entry = f'change set {row["change_set_id"]}: {model_label(model)} {row["id"]} "{row["entry_name"]}"'
        for name, digest in value.items() if isinstance(value, dict) else [("", value)]:
            if digest:
                yield str(digest), f"{entry}{f' ({name})' if name else ''}"


def digests_of_files(model: type[models.Model]) -> Iterator[str]:
    key = model._meta.pk.attname
    without = [field.attname for field in model._meta.concrete_fields if field.attname != key]
    for row in stored.stored_rows(model._base_manager.all(), key, without=without):
        yield row[key]


def check_contents(model: type[models.Model], named: dict[str, str]) -> None:
    """Read the files and compute their digests. Raises ``DoesNotFit``."""
    key = model._meta.pk.attname
    for batch in batches_by_size(model):
        for row in stored.stored_rows(model._base_manager.filter(pk__in=batch), key):
            digest = row[key]
            if hashlib.sha256(row["content"]).hexdigest() != digest:
                raise DoesNotFit(f"{named.get(digest, model_label(model))}: the file {digest} was changed.")


def batches_by_size(model: type[models.Model]) -> Iterator[list[str]]:
    """Yield the digests of all files, so that those of a batch are not too large to be read at once."""
    batch: list[str] = []
    size = 0
    lengths: Any = model._base_manager.annotate(length=Length("content")).order_by("pk")
    for digest, length in lengths.values_list("pk", "length"):
        if batch and (size + length > BATCH_BYTES or len(batch) == BATCH_FILES):
            yield batch
            batch, size = [], 0
        batch.append(digest)
        size += length
    if batch:
        yield batch
