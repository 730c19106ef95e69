"""Duplicate entries: two whose texts read the same.

Constraints prevent them, but data of an older release may contain some: its stored keys follow an older rule.
Entries are therefore compared by keys computed today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, Func, Q
from django.db.models.sql.compiler import SQLCompiler

from registry.core.text import unique_key
from registry.document import mechanisms_in
from registry.history.recording import with_names
from registry.history.state_cache import cached_by_state
from registry.models import Tracked
from registry.models.activities import ProcessingActivity
from registry.models.legal_bases import LegalBasis
from registry.models.mechanisms import TransferMechanism
from registry.models.transfers import Transfer
from registry.models.vendors import Vendor


class BeyondAscii(Func):
    """Whether a text has characters other than printable ASCII: only those texts can have an outdated key."""

    output_field = BooleanField()
    template = "(%(expressions)s ~ '[^ -~]')"

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="(%(expressions)s GLOB '*[^ -~]*')", **context)


#: What entries are compared by: the field of the text, and the column of the owner within which they are.
COMPARED: Mapping[type[Tracked], tuple[str, str]] = {
    Vendor: ("name", "pk"),
    ProcessingActivity: ("purpose", "vendor_id"),
    LegalBasis: ("label", "pk"),
    TransferMechanism: ("label", "pk"),
}


def twin_groups(model: type[Tracked]) -> list[list[Tracked]]:
    """Return the entries of a model that read the same as another, each group by itself."""
    text, owner = COMPARED[model]
    keys = duplicate_legal_bases() if model is LegalBasis else duplicates_of(model, text, owner)
    groups: defaultdict[tuple[object, str], list[Tracked]] = defaultdict(list)
    for entry in with_names(model._default_manager.filter(pk__among=sorted(keys))).order_by("pk"):
        groups[None if owner == "pk" else getattr(entry, owner), unique_key(getattr(entry, text))].append(entry)
    return [group for group in groups.values() if len(group) > 1]


def twins_of(entry: Tracked) -> list[Tracked]:
    """Return the other entries that read the same as this one."""
    group = next((group for group in twin_groups(type(entry)) if entry in group), [])
    return [each for each in group if each != entry]


def duplicate_vendors() -> Q:
    return Q(pk__in=duplicates_of(Vendor, "name", "pk"))


def duplicate_activities() -> Q:
    """Match activities of one vendor with the same purpose, and those that use a duplicate legal basis or mechanism."""
    keys = set(duplicates_of(ProcessingActivity, "purpose", "vendor_id"))
    if mechanisms := duplicates_of(TransferMechanism, "label", "pk"):
        keys |= set(Transfer.objects.filter(mechanism__in=mechanisms).values_list("activity_id", flat=True))
    return Q(pk__in=keys) | Q(legal_basis__in=duplicate_legal_bases())


@cached_by_state
def duplicate_legal_bases() -> set[int]:
    """Return the keys of duplicate legal bases; they have no stored key, as there are few of them."""
    return keys_in_groups((unique_key(label), pk) for pk, label in LegalBasis.objects.values_list("pk", "label"))


@cached_by_state
def duplicates_of(model: type[Tracked], source: str, owner: str) -> set[int]:
    """Return the keys of entries with the same text as another one of the same owner; with ``pk`` as owner, of any."""
    key = f"{source}_key"
    of_all = owner == "pk"
    rows = model._default_manager.filter(BeyondAscii(source)).order_by().values_list("pk", owner, source, key)
    fresh_keys = ((None if of_all else of, unique_key(text), stored, pk) for pk, of, text, stored in rows)
    older = [(of, fresh, pk) for of, fresh, stored, pk in fresh_keys if fresh != stored]
    if not older:
        return set()
    others = model._default_manager.filter(**{f"{key}__in": {fresh for _of, fresh, _pk in older}}).order_by()
    present = ((None if of_all else of, stored, pk) for pk, of, stored in others.values_list("pk", owner, key))
    return keys_in_groups(((of, fresh), pk) for of, fresh, pk in (*older, *present))


def keys_in_groups(rows: Iterable[tuple[object, int]]) -> set[int]:
    """Return the keys that share their group with another key."""
    groups: defaultdict[object, set[int]] = defaultdict(set)
    for group, pk in rows:
        groups[group].add(pk)
    return {pk for keys in groups.values() if len(keys) > 1 for pk in keys}


def with_mechanism_as_legal_basis() -> Q:
    """Match activities whose legal basis is the wording of a mechanism."""
    return Q(legal_basis__in=legal_bases_named_as_mechanisms())


@cached_by_state
def legal_bases_named_as_mechanisms() -> set[int]:
    is_mechanism = TransferMechanism.objects.known_wordings().__contains__
    labels = LegalBasis.objects.values_list("pk", "label")
    return {pk for pk, label in labels if mechanisms_in(label, is_mechanism)}
