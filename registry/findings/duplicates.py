"""Entries of which the register has two, though what they say differs in nothing that a reader sees.

Constraints keep them out; the data of an older release may hold some. Which are the same is asked of their keys as they
are worked out today: the stored key of such an entry is of an older rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import BooleanField, Func, Q

from registry.core.text import unique_key
from registry.document import mechanisms_in
from registry.history.state_cache import cached_by_state
from registry.models.activities import ProcessingActivity
from registry.models.legal_bases import LegalBasis
from registry.models.mechanisms import TransferMechanism
from registry.models.transfers import Transfer
from registry.models.vendors import Vendor


class BeyondAscii(Func):
    """Whether a text has other characters than plain printable ones: only such have an older key."""

    output_field = BooleanField()
    template = "(%(expressions)s ~ '[^ -~]')"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s GLOB '*[^ -~]*')", **context)


def duplicate_vendors() -> Q:
    return Q(pk__in=duplicates_of(Vendor, "name", "pk"))


def duplicate_activities() -> Q:
    """Activities of one vendor with one purpose, and those that rely on twins of a legal basis or a mechanism."""
    found = set(duplicates_of(ProcessingActivity, "purpose", "vendor_id"))
    if mechanisms := duplicates_of(TransferMechanism, "label", "pk"):
        found |= set(Transfer.objects.filter(mechanism__in=mechanisms).values_list("activity_id", flat=True))
    return Q(pk__in=found) | Q(legal_basis__in=duplicate_legal_bases())


@cached_by_state
def duplicate_legal_bases() -> set[int]:
    """Legal bases have no stored key: they are few."""
    return keys_in_groups((unique_key(label), pk) for pk, label in LegalBasis.objects.values_list("pk", "label"))


@cached_by_state
def duplicates_of(model: Any, source: str, owner: str) -> set[int]:
    """The keys of entries of which another one of the same owner has the same text. No owner: of all."""
    key = f"{source}_key"
    of_all = owner == "pk"
    rows = model.objects.filter(BeyondAscii(source)).order_by().values_list("pk", owner, source, key)
    fresh_keys = ((None if of_all else of, unique_key(text), stored, pk) for pk, of, text, stored in rows)
    older = [(of, fresh, pk) for of, fresh, stored, pk in fresh_keys if fresh != stored]
    if not older:
        return set()
    others = model.objects.filter(**{f"{key}__in": {fresh for _of, fresh, _pk in older}}).order_by()
    present = ((None if of_all else of, stored, pk) for pk, of, stored in others.values_list("pk", owner, key))
    return keys_in_groups(((of, fresh), pk) for of, fresh, pk in (*older, *present))


def keys_in_groups(rows: Iterable[tuple[Any, int]]) -> set[int]:
    """The keys of those that share what they are grouped by."""
    groups: defaultdict[Any, set[int]] = defaultdict(set)
    for group, pk in rows:
        groups[group].add(pk)
    return {pk for keys in groups.values() if len(keys) > 1 for pk in keys}


def with_mechanism_as_legal_basis() -> Q:
    """Activities whose legal basis is the wording of a mechanism."""
    return Q(legal_basis__in=legal_bases_named_as_mechanisms())


@cached_by_state
def legal_bases_named_as_mechanisms() -> set[int]:
    is_mechanism = TransferMechanism.objects.known_wordings().__contains__
    labels = LegalBasis.objects.values_list("pk", "label")
    return {pk for pk, label in labels if mechanisms_in(label, is_mechanism)}
