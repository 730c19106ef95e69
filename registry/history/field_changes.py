"""Changes of single fields, and values as pages show them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils import formats
from django.utils.translation import gettext as _

from registry.core.fields import AnyField, KeyField
from registry.history.diff import Piece, word_diff
from registry.history.row_types import AnyHistoryRow
from registry.history.tracked import Tracked

if TYPE_CHECKING:
    from registry.history.names import EntryNames

#: Characters shown of unchanged text next to a change, and of changed text.
AROUND, LONG = 60, 600


@dataclass(frozen=True)
class FieldChange:
    """Label of a field and its value before and after a change, as shown."""

    label: str
    before: str
    after: str
    #: Whether the change is shown word by word.
    prose: bool = False

    @cached_property
    def pieces(self) -> list[Piece]:
        """Return the pieces of both values, word by word for prose."""
        if self.prose:
            return word_diff(self.before, self.after)
        whole = [Piece("removed", self.before), Piece("added", self.after)]
        return [piece for piece in whole if piece.text]

    @property
    def before_pieces(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.kind != "added"]

    @property
    def after_pieces(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.kind != "removed"]

    @property
    def before_in_short(self) -> list[Piece]:
        return shorten_pieces(self.before_pieces)

    @property
    def after_in_short(self) -> list[Piece]:
        return shorten_pieces(self.after_pieces)


def shorten_pieces(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces with unchanged text cut to what is next to a change."""
    last = len(pieces) - 1
    return [Piece(kind, shorten_text(kind, text, at == 0, at == last)) for at, (kind, text) in enumerate(pieces)]


def shorten_text(kind: str, text: str, first: bool, last: bool) -> str:
    if kind != "same" or (first and last):
        return text if len(text) <= LONG else f"{text[:LONG]} …"
    if len(text) <= 2 * AROUND:
        return text
    return f"{'' if first else text[:AROUND]} … {'' if last else text[-AROUND:]}"


def shown_fields(model: type[Tracked]) -> list[AnyField]:
    """Return the fields that the history shows: all but the primary key and key fields."""
    return [
        field_ for field_ in model._meta.concrete_fields if not field_.primary_key and not isinstance(field_, KeyField)
    ]


def shown_as_stored(field_: AnyField) -> bool:
    """Return whether the history shows the stored value of a field, not the label of its choice."""
    return getattr(field_, "shown_as_stored", False)


def display_value(field_: AnyField, row: AnyHistoryRow, names: EntryNames, at: int | None = None) -> str:
    """Return a value of a history row as shown.

    What it refers to has its name as at a change set: ``at``, or that of the row.
    """
    value = getattr(row, field_.attname)
    if value is None or value == "":
        return ""
    if field_.related_model is not None:
        return names.of(field_.related_model, value, row.change_set_id if at is None else at)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime | date):
        return formats.date_format(value, "Y-m-d")
    if field_.choices and not shown_as_stored(field_):
        return str(dict(field_.flatchoices).get(value, value))
    return "\n".join(lines_of_value(value)) if isinstance(value, dict | list) else str(value)


def lines_of_value(value: dict[str, object] | list[object]) -> Iterator[str]:
    """Yield the parts of a value that has several, each as a line."""
    parts = value.items() if isinstance(value, dict) else (("", part) for part in value)
    for name, part in parts:
        text = ", ".join(map(str, part)) if isinstance(part, list) else str(part)
        yield f"{name}: {text}" if name else text
