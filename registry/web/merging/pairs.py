"""Two entries that become one, and the fields in which they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BooleanField, ForeignKey
from django.utils.text import capfirst

from registry.core.fields import AnyField, CleanTextField, KeyField
from registry.history.recording import name_lookups
from registry.models import Tracked
from registry.web.bulk_edit.plan import text_of
from registry.web.merging.links import FOLLOWING, NOT_CHOSEN, Link

#: Answers to a question about a field, and about two entries that are the same.
KEEP, GONE, JOIN, MOVE = "keep", "gone", "join", "move"
#: Choices that say that nobody has given an answer.
UNANSWERED = frozenset({"not_assessed", "unknown", "unclassified"})

#: What a person chose, by the name of the question.
type Answers = Mapping[str, str]


@dataclass(frozen=True)
class FieldChoice:
    """A field in which two entries differ."""

    #: The name of the question.
    name: str
    field: AnyField
    keep: object
    gone: object

    @property
    def label(self) -> str:
        return capfirst(str(self.field.verbose_name))

    @property
    def default(self) -> str:
        return GONE if is_left_open(self.field, self.keep) and not is_left_open(self.field, self.gone) else KEEP

    @property
    def keep_text(self) -> str:
        return text_of(self.field, self.keep)

    @property
    def gone_text(self) -> str:
        return text_of(self.field, self.gone)


@dataclass
class Pair:
    """Two entries that become one."""

    keep: Tracked
    gone: Tracked
    choices: list[FieldChoice]
    #: How they point to what is merged; None for the two that a person chose.
    link: Link | None = None
    #: The values that the one that stays gets, by the name of the field.
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def model(self) -> type[Tracked]:
        return type(self.keep)

    @property
    def kind(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def question(self) -> str:
        """Return the name of the question whether the two become one or both stay."""
        return f"twin-{self.model._meta.model_name}-{self.gone.pk}"

    @property
    def is_question(self) -> bool:
        return self.link is not None and self.link.both_may_stay


def chosen_fields(model: type[Tracked]) -> list[AnyField]:
    """Return the fields of which one of two values is chosen."""
    return [
        each
        for each in model._meta.concrete_fields
        if each.editable and not each.primary_key and not isinstance(each, KeyField) and each.name not in NOT_CHOSEN
    ]


def differing_fields(keep: Tracked, gone: Tracked, to: str = "") -> list[FieldChoice]:
    """Return the fields in which two entries differ; ``to`` is the one by which they point to what is merged."""
    model = type(keep)
    owners = {to, *getattr(model, "belongs_to", ())}
    found = []
    for each in chosen_fields(model):
        if each.name in owners:
            continue
        values = [value_of(each, entry, keep, gone) for entry in (keep, gone)]
        if values[0] != values[1]:
            name = f"take-{model._meta.model_name}-{gone.pk}-{each.name}"
            found.append(FieldChoice(name, each, *values))
    return found


def value_of(field_: AnyField, entry: Tracked, keep: Tracked, gone: Tracked) -> object:
    """Return a value of an entry. That one of the two points to the other means nothing once they are one."""
    if isinstance(field_, ForeignKey):
        key = getattr(entry, field_.attname)
        if field_.related_model is type(keep) and key in (keep.pk, gone.pk):
            return None
    return getattr(entry, field_.name)


def is_left_open(field_: AnyField, value: object) -> bool:
    if isinstance(field_, BooleanField):
        return False
    return value is None or value == "" or (bool(field_.choices) and value in UNANSWERED)


def chosen_values(pair: Pair, answers: Answers) -> dict[str, object]:
    """Return the values by which the entry that stays changes."""
    values: dict[str, Any] = {}
    for choice in pair.choices:
        taken = answers.get(choice.name) or choice.default
        value = choice.gone if taken == GONE else choice.keep
        value = choice.field.normal(value) if isinstance(choice.field, CleanTextField) and taken == GONE else value
        if value != getattr(pair.keep, choice.field.name):
            values[choice.field.name] = value
    for each in chosen_fields(pair.model):  # neither points to the other, where the two do not differ either
        value = value_of(each, pair.keep, pair.keep, pair.gone)
        if each.name not in values and isinstance(each, ForeignKey) and value != getattr(pair.keep, each.name):
            values[each.name] = value
    for name, leading in FOLLOWING.items():
        if leading in values:
            values[name] = getattr(pair.gone, name)
    return values


def entries_to_merge(model: type[Tracked], keys: Sequence[int]) -> dict[int, Tracked]:
    """Return entries with all that their names and choices need, in one query."""
    shown = [each.name for each in chosen_fields(model) if each.is_relation]
    related = sorted({*name_lookups(model), *shown})
    rows: Any = model._default_manager.filter(pk__in=keys)
    return dict((rows.select_related(*related) if related else rows).in_bulk())
