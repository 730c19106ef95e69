"""All change sets, newest first: which of them, what each changed, and how much of it the reader may see.

One page over all history tables: each table gives the newest change sets in which it has a row that is asked for, the
newest of all these are the page, and then each table is read once for that page only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.utils.translation import gettext_lazy as _

from registry.history.change_sets import ChangeSet, Source
from registry.history.log_filters import NoteText, Rows, has_text
from registry.history.ownership import tracked_models
from registry.history.timeline import EntryChange, entries
from registry.history.tracked import Tracked, history_of

PER_PAGE = 25
#: How many entries of an act the list shows; the act's own page has the rest.
SHOWN = 10
ENTRIES_PER_PAGE = 50
#: How many history rows an export holds at a time.
BATCH = 500
SIGN_INS = (Source.SIGN_IN, Source.SIGN_IN_FAILED, Source.SIGN_OUT)

#: What details hold for the program: changes to people have a list of their own.
UNTOLD = {"notes", "people", "base_line", "file_kept"}
DETAILS = {
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
    "entry": _("entry"),
    "history_row": _("restored from history row"),
}


@dataclass(frozen=True)
class Reader:
    """Who asks: the kinds of entry that they may look at, and whether they may look at people."""

    models: Sequence[type[Tracked]]
    people: bool

    def sets(self) -> QuerySet[ChangeSet]:
        sets = ChangeSet.objects.order_by("-id")
        return sets if self.people else sets.exclude(source__in=SIGN_INS)


@dataclass
class LoggedAct:
    """An act with those of its entries that are asked for, as far as they are loaded, and what else it holds."""

    change_set: ChangeSet
    entries: list[EntryChange] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)
    #: How many entries of each kind are asked for.
    counts: Counter[type[Tracked]] = field(default_factory=Counter)
    #: Entries of kinds that the reader may not look at, and notes about people.
    hidden: int = 0
    #: Entries and notes that the reader may look at and did not ask for.
    others: int = 0
    people: bool = False

    @property
    def entry_count(self) -> int:
        return self.counts.total()

    @property
    def total(self) -> int:
        return self.entry_count + len(self.notes)

    @property
    def more(self) -> int:
        return self.entry_count - len(self.entries)

    @property
    def summary(self) -> list[tuple[str, int]]:
        return [(str(model._meta.verbose_name), number) for model, number in self.counts.items()]

    @property
    def details(self) -> list[tuple[str, Any]]:
        told = self.change_set.details.items()
        return [
            (str(DETAILS.get(key, key)), value) for key, value in told if key not in UNTOLD and value not in (None, "")
        ]

    @property
    def digest(self) -> str:
        seal = getattr(self.change_set, "seal", None)
        return seal.digest if seal else ""


@dataclass(frozen=True)
class LogPage:
    acts: list[LoggedAct]
    #: Change sets to go on from, where there are more.
    older: int | None
    newer: int | None


@dataclass(frozen=True)
class ChangeLog:
    """``sets`` are the acts asked for, ``rows`` what they have to have changed."""

    reader: Reader
    sets: QuerySet[ChangeSet]
    rows: Rows = field(default_factory=Rows)
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
            self._acts(keys),
            older=keys[-1] if keys and more_older else None,
            newer=keys[0] if keys and more_newer else None,
        )

    def everything(self) -> Iterator[LoggedAct]:
        """All acts with all their entries, batch by batch: an act with many comes in several parts."""
        bounds: dict[str, int] = {}
        while keys := self._keys(BATCH, bounds):
            for acts in batches(self._bare(keys)):
                yield from self._whole(acts)
            bounds = {"lt": keys[-1]}

    def _keys(self, limit: int, bounds: dict[str, int], *, newest_first: bool = True) -> list[int]:
        """The change sets asked for: from each table as many as there are on a page, and of these the first."""
        sets = self.sets.filter(**{f"id__{bound}": key for bound, key in bounds.items()})
        if not self.rows:
            return list(in_order(sets, "id", newest_first)[:limit])
        found = set(in_order(self._noted(sets), "id", newest_first)[:limit])
        for rows in self._matching(few=False).values():
            within = rows.filter(**{f"change_set_id__{bound}": key for bound, key in bounds.items()})
            if self.narrowed:
                within = within.filter(change_set_id__in=self.sets.order_by().values("id"))
            found |= set(in_order(within, "change_set_id", newest_first).distinct()[:limit])
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

    def _acts(self, keys: Sequence[int]) -> list[LoggedAct]:
        acts = self._bare(keys)
        by_key = {act.change_set.pk: act for act in acts}
        for key, entry in entries(self._first_rows(acts)):
            if len(by_key[key].entries) < SHOWN:
                by_key[key].entries.append(entry)
        return acts

    def _bare(self, keys: Sequence[int]) -> list[LoggedAct]:
        """The acts with their numbers, in two queries."""
        sets = ChangeSet.objects.select_related("seal").in_bulk(keys)
        of_all, asked = counted(self._where(), keys)
        return [self._act(sets[key], of_all[key], asked[key]) for key in keys]

    def _act(
        self, change_set: ChangeSet, of_all: dict[type[Tracked], int], asked: dict[type[Tracked], int]
    ) -> LoggedAct:
        visible = {model: of_all[model] for model in self.reader.models if model in of_all}
        counts = Counter({model: asked[model] for model in visible if model in asked})
        notes: list[dict[str, str]] = change_set.details.get("notes", [])
        shown = [note for note in notes if self.rows.match_note(note)] if self.reader.people else []
        unseen = 0 if self.reader.people else len(notes)
        return LoggedAct(
            change_set=change_set,
            notes=shown,
            counts=counts,
            hidden=sum(of_all.values()) - sum(visible.values()) + unseen,
            others=sum(visible.values()) - counts.total() + len(notes) - unseen - len(shown),
            people=self.reader.people,
        )

    def _first_rows(self, acts: Sequence[LoggedAct]) -> list[QuerySet[Any]]:
        """Of each act the first rows of each table: an act may have thousands."""
        matching = {model: where for model, where in self._where().items() if any(act.counts[model] for act in acts)}
        last = self._last_shown(matching, [act.change_set.pk for act in acts if has_many(act)])
        return [
            history_of(model).objects.filter(
                where, up_to(last, model, [act.change_set.pk for act in acts if act.counts[model]])
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

    def _whole(self, acts: Sequence[LoggedAct]) -> Iterator[LoggedAct]:
        if len(acts) == 1:
            yield from self._in_parts(acts[0])
            return
        by_key = {act.change_set.pk: act for act in acts}
        rows = [queryset.filter(change_set_id__in=by_key) for queryset in self._matching().values()]
        for key, entry in entries(rows):
            by_key[key].entries.append(entry)
        yield from acts

    def _in_parts(self, act: LoggedAct) -> Iterator[LoggedAct]:
        notes, act.notes = act.notes, []
        total = act.entry_count
        for start in range(0, max(total, 1), BATCH):
            part = self.part(act, start, start + BATCH)
            yield LoggedAct(act.change_set, part, notes if start == 0 else [], act.counts, people=act.people)

    # --- one -------------------------------------------------------------------------------------------------------

    def act(self, key: int, start: int = 0) -> LoggedAct | None:
        """One act with a page of its entries."""
        if not self.sets.filter(pk=key).exists():
            return None
        (act,) = self._bare([key])
        act.entries = self.part(act, start, start + ENTRIES_PER_PAGE)
        return act

    def part(self, act: LoggedAct, start: int, end: int) -> list[EntryChange]:
        """The entries from one number to another, as the kinds follow one another."""
        wanted: list[QuerySet[Any]] = []
        for model, rows in self._matching().items():
            count = act.counts[model]
            first, last = max(start, 0), min(end, count)
            if first < last:
                numbers = rows.filter(change_set_id=act.change_set.pk).order_by("history_id").values("history_id")
                wanted.append(history_of(model).objects.filter(history_id__in=numbers[first:last]))
            start, end = start - count, end - count
        return [entry for _key, entry in entries(wanted)]


def in_order(rows: QuerySet[Any], key: str, newest_first: bool) -> QuerySet[Any]:
    return rows.order_by(f"-{key}" if newest_first else key).values_list(key, flat=True)


def has_many(act: LoggedAct) -> bool:
    return any(number > SHOWN for number in act.counts.values())


def up_to(last: dict[int, dict[str, Any]], model: type[Tracked], keys: Sequence[int]) -> Q:
    """The rows of each change set up to its limit, where it has one."""
    limits = {key: last.get(key, {}).get(str(model._meta.model_name)) for key in keys}
    where = Q(change_set_id__in=[key for key, limit in limits.items() if limit is None])
    for key, limit in limits.items():
        if limit is not None:
            where |= Q(change_set_id=key, history_id__lte=limit)
    return where


Numbers = dict[int, dict[type[Tracked], int]]


def counted(asked_for: dict[type[Tracked], Q], keys: Sequence[int]) -> tuple[Numbers, Numbers]:
    """How many rows of each kind each change set has, and how many of these are asked for, in one query."""
    by_name = {str(model._meta.model_name): model for model in tracked_models()}
    of_all: Numbers = {key: {} for key in keys}
    asked: Numbers = {key: {} for key in keys}
    parts = [
        history_of(model)
        .objects.filter(change_set_id__in=keys)
        .order_by()
        .values("change_set_id")
        .annotate(
            kind=Value(name, models.TextField()),
            number=Count("*"),
            asked=number_of(asked_for.get(model)),
        )
        .values_list("change_set_id", "kind", "number", "asked")
        for name, model in by_name.items()
    ]
    if not keys:
        return of_all, asked
    first, *others = parts
    for key, kind, number, of_these in first.union(*others, all=True).order_by():
        of_all[key][by_name[kind]] = number
        if of_these:
            asked[key][by_name[kind]] = of_these
    return of_all, asked


def number_of(where: Q | None) -> Count | Value:
    if where is None:
        return Value(0)
    return Count("history_id", filter=where) if where else Count("*")


def batches(acts: Iterable[LoggedAct]) -> Iterator[list[LoggedAct]]:
    """Acts that are read together, because they have few entries, and those that have many each alone."""
    batch: list[LoggedAct] = []
    rows = 0
    for act in acts:
        count = act.entry_count
        if batch and rows + count > BATCH:
            yield batch
            batch, rows = [], 0
        batch.append(act)
        rows += count
    if batch:
        yield batch


def neighbours(reader: Reader, key: int) -> tuple[int | None, int | None]:
    """The acts before and after one, among those that the reader may look at."""
    sets = reader.sets()
    before = sets.filter(id__lt=key).values_list("id", flat=True).first()
    after = sets.filter(id__gt=key).order_by("id").values_list("id", flat=True).first()
    return before, after
