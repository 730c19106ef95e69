"""What happened to an entry and to all that belongs to it, act by act, field by field.

Every page costs a fixed number of queries: the acts of the page, their rows per history table, the rows before
those, and the names that the rows refer to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.models import ChangeSet, Tracked
from registry.models.changes import name_of
from registry.models.fields import CountryField, KeyField

ACTIONS = {"+": gettext_lazy("added"), "~": gettext_lazy("changed"), "-": gettext_lazy("deleted")}
PER_PAGE = 50


@dataclass(frozen=True)
class FieldChange:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class EntryChange:
    model: type[Tracked]
    key: int
    history_id: int
    name: str
    kind: str
    fields: Sequence[FieldChange]

    @property
    def action(self) -> str:
        return str(ACTIONS[self.kind])

    @property
    def model_name(self) -> str:
        return str(self.model._meta.verbose_name)


@dataclass(frozen=True)
class Act:
    change_set: ChangeSet
    entries: list[EntryChange] = field(default_factory=list)


def tracked_models() -> list[type[Tracked]]:
    return [model for model in apps.get_models() if issubclass(model, Tracked)]


def history_of(model: type[models.Model]) -> type[Any]:
    return model.history.model  # type: ignore[attr-defined, no-any-return]


def owned_by(model: type[models.Model]) -> Iterator[tuple[type[Tracked], str]]:
    """The models whose entries go when an entry of this model goes, with the field that says whose they are."""
    for relation in model._meta.related_objects:
        if relation.on_delete is models.CASCADE and issubclass(relation.related_model, Tracked):
            yield relation.related_model, relation.field.attname


def belongings(model: type[Tracked], keys: Any) -> dict[type[Tracked], Q]:
    """The history rows, per model, of the entries with these keys and of all that ever belonged to them."""
    found = {model: Q(id__in=keys)}
    for owned, attname in owned_by(model):
        ever = history_of(owned).objects.filter(**{f"{attname}__in": keys}).values("id")
        found |= belongings(owned, ever)
    return found


def timeline(model: type[Tracked], key: int, page_number: Any) -> tuple[Page[Any], list[Act]]:
    rows = belongings(model, [key])
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
    versions = [version for model, rows in where.items() for version in _versions(model, change_set_ids, rows)]
    names = Names.for_versions(versions)
    for version in versions:
        found[version.row.change_set_id].entries.append(version.described(names))
    return list(found.values())


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
        )

    def _fields(self, names: Names) -> Iterator[FieldChange]:
        kind = self.row.history_type
        for field_ in shown_fields(self.model):
            before = shown(field_, self.before, names) if self.before is not None and kind != "+" else ""
            after = shown(field_, self.row, names) if kind != "-" else ""
            if kind == "-":
                before = shown(field_, self.row, names)
            if before != after:
                yield FieldChange(str(field_.verbose_name), before, after)


def _versions(model: type[Tracked], change_set_ids: Sequence[int], where: Q) -> Iterator[Version]:
    history = history_of(model)
    earlier = history.objects.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))
    previous = Subquery(earlier.order_by("-history_id").values("history_id")[:1])
    rows = list(
        history.objects.filter(where, change_set_id__in=change_set_ids)
        .annotate(previous_id=previous)
        .order_by("history_id")
    )
    before = history.objects.in_bulk({row.previous_id for row in rows} - {None})
    for row in rows:
        yield Version(model, row, before.get(row.previous_id))


def moment(when: datetime) -> str:
    """Date and time of the day as the clock on the wall showed them."""
    return formats.date_format(timezone.localtime(when), "Y-m-d H:i")


def shown_fields(model: type[Tracked]) -> list[Any]:
    return [
        field_ for field_ in model._meta.concrete_fields if not field_.primary_key and not isinstance(field_, KeyField)
    ]


def shown(field_: Any, row: Any, names: Names) -> str:
    value = getattr(row, field_.attname)
    if value is None or value == "":
        return ""
    if field_.is_relation:
        return names.of(field_.related_model, value, row.change_set_id)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime | date):
        return formats.date_format(value, "Y-m-d")
    if field_.choices and not isinstance(field_, CountryField):
        return str(dict(field_.flatchoices).get(value, value))
    return str(value)


class Names:
    """What the entries that rows refer to were called at the time of the row."""

    def __init__(self, read: dict[tuple[type[models.Model], int], list[tuple[int, str]]]) -> None:
        self._read = read

    @classmethod
    def for_versions(cls, versions: Iterable[Version]) -> Names:
        wanted: dict[type[models.Model], set[int]] = defaultdict(set)
        for version in versions:
            for field_ in shown_fields(version.model):
                if field_.is_relation:
                    keys = {getattr(row, field_.attname) for row in (version.row, version.before) if row is not None}
                    wanted[field_.related_model] |= keys - {None}
        read: dict[tuple[type[models.Model], int], list[tuple[int, str]]] = defaultdict(list)
        for model, keys in wanted.items():
            for key, change_set_id, name in _names(model, keys):
                read[model, key].append((change_set_id, name))
        return cls(read)

    def of(self, model: type[models.Model], key: int, change_set_id: int) -> str:
        known = self._read.get((model, key), [])
        then = [name for at, name in known if at <= change_set_id]
        return then[-1] if then else f"{model._meta.verbose_name} {key}"


def _names(model: type[models.Model], keys: set[int]) -> Iterable[tuple[int, int, str]]:
    if not keys:
        return []
    if issubclass(model, Tracked):
        rows: QuerySet[Any] = history_of(model).objects.filter(id__in=keys).order_by("history_id")
        return rows.values_list("id", "change_set_id", "entry_name")
    name: Callable[[Any], str] = name_of
    return [(user.pk, 0, name(user)) for user in model._default_manager.filter(pk__in=keys)]
