"""Filters of the change log: rows of a model, of a root entry, with a changed field, with a text in a changed value."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Exists, F, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.db.models.sql.compiler import SQLCompiler
from django.utils.translation import gettext as _

from registry.core.fields import AnyField
from registry.core.lookups import SQL
from registry.core.text import clean_text, text_key
from registry.history.entry_changes import previous_version
from registry.history.field_changes import shown_as_stored, shown_fields
from registry.history.ownership import root, tracked_models
from registry.history.recording import history_of
from registry.history.row_types import HistoryModel, HistoryRows
from registry.history.timeline import rows_with_owned
from registry.history.tracked import Tracked

User: Any = get_user_model()

#: Keys that are passed to a query as a list; more are found by a subquery.
FEW = 2000
#: The filter value for users, groups and their rights, which are not entries of the register.
PEOPLE = "people"


@dataclass(frozen=True)
class RowFilter:
    """A filter for history rows: one row has to meet all conditions. Empty conditions are ignored."""

    kind: str = ""
    #: The keys of root entries, from ``resolve_keys()``: their rows and those of all that ever belonged to them match.
    roots: Any = None
    field: str = ""
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.kind or self.field or self.text) or self.roots is not None

    @property
    def may_be_notes(self) -> bool:
        """Return whether notes about users and groups can match."""
        return self.kind in {"", PEOPLE} and self.roots is None and not self.field

    def match_note(self, note: dict[str, str]) -> bool:
        held = text_key("\n".join((note["entry"], note["before"], note["after"])))
        return not self or (self.may_be_notes and text_key(self.text) in held)

    def where(self, model: type[Tracked], *, few: bool = False) -> Q | None:
        """Return the condition for the rows of one history table, None where none can match.

        ``few``: the query will look at few rows anyway.
        """
        fields = [field for field in shown_fields(model) if self.field in ("", field.name)]
        if self.kind not in ("", model._meta.model_name) or not fields:
            return None
        where = Q()
        if self.roots is not None:
            if model not in self._of_roots:
                return None
            where &= self._of_roots[model]
        if self.text:
            return where & self._text_changed(model, fields, few=few)
        return where & field_changed(model, fields[0]) if self.field else where

    @cached_property
    def _of_roots(self) -> dict[type[Tracked], Q]:
        return rows_with_owned(root(), self.roots)

    @cached_property
    def _named(self) -> dict[type[models.Model], Collection[int]]:
        """Return the cache, by model, of the entries whose name contains the text."""
        return {}

    def _holding(self, field: AnyField) -> Q | None:
        """Return the condition for rows whose shown value of a field contains the text, None where none can."""
        model = field.related_model
        if model is None:
            return shows_text(field, self.text)
        if model not in self._named:
            self._named[model] = resolve_keys(entries_named(model, self.text))
        return Q(**{f"{field.attname}__in": self._named[model]})

    def _text_changed(self, model: type[Tracked], fields: list[AnyField], *, few: bool) -> Q:
        """Return the condition for rows with a changed field that contained the text before or after."""
        history = history_of(model)
        conditions = {field: holds for field in fields if (holds := self._holding(field)) is not None}
        if not conditions:
            return Q(pk__in=[])
        anywhere, then, now = Q(), Q(), Q()
        for field, holds in conditions.items():
            anywhere |= holds
            then |= holds & Q(Differ(F(field.attname), OuterRef(field.attname)))
            now |= holds & field_changed(model, field)
        changes = now | Q(history_type="~") & Q(Exists(previous_row(history).filter(then)))
        return changes if few else changes & rows_and_successors(history, history.objects.filter(anywhere))


def roots_called(name: str) -> HistoryRows:
    """Return the keys of root entries, deleted ones too, whose name contains or ever contained a text."""
    condition = {f"{root().history_root}__contains": text_key(name)}
    return history_of(root()).objects.filter(**condition).order_by().values("id")


def resolve_keys(keys: HistoryRows) -> set[int] | HistoryRows:
    """Return the keys as a set where they are few, so that each query need not find them again, else the query."""
    few: set[int] = set()
    for key in keys.values_list("id", flat=True).iterator(chunk_size=FEW):  # faster than DISTINCT over a long history
        few.add(key)
        if len(few) > FEW:
            return keys
    return few


# --- changed fields -------------------------------------------------------------------------------------------------


class Differ(Func):
    """Whether two values differ; NULL equals NULL only."""

    arg_joiner = " IS DISTINCT FROM "
    template = "(%(expressions)s)"
    output_field = models.BooleanField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> SQL:
        return self.as_sql(compiler, connection, arg_joiner=" IS NOT ", **context)


def previous_row(history: HistoryModel) -> HistoryRows:
    """Return the row before that of the outer query."""
    return history.objects.filter(id=OuterRef("id"), history_id=previous_version(twice_out, history))


def twice_out(name: str) -> OuterRef:
    return OuterRef(OuterRef(name))


def field_changed(model: type[Tracked], field: AnyField) -> Q:
    """Return the condition for rows in which a field changed, was created with a value, or was deleted with one."""
    history = history_of(model)
    differs = previous_row(history).filter(Differ(F(field.attname), OuterRef(field.attname)))
    return Q(history_type="~") & Q(Exists(differs)) | ~Q(history_type="~") & has_value(field)


def has_value(field: AnyField) -> Q:
    if field.null:
        return Q(**{f"{field.attname}__isnull": False})
    return ~Q(**{field.attname: ""}) if isinstance(field, models.CharField | models.TextField) else Q()


def rows_and_successors(history: HistoryModel, rows: HistoryRows) -> Q:
    """Return the condition for these rows and their successors, where they are few; else none.

    Where they are many, a page is soon filled without the condition.
    """
    later = history.objects.filter(id=OuterRef("id"), history_id__gt=OuterRef("history_id"))
    following = Subquery(later.order_by("history_id").values("history_id")[:1])
    pairs = list(rows.order_by().values_list("history_id", following)[: FEW + 1])
    return Q() if len(pairs) > FEW else Q(history_id__in={key for pair in pairs for key in pair} - {None})


# --- shown values --------------------------------------------------------------------------------------


def shows_text(field: AnyField, text: str) -> Q | None:
    """Return the condition for rows whose shown value contains a text, None where none can."""
    name = field.attname
    if isinstance(field, models.BooleanField):
        values = [value for value, word in ((True, _("yes")), (False, _("no"))) if label_contains(text, word)]
        return Q(**{f"{name}__in": values}) if values else None
    if isinstance(field, models.DateField):
        return cast_contains(name, text) if re.fullmatch(r"[\d-]+", text) else None
    if isinstance(field, models.IntegerField):
        return cast_contains(name, text) if re.fullmatch(r"-?\d+", text) else None
    if field.choices and not shown_as_stored(field):
        values = [value for value, label in field.flatchoices if label_contains(text, str(label))]
        return Q(**{f"{name}__in": values}) if values else None
    return has_text(name, text)


def label_contains(text: str, label: str) -> bool:
    return text.casefold() in label.casefold()


def entries_named(model: type[models.Model], text: str) -> HistoryRows:
    """Return the keys of entries whose name ever contained a text."""
    if issubclass(model, Tracked):
        return history_of(model).objects.filter(has_text("entry_name", text)).order_by().values("id")
    full = Concat("first_name", Value(" "), "last_name", Value(" ("), "username", Value(")"))
    return User.objects.alias(full=full).filter(has_text("full", text)).order_by().values("id")


def cast_contains(name: str, text: str) -> Q:
    return Q(TextContains(Cast(name, models.TextField()), Value(text)))


class TextContains(Func):
    """Whether a text contains another one exactly."""

    template = "(%(function)s(%(expressions)s) > 0)"
    function = "STRPOS"
    output_field = models.BooleanField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> SQL:
        return self.as_sql(compiler, connection, function="INSTR", **context)


def has_text(name: str, text: str) -> Q:
    """Return the condition for texts that contain another one, ignoring case.

    The database's own LIKE, which knows ASCII only, is much faster, so it goes first.
    """
    text = clean_text(text)
    if text.isascii():
        return Q(**{f"{name}__icontains": text})
    plain = max(re.findall(r"[\x00-\x7f]+", text), key=len, default="")
    return Q(**{f"{name}__icontains": plain}) & Q(**{f"{name}__holds": text})


class NoteText(Func):
    """The notes of a change set as one text."""

    output_field = models.TextField()
    template = (
        "(SELECT string_agg(concat_ws(E'\\n', note->>'entry', note->>'before', note->>'after'), E'\\n')"
        " FROM jsonb_array_elements(%(expressions)s -> 'notes') note)"
    )

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> SQL:
        template = (
            "(SELECT group_concat(json_extract(value, '$.entry') || char(10) || json_extract(value, '$.before')"
            " || char(10) || json_extract(value, '$.after'), char(10)) FROM json_each(%(expressions)s, '$.notes'))"
        )
        return self.as_sql(compiler, connection, template=template, **context)


# --- choices --------------------------------------------------------------------------------------------


def model_choices(readable: list[type[Tracked]]) -> list[tuple[str, str]]:
    return [(str(model._meta.model_name), str(model._meta.verbose_name)) for model in readable]


def field_labels(readable: list[type[Tracked]]) -> dict[str, list[str]]:
    """Return the fields of these models by name, each with its labels."""
    labels_by_field: dict[str, list[str]] = {}
    for model in readable:
        for field in shown_fields(model):
            labels = labels_by_field.setdefault(field.name, [])
            if str(field.verbose_name) not in labels:
                labels.append(str(field.verbose_name))
    return labels_by_field


def has_field(kind: str, name: str) -> bool:
    return any(
        model._meta.model_name == kind and name in {field.name for field in shown_fields(model)}
        for model in tracked_models()
    )
