"""Sentences that explain why history does not fit its seals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import models

from registry.history.seals import Seal
from registry.history.stored import StoredRow


def model_label(model: type[models.Model]) -> str:
    """Return the English name of a model, or of the model whose history it is."""
    return str(getattr(model, "instance_type", model)._meta.verbose_name_raw)


def describe_row(model: type[models.Model], row: StoredRow) -> str:
    return f'{model_label(model)} {row["id"]} "{row["entry_name"]}": history row {row["history_id"]}'


def explain_unknown_form(key: int) -> str:
    return f"change set {key}: its seal names a form that is not kept: it was changed, or the form was."


def explain_incomplete(key: int, seal: StoredRow, change_set: StoredRow, contents: Contents) -> str:
    if change_set:
        return (
            f"change set {key} has no seal: it was added outside the register, or the seal removed. It has {contents}."
        )
    seal_too = "its seal is left, with" if seal else "so is its seal; left are"
    return f"change set {key} is gone; {seal_too} {contents}."


def explain_change(key: int, seal: StoredRow, contents: Contents, digest: str) -> str:
    if digest == seal["digest"]:
        return f'change set {key}: its seal was changed: "history rows" says {seal["row_count"]}, not {contents.count}.'
    if contents.count != seal["row_count"]:
        change = "removed from" if contents.count < seal["row_count"] else "put into"
        return (
            f"change set {key} was sealed with {seal['row_count']} history rows and has {contents.count}: history was"
            f" {change} it. It holds {contents}."
        )
    if Seal.objects.filter(previous=digest).exists():
        return f"change set {key}: its seal was changed: its digest is not the one that the next seal follows."
    if contents.contradictions:
        return f"change set {key} was changed after it was sealed: {'; '.join(contents.contradictions)}."
    says = ", ".join(f"{name}={value!r}" for name, value in contents.change_set.items() if name not in REPEATED)
    if contents.count == 1:
        return (
            f"{contents} of change set {key} was changed after it was sealed, or what only the change set says: {says}."
        )
    return f"change set {key} was changed after it was sealed: {contents}, or what only the change set says: {says}."


#: History rows that a message names.
NAMED = 10


#: The columns of a change set that its history rows repeat, with the columns of these.
REPEATED = {
    "user_id": "history_user_id",
    "user_name": "user_name",
    "created_at": "history_date",
    "reason": "history_change_reason",
}


@dataclass
class Contents:
    """What the rows of a change set contained, noted while its digest was computed."""

    change_set: StoredRow
    count: int = 0
    entries: list[str] = field(default_factory=list)
    #: The first differences between a history row and its change set in the columns that it repeats.
    contradictions: list[str] = field(default_factory=list)
    first: dict[type[models.Model], int] = field(default_factory=dict)
    last: dict[type[models.Model], int] = field(default_factory=dict)

    def passing(self, items: Iterable[tuple[int, type[models.Model], StoredRow]]) -> Iterator[tuple[str, StoredRow]]:
        for _, model, row in items:
            self.count += 1
            self.first.setdefault(model, row["history_id"])
            self.last[model] = row["history_id"]
            if len(self.entries) < NAMED:
                self.entries.append(describe_row(model, row))
            if not self.contradictions:
                self.contradictions = list(self._contradicting(model, row))
            yield str(model._meta.model_name), row

    def _contradicting(self, model: type[models.Model], row: StoredRow) -> Iterator[str]:
        for name, repeated in REPEATED.items():
            if self.change_set and self.change_set[name] != row[repeated]:
                yield f"it says {name}={self.change_set[name]!r}, but {describe_row(model, row)} says {row[repeated]!r}"

    def __str__(self) -> str:
        more = [f"{self.count - NAMED} more"] if self.count > NAMED else []
        return ", ".join([*self.entries, *more]) or "no history row"
