"""What happened to an entry and to all that belongs to it, act by act, field by field.

Every page costs a fixed number of queries: the acts of the page, their rows per history table, the rows before
those, and per table the names, as they read then, of what the rows refer to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.contrib.auth import get_user_model
from django.core.paginator import Page, Paginator
from django.db import connections, models, router
from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core.fields import KeyField
from registry.history.change_sets import ChangeSet, name_of
from registry.history.diff import Piece, words
from registry.history.ownership import depth, owned_by, owner_fields, tracked_models
from registry.history.tracked import Tracked, history_of

User: Any = get_user_model()

ACTIONS = {"+": gettext_lazy("added"), "~": gettext_lazy("changed"), "-": gettext_lazy("deleted")}
PER_PAGE = 50
#: Of one act a history lists so many entries; the page of the act has them all, page by page.
LISTED = 50


#: How much of a text that has not changed a page shows around what has, and how much of one that has.
AROUND = 60
LONG = 600


@dataclass(frozen=True)
class FieldChange:
    label: str
    before: str
    after: str
    #: Text in sentences: word by word it shows what changed.
    prose: bool = False

    @cached_property
    def pieces(self) -> list[Piece]:
        if self.prose:
            return words(self.before, self.after)
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
        return in_short(self.before_pieces)

    @property
    def after_in_short(self) -> list[Piece]:
        return in_short(self.after_pieces)


def in_short(pieces: Sequence[Piece]) -> list[Piece]:
    """What changed, with a little of what stands around it."""
    last = len(pieces) - 1
    return [Piece(kind, shortened(kind, text, at == 0, at == last)) for at, (kind, text) in enumerate(pieces)]


def shortened(kind: str, text: str, first: bool, last: bool) -> str:
    if kind != "same" or (first and last):
        return text if len(text) <= LONG else f"{text[:LONG]} …"
    if len(text) <= 2 * AROUND:
        return text
    return f"{'' if first else text[:AROUND]} … {'' if last else text[-AROUND:]}"


@dataclass(frozen=True)
class EntryChange:
    model: type[Tracked]
    key: int
    history_id: int
    name: str
    kind: str
    fields: Sequence[FieldChange]
    #: Key and name, as it read then, of the root that the entry is or belonged to: see ``registry.history.ownership``.
    root: tuple[int, str] | None = None
    #: Whether the entry still exists.
    exists: bool = False

    @property
    def action(self) -> str:
        return str(ACTIONS[self.kind])

    @property
    def word(self) -> str:
        """The action as the style sheet knows it."""
        return {"+": "added", "~": "changed", "-": "deleted"}[self.kind]

    @property
    def opts(self) -> Any:
        return self.model._meta

    @property
    def model_name(self) -> str:
        return str(self.model._meta.verbose_name)


@dataclass
class Act:
    change_set: ChangeSet
    entries: list[EntryChange] = field(default_factory=list)
    #: How many more entries it changed than are listed.
    more: int = 0


def belongings(model: type[Tracked], keys: Iterable[int]) -> dict[type[Tracked], Q]:
    """The history rows, per model, of the entries with these keys and of all that ever belonged to them: a query for
    each step down."""
    found: dict[type[Tracked], set[int]] = {model: set(keys)}
    step = dict(found)
    while step:
        below: dict[type[Tracked], set[int]] = {}
        for owned, key in owned_ever(step):
            if key not in found.setdefault(owned, set()):
                found[owned].add(key)
                below.setdefault(owned, set()).add(key)
        step = below
    return {tracked: Q(id__in=ids) for tracked, ids in found.items()}


def owned_ever(owners: dict[type[Tracked], set[int]]) -> Iterator[tuple[type[Tracked], int]]:
    """What belongs, or once belonged, to any of these entries."""
    ways = [(owned, attname, keys) for owner, keys in owners.items() for owned, attname in owned_by(owner)]
    parts = [
        history_of(owned)
        .objects.filter(**{f"{attname}__in": keys})
        .order_by()
        .annotate(way=Value(number, IntegerField()))
        .values_list("way", "id")
        .distinct()
        for number, (owned, attname, keys) in enumerate(ways)
    ]
    if parts:
        first, *others = parts
        for number, key in first.union(*others, all=True).order_by() if others else first:
            yield ways[number][0], key


def timeline(
    model: type[Tracked], key: int, page_number: Any, readable: Callable[[type[Tracked]], bool]
) -> tuple[Page[Any], list[Act]]:
    rows = {kind: where for kind, where in belongings(model, [key]).items() if kind is model or readable(kind)}
    first, *others = [
        history_of(tracked).objects.filter(where).order_by().values_list("change_set_id", flat=True)
        for tracked, where in rows.items()
    ]
    ids = first.union(*others).order_by("-change_set_id") if others else first.distinct().order_by("-change_set_id")
    page = Paginator(ids, PER_PAGE).get_page(page_number)
    return page, acts(list(page.object_list), rows)


def acts(change_set_ids: Sequence[int], where: dict[type[Tracked], Q]) -> list[Act]:
    """The acts in the order given, each with its entries among the rows asked for."""
    sets = ChangeSet.objects.in_bulk(change_set_ids)
    found = {key: Act(sets[key]) for key in change_set_ids}
    rows = [history_of(model).objects.filter(q, change_set_id__in=change_set_ids) for model, q in where.items()]
    for change_set_id, entry in entries(rows):
        act = found[change_set_id]
        if len(act.entries) < LISTED:
            act.entries.append(entry)
        else:
            act.more += 1
    return list(found.values())


def entries(rows: Iterable[QuerySet[Any]]) -> Iterator[tuple[int, EntryChange]]:
    """Each history row as it reads, with its change set; ``rows`` holds one queryset per history table."""
    versions = [version for queryset in rows for version in _versions(queryset)]
    names = Names.for_versions(versions)
    for version in versions:
        yield version.row.change_set_id, version.described(names)


def previous_version(outer: type[OuterRef] | Any, history: type[Any]) -> Subquery:
    """The number of the history row before: ``outer`` says how far out the row itself is."""
    earlier = history.objects.filter(id=outer("id"), history_id__lt=outer("history_id"))
    return Subquery(earlier.order_by("-history_id").values("history_id")[:1])


@dataclass(frozen=True)
class Version:
    """A history row with the one before it."""

    model: type[Tracked]
    row: Any
    before: Any

    def described(self, names: Names) -> EntryChange:
        return EntryChange(
            model=self.model,
            key=self.row.id,
            history_id=self.row.history_id,
            name=self.row.entry_name,
            kind=self.row.history_type,
            fields=list(self._fields(names)),
            root=names.root_of(self.model, self.row),
            exists=getattr(self.row, "exists_now", False),
        )

    def _fields(self, names: Names) -> Iterator[FieldChange]:
        """The values decide what changed; both are named as things were called at the time of the change."""
        at = self.row.change_set_id
        old = self.row if self.row.history_type == "-" else self.before if self.row.history_type == "~" else None
        new = self.row if self.row.history_type != "-" else None
        for field_ in shown_fields(self.model):
            values = [getattr(row, field_.attname, None) for row in (old, new)]
            if values[0] == values[1]:
                continue
            before, after = (shown(field_, row, names, at) if row is not None else "" for row in (old, new))
            if before or after:
                prose = isinstance(field_, models.TextField)
                yield FieldChange(str(field_.verbose_name), before, after, prose)


def _versions(rows: QuerySet[Any]) -> Iterator[Version]:
    history: type[Any] = rows.model
    model: type[Tracked] = history.instance_type
    still_there = Exists(model._base_manager.filter(pk=OuterRef("id")))
    found = list(
        rows.annotate(previous_id=previous_version(OuterRef, history), exists_now=still_there).order_by("history_id")
    )
    known = {row.history_id: row for row in found}
    before = known | history.objects.in_bulk({row.previous_id for row in found} - {None, *known})
    for row in found:
        yield Version(model, row, before.get(row.previous_id))


def moment(when: datetime) -> str:
    """Date and time of the day as the clock on the wall showed them."""
    return f"{timezone.localtime(when):%Y-%m-%d %H:%M}"


def shown_fields(model: type[Tracked]) -> list[Any]:
    return [
        field_ for field_ in model._meta.concrete_fields if not field_.primary_key and not isinstance(field_, KeyField)
    ]


def shown_as_stored(field_: Any) -> bool:
    return getattr(field_, "shown_as_stored", False)


def shown(field_: Any, row: Any, names: Names, at: int | None = None) -> str:
    """A value as people read it; what it refers to by its name at that change set, or at the row's own."""
    value = getattr(row, field_.attname)
    if value is None or value == "":
        return ""
    if field_.is_relation:
        return names.of(field_.related_model, value, row.change_set_id if at is None else at)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime | date):
        return formats.date_format(value, "Y-m-d")
    if field_.choices and not shown_as_stored(field_):
        return str(dict(field_.flatchoices).get(value, value))
    return str(value)


