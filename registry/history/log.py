"""All change sets, newest first: which of them, what each changed, and how much of it the reader may see.

One page over all history tables: each table gives the newest change sets in which it has a row that is asked for, the
newest of all these are the page, and then each table is read once for that page only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from registry.history.change_sets import ChangeSet, Source
from registry.history.entry_changes import EntryChange, load_entry_changes
from registry.history.log_filters import NoteText, RowFilter, has_text
from registry.history.log_queries import BATCH, count_rows, in_batches, limited_rows, ordered_keys
from registry.history.logged_change_sets import SHOWN, LoggedChangeSet, LogPage, has_many
from registry.history.recording import history_of
from registry.history.tracked import Tracked

PER_PAGE = 25
ENTRIES_PER_PAGE = 50
SIGN_INS = (Source.SIGN_IN, Source.SIGN_IN_FAILED, Source.SIGN_OUT)


@dataclass(frozen=True)
class LogReader:
    """Who asks: the kinds of entry that they may look at, and whether they may look at people."""

    models: Sequence[type[Tracked]]
    people: bool

    def sets(self) -> QuerySet[ChangeSet]:
        sets = ChangeSet.objects.order_by("-id")
        return sets if self.people else sets.exclude(source__in=SIGN_INS)


@dataclass(frozen=True)
class ChangeLog:
    """``sets`` are the acts asked for, ``rows`` what they have to have changed."""

    reader: LogReader
    sets: QuerySet[ChangeSet]
    rows: RowFilter = field(default_factory=RowFilter)
    #: Whether ``sets`` leaves out acts that the reader may see.
    narrowed: bool = False

    # --- which -----------------------------------------------------------------------------------------------------

    def page(self, *, older: int | None = None, newer: int | None = None) -> LogPage:
        """The newest acts, or those before ``older``, or those after ``newer``."""
        if newer is not None:
            found = self._keys(PER_PAGE + 1, {"gt": newer}, newest_first=False)
            keys, more_newer, more_older = found[:PER_PAGE][::-1], len(found) > PER_PAGE, True
        else:
            found = self._keys(PER_PAGE + 1, {} if older is None else {"lt": older})
            keys, more_newer, more_older = found[:PER_PAGE], older is not None, len(found) > PER_PAGE
        return LogPage(
            self._logged(keys),
            older=keys[-1] if keys and more_older else None,
            newer=keys[0] if keys and more_newer else None,
        )

    def everything(self) -> Iterator[LoggedChangeSet]:
        """All acts with all their entries, batch by batch: an act with many comes in several parts."""
        bounds: dict[str, int] = {}
        while keys := self._keys(BATCH, bounds):
            for acts in in_batches(self._without_entries(keys)):
                yield from self._with_entries(acts)
            bounds = {"lt": keys[-1]}

    def _keys(self, limit: int, bounds: dict[str, int], *, newest_first: bool = True) -> list[int]:
        """The change sets asked for: from each table as many as there are on a page, and of these the first."""
        sets = self.sets.filter(**{f"id__{bound}": key for bound, key in bounds.items()})
        if not self.rows:
            return list(ordered_keys(sets, "id", newest_first)[:limit])
        found = set(ordered_keys(self._noted(sets), "id", newest_first)[:limit])
        for rows in self._matching(few=False).values():
            within = rows.filter(**{f"change_set_id__{bound}": key for bound, key in bounds.items()})
            if self.narrowed:
                within = within.filter(change_set_id__in=self.sets.order_by().values("id"))
            found |= set(ordered_keys(within, "change_set_id", newest_first).distinct()[:limit])
        return sorted(found, reverse=newest_first)[:limit]

    def _matching(self, *, few: bool = True) -> dict[type[Tracked], QuerySet[Any]]:
        """The history rows asked for, of the kinds that the reader may look at."""
        return {model: history_of(model).objects.filter(where) for model, where in self._where(few=few).items()}

    def _where(self, *, few: bool = True) -> dict[type[Tracked], Q]:
        wheres = ((model, self.rows.where(model, few=few)) for model in self.reader.models)
        return {model: where for model, where in wheres if where is not None}

    def _noted(self, sets: QuerySet[ChangeSet]) -> QuerySet[ChangeSet]:
        """Those of the acts with notes about people that are asked for."""
        if not self.reader.people or not self.rows.may_be_notes:
            return sets.none()
        noted = sets.filter(details__has_key="notes")
        return noted.alias(noted=NoteText("details")).filter(has_text("noted", self.rows.text))

    # --- what ------------------------------------------------------------------------------------------------------

    def _logged(self, keys: Sequence[int]) -> list[LoggedChangeSet]:
        acts = self._without_entries(keys)
        by_key = {act.change_set.pk: act for act in acts}
        for key, entry in load_entry_changes(self._first_rows(acts)):
            if len(by_key[key].entries) < SHOWN:
                by_key[key].entries.append(entry)
        return acts

    def _without_entries(self, keys: Sequence[int]) -> list[LoggedChangeSet]:
        """The acts with their numbers, in two queries."""
        sets = ChangeSet.objects.select_related("seal").in_bulk(keys)
        of_all, asked = count_rows(self._where(), keys)
        return [self._with_counts(sets[key], of_all[key], asked[key]) for key in keys]

    def _with_counts(
        self, change_set: ChangeSet, of_all: dict[type[Tracked], int], asked: dict[type[Tracked], int]
    ) -> LoggedChangeSet:
        visible = {model: of_all[model] for model in self.reader.models if model in of_all}
        counts = Counter({model: asked[model] for model in visible if model in asked})
        notes: list[dict[str, str]] = change_set.details.get("notes", [])
        shown = [note for note in notes if self.rows.match_note(note)] if self.reader.people else []
        unseen = 0 if self.reader.people else len(notes)
        return LoggedChangeSet(
            change_set=change_set,
            notes=shown,
            counts=counts,
            hidden=sum(of_all.values()) - sum(visible.values()) + unseen,
            others=sum(visible.values()) - counts.total() + len(notes) - unseen - len(shown),
            people=self.reader.people,
        )

    def _first_rows(self, acts: Sequence[LoggedChangeSet]) -> list[QuerySet[Any]]:
        """Of each act the first rows of each table: an act may have thousands."""
        matching = {model: where for model, where in self._where().items() if any(act.counts[model] for act in acts)}
        last = self._last_shown(matching, [act.change_set.pk for act in acts if has_many(act)])
        return [
            history_of(model).objects.filter(
                where, limited_rows(last, model, [act.change_set.pk for act in acts if act.counts[model]])
            )
            for model, where in matching.items()
        ]

    def _last_shown(self, matching: dict[type[Tracked], Q], keys: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Of each of these acts the last history row of each table that the list shows, where there are more."""
        if not keys:
            return {}
        limits = {
            str(model._meta.model_name): Subquery(
                history_of(model)
                .objects.filter(where, change_set_id=OuterRef("pk"))
                .order_by("history_id")
                .values("history_id")[SHOWN - 1 : SHOWN]
            )
            for model, where in matching.items()
        }
        sets = ChangeSet.objects.filter(pk__in=keys).annotate(**limits)
        return {row["pk"]: row for row in sets.values("pk", *limits)}

    def _with_entries(self, acts: Sequence[LoggedChangeSet]) -> Iterator[LoggedChangeSet]:
        if len(acts) == 1:
            yield from self._in_parts(acts[0])
            return
        by_key = {act.change_set.pk: act for act in acts}
        rows = [queryset.filter(change_set_id__in=by_key) for queryset in self._matching().values()]
        for key, entry in load_entry_changes(rows):
            by_key[key].entries.append(entry)
        yield from acts

    def _in_parts(self, act: LoggedChangeSet) -> Iterator[LoggedChangeSet]:
        notes, act.notes = act.notes, []
        total = act.entry_count
        for start in range(0, max(total, 1), BATCH):
            part = self.part(act, start, start + BATCH)
            yield LoggedChangeSet(act.change_set, part, notes if start == 0 else [], act.counts, people=act.people)

    # --- one -------------------------------------------------------------------------------------------------------

    def logged(self, key: int, start: int = 0) -> LoggedChangeSet | None:
        """One act with a page of its entries."""
        if not self.sets.filter(pk=key).exists():
            return None
        (act,) = self._without_entries([key])
        act.entries = self.part(act, start, start + ENTRIES_PER_PAGE)
        return act

    def part(self, act: LoggedChangeSet, start: int, end: int) -> list[EntryChange]:
        """The entries from one number to another, as the kinds follow one another."""
        wanted: list[QuerySet[Any]] = []
        for model, rows in self._matching().items():
            count = act.counts[model]
            first, last = max(start, 0), min(end, count)
            if first < last:
                numbers = rows.filter(change_set_id=act.change_set.pk).order_by("history_id").values("history_id")
                wanted.append(history_of(model).objects.filter(history_id__in=numbers[first:last]))
            start, end = start - count, end - count
        return [entry for _key, entry in load_entry_changes(wanted)]


def neighbours(reader: LogReader, key: int) -> tuple[int | None, int | None]:
    """The acts before and after one, among those that the reader may look at."""
    sets = reader.sets()
    before = sets.filter(id__lt=key).values_list("id", flat=True).first()
    after = sets.filter(id__gt=key).order_by("id").values_list("id", flat=True).first()
    return before, after
