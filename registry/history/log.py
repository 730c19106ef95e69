"""The change log: all change sets, newest first, filtered, with what the reader may see of each.

For a page each history table gives the newest change sets with a matching row. The newest of all these are the page,
and then each table is read once, for that page only.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from registry.history.added_reasons import with_added_reasons
from registry.history.change_sets import ChangeSet, Source
from registry.history.entry_changes import EntryChange, load_entry_changes
from registry.history.log_filters import NoteText, RowFilter, has_text
from registry.history.log_queries import BATCH, count_rows, limited_rows, loaded_together, ordered_keys
from registry.history.logged_change_sets import SHOWN, LoggedChangeSet, LogPage
from registry.history.recording import history_of
from registry.history.row_types import HistoryRows
from registry.history.tracked import Tracked
from registry.history.undo import undone_by

#: Change sets of a page of the log.
PER_PAGE = 25
#: Entries of a page of one change set.
ENTRIES_PER_PAGE = 50
SIGN_INS = (Source.SIGN_IN, Source.SIGN_IN_FAILED, Source.SIGN_OUT)


@dataclass(frozen=True)
class LogReader:
    """What the person who reads the log may see: which models, and whether users, groups, sign-ins and exports.

    Who may not see people sees the change sets that touch an entry that they may see.
    """

    models: tuple[type[Tracked], ...]
    people: bool

    def sets(self) -> QuerySet[ChangeSet]:
        """Return the change sets that they may see, newest first."""
        sets = ChangeSet.objects.order_by("-id")
        return sets if self.people else sets.filter(self._visible())

    def _visible(self) -> Q:
        """Return the condition for change sets with an entry that they may see, or that give a reason for one."""
        visible = Q(pk__in=[])
        for model in self.models:
            rows = history_of(model).objects
            visible |= Q(Exists(rows.filter(change_set=OuterRef("pk"))))
            visible |= Q(Exists(rows.filter(change_set=OuterRef("adds_reason__about"))), source=Source.NOTE)
        return visible


@dataclass(frozen=True)
class ChangeLog:
    """The change log of a reader: the change sets among ``sets`` with a history row that matches ``rows``."""

    reader: LogReader
    sets: QuerySet[ChangeSet]
    rows: RowFilter = field(default_factory=RowFilter)
    #: Whether ``sets`` lacks change sets that the reader may see.
    narrowed: bool = False

    # --- the change sets of a page -----------------------------------------------------------------------------------

    def page(self, *, older: int | None = None, newer: int | None = None) -> LogPage:
        """Return the newest change sets, those before the change set ``older``, or those after ``newer``."""
        if newer is not None:
            ids = self._keys(PER_PAGE + 1, {"gt": newer}, newest_first=False)
            keys, more_newer, more_older = ids[:PER_PAGE][::-1], len(ids) > PER_PAGE, True
        else:
            ids = self._keys(PER_PAGE + 1, {} if older is None else {"lt": older})
            keys, more_newer, more_older = ids[:PER_PAGE], older is not None, len(ids) > PER_PAGE
        return LogPage(
            self._logged(keys),
            older=keys[-1] if keys and more_older else None,
            newer=keys[0] if keys and more_newer else None,
        )

    def everything(self) -> Iterator[LoggedChangeSet]:
        """Yield all change sets with all entries, loaded in batches; one with many entries comes in parts."""
        bounds: dict[str, int] = {}
        while keys := self._keys(BATCH, bounds):
            for change_sets in loaded_together(self._without_entries(keys)):
                yield from self._with_entries(change_sets)
            bounds = {"lt": keys[-1]}

    def _keys(self, limit: int, bounds: dict[str, int], *, newest_first: bool = True) -> list[int]:
        """Return the keys of the first matching change sets, taken from the first ones of each table."""
        sets = self.sets.filter(**{f"id__{bound}": key for bound, key in bounds.items()})
        if not self.rows:
            return list(ordered_keys(sets, "id", newest_first)[:limit])
        keys = set(ordered_keys(self._noted(sets), "id", newest_first)[:limit])
        for rows in self._matching(few=False).values():
            within = rows.filter(**{f"change_set_id__{bound}": key for bound, key in bounds.items()})
            if self.narrowed:
                within = within.filter(change_set_id__in=self.sets.order_by().values("id"))
            keys |= set(ordered_keys(within, "change_set_id", newest_first).distinct()[:limit])
        return sorted(keys, reverse=newest_first)[:limit]

    def _matching(self, *, few: bool = True) -> dict[type[Tracked], HistoryRows]:
        """Return the matching history rows, by model that the reader may see."""
        return {model: history_of(model).objects.filter(where) for model, where in self._where(few=few).items()}

    def _where(self, *, few: bool = True) -> dict[type[Tracked], Q]:
        wheres = ((model, self.rows.where(model, few=few)) for model in self.reader.models)
        return {model: where for model, where in wheres if where is not None}

    def _noted(self, sets: QuerySet[ChangeSet]) -> QuerySet[ChangeSet]:
        """Return the change sets with matching notes about users and groups."""
        if not self.reader.people or not self.rows.may_be_notes:
            return sets.none()
        noted = sets.filter(details__has_key="notes")
        return noted.alias(noted=NoteText("details")).filter(has_text("noted", self.rows.text))

    def listed(self, limit: int, shown: int = SHOWN) -> list[LoggedChangeSet]:
        """Return the newest change sets with their first entries, at most ``shown`` of each."""
        return self._logged(self._keys(limit, {}), shown)

    # --- their entries -------------------------------------------------------------------------------------------

    def _logged(self, keys: Sequence[int], shown: int = SHOWN) -> list[LoggedChangeSet]:
        change_sets = self._without_entries(keys)
        by_key = {logged.change_set.pk: logged for logged in change_sets}
        for key, entry in load_entry_changes(self._first_rows(change_sets, shown)):
            if len(by_key[key].entries) < shown:
                by_key[key].entries.append(entry)
        return change_sets

    def _without_entries(self, keys: Sequence[int]) -> list[LoggedChangeSet]:
        """Return the change sets with the numbers of their entries, in four queries."""
        sets = with_added_reasons(ChangeSet.objects.select_related("seal")).in_bulk(keys)
        totals, matching = count_rows(self._where(), keys)
        undone = undone_by(keys)
        return [self._with_counts(sets[key], totals[key], matching[key], undone.get(key)) for key in keys]

    def _with_counts(
        self,
        change_set: ChangeSet,
        totals: dict[type[Tracked], int],
        matching: dict[type[Tracked], int],
        undone: ChangeSet | None,
    ) -> LoggedChangeSet:
        visible = {model: totals[model] for model in self.reader.models if model in totals}
        counts = Counter({model: matching[model] for model in visible if model in matching})
        notes: list[dict[str, str]] = change_set.details.get("notes", [])
        matching_notes = [note for note in notes if self.rows.match_note(note)] if self.reader.people else []
        hidden_notes = 0 if self.reader.people else len(notes)
        return LoggedChangeSet(
            change_set=change_set,
            notes=matching_notes,
            counts=counts,
            hidden=sum(totals.values()) - sum(visible.values()) + hidden_notes,
            others=sum(visible.values()) - counts.total() + len(notes) - hidden_notes - len(matching_notes),
            people=self.reader.people,
            undone_by=undone,
        )

    def _first_rows(self, change_sets: Sequence[LoggedChangeSet], shown: int) -> list[HistoryRows]:
        """Return the first history rows of each change set, from the tables that the first entries are in.

        A change set may have thousands.
        """
        keys_by_model: defaultdict[type[Tracked], list[int]] = defaultdict(list)
        for logged in change_sets:
            for model in logged.models_of_first_entries(shown):
                keys_by_model[model].append(logged.change_set.pk)
        matching = {model: where for model, where in self._where().items() if model in keys_by_model}
        many = [logged.change_set.pk for logged in change_sets if logged.has_more_than(shown)]
        last = self._last_shown(matching, many, shown)
        return [
            history_of(model).objects.filter(where, limited_rows(last, model, keys_by_model[model]))
            for model, where in matching.items()
        ]

    def _last_shown(
        self, matching: dict[type[Tracked], Q], keys: Sequence[int], shown: int
    ) -> dict[int, dict[str, int]]:
        """Return by change set the number of the last history row to show in each table, where there are more."""
        if not keys:
            return {}
        limits = {
            str(model._meta.model_name): Subquery(
                history_of(model)
                .objects.filter(where, change_set_id=OuterRef("pk"))
                .order_by("history_id")
                .values("history_id")[shown - 1 : shown]
            )
            for model, where in matching.items()
        }
        sets = ChangeSet.objects.filter(pk__in=keys).annotate(**limits)
        return {row["pk"]: row for row in sets.values("pk", *limits)}

    def _with_entries(self, change_sets: Sequence[LoggedChangeSet]) -> Iterator[LoggedChangeSet]:
        if len(change_sets) == 1:
            yield from self._in_parts(change_sets[0])
            return
        by_key = {logged.change_set.pk: logged for logged in change_sets}
        rows = [queryset.filter(change_set_id__in=by_key) for queryset in self._matching().values()]
        for key, entry in load_entry_changes(rows):
            by_key[key].entries.append(entry)
        yield from change_sets

    def _in_parts(self, logged: LoggedChangeSet) -> Iterator[LoggedChangeSet]:
        notes, logged.notes = logged.notes, []
        total = logged.entry_count
        for start in range(0, max(total, 1), BATCH):
            part = self.part(logged, start, start + BATCH)
            yield LoggedChangeSet(
                logged.change_set, part, notes if start == 0 else [], logged.counts, people=logged.people
            )

    # --- one change set ------------------------------------------------------------------------------------------

    def logged(self, key: int, start: int = 0) -> LoggedChangeSet | None:
        """Return one change set with a page of its entries from ``start`` on, None where the reader may not see it."""
        if not self.sets.filter(pk=key).exists():
            return None
        (logged,) = self._without_entries([key])
        logged.entries = self.part(logged, start, start + ENTRIES_PER_PAGE)
        return logged

    def part(self, logged: LoggedChangeSet, start: int, end: int) -> list[EntryChange]:
        """Return the entries of a change set from one number to another, counted over all models."""
        querysets: list[HistoryRows] = []
        for model, rows in self._matching().items():
            count = logged.counts[model]
            first, last = max(start, 0), min(end, count)
            if first < last:
                numbers = rows.filter(change_set_id=logged.change_set.pk).order_by("history_id").values("history_id")
                querysets.append(history_of(model).objects.filter(history_id__in=numbers[first:last]))
            start, end = start - count, end - count
        return [entry for _key, entry in load_entry_changes(querysets)]


def neighbours(reader: LogReader, key: int) -> tuple[int | None, int | None]:
    """Return the keys of the change sets before and after one, among those that the reader may see."""
    sets = reader.sets()
    before = sets.filter(id__lt=key).values_list("id", flat=True).first()
    after = sets.filter(id__gt=key).order_by("id").values_list("id", flat=True).first()
    return before, after
