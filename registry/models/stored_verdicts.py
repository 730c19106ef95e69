"""Stored verdicts on activities, each with the days for which it certainly holds.

``registry.law`` alone determines verdicts, and what else the law says of an activity; they are stored so that the
database can filter, sort and count. Each change set updates those it affects before it is sealed. For a day outside
those days, they are computed when they are read. They follow from the register, so they have no history.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import batched
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connections, models, router, transaction
from django.db.models import (
    BooleanField,
    Case,
    Exists,
    Expression,
    F,
    Field,
    IntegerField,
    OuterRef,
    QuerySet,
    Value,
    When,
)
from django.utils import timezone

from registry.history.change_sets import ChangeSet
from registry.history.recording import history_of
from registry.history.seals import hold_chain
from registry.history.snapshots import past_change_set
from registry.history.state_cache import cached_by_state
from registry.law.edition import edition
from registry.law.evidence import FACTS, RecordedEvidence
from registry.law.standing import Standing, standing_of
from registry.law.transfers import Law
from registry.law.verdicts import Verdict

if TYPE_CHECKING:
    from registry.models.activities import ProcessingActivity

BATCH = 2000
#: The fields that the law says.
STANDING = ("verdict", "contested", "needless")


class StoredVerdict(models.Model):
    """The verdict on an activity from its first to its last day, by an edition of the law."""

    history_untracked_because = "follows from the entries: what the law says of each"
    history_derived = True

    #: Deleted by ``renew_verdicts()``, so that the page that confirms a deletion does not list it.
    activity = models.OneToOneField(
        "registry.ProcessingActivity",
        models.DO_NOTHING,
        primary_key=True,
        related_name="stored_verdict",
        db_constraint=False,
    )
    verdict = models.PositiveSmallIntegerField()
    #: The further fields of ``registry.law.standing.Standing``.
    contested = models.BooleanField(default=False, db_default=False)
    needless = models.BooleanField(default=False, db_default=False)
    first_day = models.DateField()
    last_day = models.DateField(db_index=True)
    #: ``registry.law.edition.edition()``
    edition = models.CharField(max_length=16)

    class Meta:
        verbose_name = "stored verdict"
        verbose_name_plural = "stored verdicts"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.activity_id}: {Verdict(self.verdict).code}"


def verdict_expression(law: Law) -> Expression:
    """Return the expression for the verdict by the law of a day, as the number of a ``Verdict``."""
    unknown = Verdict.NEEDS_CHECK.value
    return standing_expression(law, "verdict", lambda each: each.verdict.value, unknown, IntegerField())


def contested_expression(law: Law) -> Expression:
    """Return the expression for whether an activity is covered by contested mechanisms alone."""
    return standing_expression(law, "contested", lambda each: each.contested, False, BooleanField())


def needless_expression(law: Law) -> Expression:
    """Return the expression for whether an activity names a mechanism where none is needed."""
    return standing_expression(law, "needless", lambda each: each.needless, False, BooleanField())


def standing_expression(
    law: Law, name: str, value_of: Callable[[Standing], Any], unknown: object, output_field: Field[Any, Any]
) -> Expression:
    """Return the expression for a stored field by the law of a day; ``unknown`` stands for activities without one."""
    by_value: defaultdict[Any, list[int]] = defaultdict(list)
    for key, each in missing_standings(law.on).items():
        by_value[value_of(each)].append(key)
    cases = [When(pk__among=keys, then=Value(value)) for value, keys in by_value.items()]
    stored: Any = Value(unknown) if past_change_set() is not None else F(f"stored_verdict__{name}")
    return Case(*cases, default=stored, output_field=output_field) if cases else stored


@cached_by_state
def law_on(day: date) -> Law:
    """Return the law of a day: the free-flow periods, and the mechanisms as the register has them."""
    mechanisms: Any = apps.get_model("registry", "TransferMechanism")
    return Law(day, mechanisms._default_manager.order_by("valid_from", "pk"))


@cached_by_state
def missing_standings(day: date) -> Mapping[int, Standing]:
    """Return by key what the law of a day says of activities without a stored verdict for that day."""
    law = law_on(day)
    return {key: standing_of(law, *flow) for key, flow in activity_evidence(law, without_verdict(day))}


def without_verdict(on: date) -> QuerySet[ProcessingActivity]:
    """Return the activities without a stored verdict for a day; all of them where a past state is shown."""
    activities = apps.get_model("registry", "ProcessingActivity")._default_manager.order_by()
    if past_change_set() is not None:
        return activities
    stored = StoredVerdict.objects.filter(first_day__lte=on, last_day__gte=on, edition=edition())
    return activities.filter(~Exists(stored.filter(activity=OuterRef("pk"))))


def activity_evidence(
    law: Law, activities: QuerySet[ProcessingActivity]
) -> Iterator[tuple[int, tuple[str, list[RecordedEvidence]]]]:
    """Yield the key of each activity with its country and the evidence of its transfers, in batches."""
    mechanisms = {mechanism.pk: mechanism for mechanism in law.mechanisms}
    transfers = apps.get_model("registry", "Transfer")._default_manager.order_by("position", "id")
    rows = list(activities.values_list("pk", "country"))
    for batch in batched(rows, BATCH):
        keys = [key for key, _country in batch]
        evidence: defaultdict[int, list[RecordedEvidence]] = defaultdict(list)
        rows_of_batch = transfers.filter(activity__among=keys).values_list("activity_id", "mechanism_id", *FACTS)
        for activity, mechanism, *facts in rows_of_batch:
            evidence[activity].append(RecordedEvidence(mechanisms.get(mechanism), *facts))
        for key, country in batch:
            yield key, (country, evidence.get(key, []))


def determine_verdicts(law: Law, activities: QuerySet[ProcessingActivity]) -> Iterator[StoredVerdict]:
    """Yield the unsaved verdict on each activity by the law of a day."""
    for key, flow in activity_evidence(law, activities):
        standing = standing_of(law, *flow)
        yield StoredVerdict(
            activity_id=key,
            verdict=standing.verdict.value,
            contested=standing.contested,
            needless=standing.needless,
            first_day=law.on,
            last_day=law.holds_until(*flow),
            edition=edition(),
        )


def renew_verdicts(touched: Iterable[int] = ()) -> int:
    """Store the present verdicts on activities with these keys, and on those whose stored verdict has lapsed.

    Return the number of verdicts renewed. The caller holds the lock of writers.
    """
    activities = apps.get_model("registry", "ProcessingActivity")._default_manager.order_by()
    today = timezone.localdate()
    keys = sorted({*touched, *without_verdict(today).values_list("pk", flat=True)})
    if not keys:
        return 0
    law = law_on(today)
    for batch in batched(keys, BATCH):
        verdicts = list(determine_verdicts(law, activities.filter(pk__among=batch)))
        store_verdicts(verdicts)
        if deleted := set(batch) - {verdict.pk for verdict in verdicts}:
            StoredVerdict.objects.filter(pk__among=sorted(deleted)).delete()
    return len(keys)


def store_verdicts(verdicts: Iterable[StoredVerdict]) -> None:
    names = ["verdict", "contested", "needless", "first_day", "last_day", "edition"]
    StoredVerdict.objects.bulk_create(
        verdicts, update_conflicts=True, unique_fields=["activity"], update_fields=names, batch_size=BATCH
    )


def renew_touched_verdicts(change_set: ChangeSet, histories: frozenset[type[models.Model]]) -> None:
    """Store the verdicts on the activities that a change set affected: all of them where it changed a mechanism."""
    activity: Any = apps.get_model("registry", "ProcessingActivity")
    transfer: Any = apps.get_model("registry", "Transfer")
    mechanism: Any = apps.get_model("registry", "TransferMechanism")
    if history_of(mechanism) in histories:
        renew_verdicts(activity._default_manager.values_list("pk", flat=True))
        return
    touched: set[int] = set()
    if history_of(activity) in histories:
        touched.update(history_of(activity)._default_manager.filter(change_set=change_set).values_list("id", flat=True))
    if history_of(transfer) in histories:
        rows = history_of(transfer)._default_manager
        moved = rows.filter(change_set=change_set).values("id")
        touched.update(rows.filter(id__in=moved).values_list("activity_id", flat=True))
    if touched:
        renew_verdicts(touched)


def renew_after_migrate(using: str, **kwargs: object) -> None:
    """Store the verdicts for a register that another release wrote."""
    present = connections[using].introspection.table_names()
    if using == router.db_for_write(StoredVerdict) and StoredVerdict._meta.db_table in present:
        with transaction.atomic(using):
            hold_chain(using)
            renew_verdicts()


def wrong_verdicts() -> Iterator[tuple[StoredVerdict, Verdict]]:
    """Yield the stored verdicts that are wrong for today, each with the right one."""
    today = timezone.localdate()
    law = law_on(today)
    activities = apps.get_model("registry", "ProcessingActivity")._default_manager.order_by("pk")
    claimed = StoredVerdict.objects.filter(first_day__lte=today, last_day__gte=today, edition=edition())
    stored = claimed.in_bulk()
    for right in determine_verdicts(law, activities.filter(pk__in=claimed.values("pk"))):
        claim = stored[right.pk]
        if any(getattr(claim, name) != getattr(right, name) for name in STANDING) or claim.last_day > right.last_day:
            yield claim, Verdict(right.verdict)