#: An entry at a time: its key, and the change set up to which its history counts.
Moment = tuple[int, int]


@dataclass(frozen=True)
class Named:
    name: str
    #: Model and key.
    owner: tuple[Any, int] | None = None


class Names:
    """What the entries that rows refer to were called at the time of the row, and whose they were."""

    def __init__(self, read: dict[tuple[type[models.Model], int], dict[int, Named]]) -> None:
        self._read = read

    @classmethod
    def for_versions(cls, versions: Iterable[Version]) -> Names:
        """In one query per model, whose name is asked for: owners last, for they follow from what they own."""
        wanted: dict[type[models.Model], set[Moment]] = defaultdict(set)
        for version in versions:
            for model, key, at in references(version):
                wanted[model].add((key, at))
        read: dict[tuple[type[models.Model], int], dict[int, Named]] = defaultdict(dict)
        every: list[type[models.Model]] = [*tracked_models(), User]
        for model in sorted(every, key=depth, reverse=True):
            for key, at, named in _named(model, wanted[model]):
                read[model, key][at] = named
                if named.owner is not None:
                    kind, owner = named.owner
                    wanted[kind].add((owner, at))
        return cls(read)

    def of(self, model: type[models.Model], key: int, at: int) -> str:
        named = self._at(model, key, at)
        return named.name if named else f"{model._meta.verbose_name} {key}"

    def root_of(self, model: type[Tracked], row: Any) -> tuple[int, str] | None:
        """Return key and name of the root that the entry of a row was or belonged to."""
        if model.history_root:
            return row.id, row.entry_name
        owner = first_owner(model, [getattr(row, field_.attname) for field_ in owner_fields(model)])
        while owner is not None:
            model, key = owner
            if model.history_root:
                return key, self.of(model, key, row.change_set_id)
            named = self._at(model, key, row.change_set_id)
            owner = named.owner if named else None
        return None

    def _at(self, model: type[models.Model], key: int, at: int) -> Named | None:
        known = self._read.get((model, key), {})
        return known.get(at) or known.get(0)


