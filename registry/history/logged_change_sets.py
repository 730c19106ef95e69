"""Change sets as the change log lists them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from registry.history.change_sets import ChangeSet
from registry.history.entry_changes import EntryChange
from registry.history.merges import MERGED
from registry.history.program_texts import shown_counts, shown_detail
from registry.history.tracked import Tracked

#: Entries shown of a change set; its own page has all of them.
SHOWN = 10


#: Details that are not listed: changes to users and groups are shown as notes.
INTERNAL_DETAILS = {"notes", "people", "base_line", "file_kept", "answers"}


DETAIL_LABELS = {
    "file": _("file"),
    "sha256": _("digest of the file (SHA-256)"),
    "counts": _("rows"),
    "format": _("format"),
    "rows": _("rows shown"),
    "of": _("what was exported"),
    "day": _("as at the end of"),
    "state": _("state of the history (digest)"),
    "tried": _("name tried"),
    "wrong": _("what was wrong"),
    "undone": _("change set undone"),
    MERGED: _("went into another entry"),
    "noted": _("note on change set"),
    "ended": _("why it ended"),
    "entry": _("entry"),
    "history_row": _("restored from history row"),
}


@dataclass
class LoggedChangeSet:
    """A change set with its matching entries, as far as loaded, and the numbers of the others."""

    change_set: ChangeSet
    entries: list[EntryChange] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)
    #: The number of matching entries of each model.
    counts: Counter[type[Tracked]] = field(default_factory=Counter)
    #: The number of entries and notes that the reader may not see.
    hidden: int = 0
    #: The number of entries and notes that the reader may see but that do not match.
    others: int = 0
    people: bool = False
    #: The change set that undid it.
    undone_by: ChangeSet | None = None

    @property
    def entry_count(self) -> int:
        return self.counts.total()

    @property
    def total(self) -> int:
        return self.entry_count + len(self.notes)

    @property
    def more(self) -> int:
        return self.entry_count - len(self.entries)

    def models_of_first_entries(self, shown: int) -> Iterator[type[Tracked]]:
        """Yield the models among the first matching entries, which come model by model."""
        before = 0
        for model, number in self.counts.items():
            if number and before < shown:
                yield model
            before += number

    def has_more_than(self, shown: int) -> bool:
        """Return whether there are more matching entries of a model than are shown."""
        return any(number > shown for number in self.counts.values())

    @property
    def summary(self) -> list[tuple[str, int]]:
        return [(str(model._meta.verbose_name), number) for model, number in self.counts.items()]

    @property
    def details(self) -> list[tuple[str, Any]]:
        details = self.change_set.details.items()
        return [
            (str(DETAIL_LABELS.get(key, key)), DETAIL_TEXTS.get(key, shown_detail)(value))
            for key, value in details
            if key not in INTERNAL_DETAILS and value not in (None, "")
        ]

    @property
    def digest(self) -> str:
        seal = getattr(self.change_set, "seal", None)
        return seal.digest if seal else ""


#: How the value of a detail is shown, where not as it is recorded.
DETAIL_TEXTS: dict[str, Callable[[Any], object]] = {
    "counts": shown_counts,
    MERGED: lambda merges: ", ".join(each["name"] for each in merges),
}


@dataclass(frozen=True)
class LogPage:
    change_sets: list[LoggedChangeSet]
    #: The change sets from which older and newer pages continue, None where there are none.
    older: int | None
    newer: int | None