def references(version: Version) -> Iterator[tuple[type[models.Model], int, int]]:
    """What a row and the one before it refer to: as it was at the row, and at the one before."""
    for field_ in shown_fields(version.model):
        if field_.is_relation:
            for row in (version.row, version.before):
                key = getattr(row, field_.attname, None)
                if row is not None and key is not None:
                    yield from (
                        (field_.related_model, key, at) for at in {row.change_set_id, version.row.change_set_id}
                    )


def _named(model: type[models.Model], wanted: set[Moment]) -> Iterator[tuple[int, int, Named]]:
    if not wanted:
        return
    if not issubclass(model, Tracked):
        for user in model._default_manager.filter(pk__in={key for key, _at in wanted}):
            yield user.pk, 0, Named(name_of(user))
        return
    owners = [str(field_.column) for field_ in owner_fields(model)]
    for key, at, name, *keys in _rows_at(history_of(model), wanted, owners):
        yield key, at, Named(name, first_owner(model, keys))


def first_owner(model: type[Tracked], keys: Sequence[int | None]) -> tuple[Any, int] | None:
    """Return whose an entry with these keys of owners is: model and key."""
    owners = zip(owner_fields(model), keys, strict=True)
    return next(((field_.related_model, key) for field_, key in owners if key is not None), None)


def _rows_at(history: type[Any], wanted: set[Moment], owners: Sequence[str]) -> Iterator[Sequence[Any]]:
    """The newest row of each entry at its moment. A list of pairs to look up is more than the ORM can say."""
    connection = connections[router.db_for_read(history)]
    table = connection.ops.quote_name(history._meta.db_table)
    pairs = ", ".join(["(%s, %s)"] * len(wanted))
    newest = (
        f"FROM {table} found WHERE found.id = wanted.entry AND found.change_set_id <= wanted.moment"
        " ORDER BY found.history_id DESC LIMIT 1"
    )
    # Each value on its own: joined to the table, PostgreSQL may read all of it.
    columns = ["entry_name", *map(connection.ops.quote_name, owners)]
    values = ", ".join(f"(SELECT found.{column} {newest})" for column in columns)
    statement = (
        f"WITH wanted (entry, moment) AS (VALUES {pairs})"  # noqa: S608 - names of the schema, quoted
        f" SELECT wanted.entry, wanted.moment, {values} FROM wanted"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [number for pair in wanted for number in pair])
        yield from (row for row in cursor.fetchall() if row[2] is not None)
