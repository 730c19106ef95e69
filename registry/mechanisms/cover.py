"""Which activities lose cover when a mechanism ends: the verdicts on its last day and on the day after, compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Q

from registry.core.days import next_day
from registry.law.transfers import Law
from registry.law.verdicts import ReasonedVerdict
from registry.models import ProcessingActivity, Transfer, TransferMechanism, law_on

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ChangedVerdict:
    """An activity with two verdicts that differ: of two days, or of two releases."""

    activity: ProcessingActivity
    before: ReasonedVerdict
    after: ReasonedVerdict


def relying_on_mechanism(mechanism: TransferMechanism) -> Q:
    """Match activities that name the mechanism, and those in a country that its adequacy decision covers."""
    countries = mechanism.countries.split() if mechanism.kind == "adequacy" and not mechanism.self_certified else []
    in_country = Q(country__in=countries) | Q(transfers__country__in=countries)
    return Q(transfers__mechanism=mechanism) | in_country


def losses_of_cover(mechanism: TransferMechanism, last_day: date) -> list[ChangedVerdict]:
    """Return the activities whose verdict would be worse on the day after ``last_day``, if the mechanism ended then."""
    mechanisms = list(TransferMechanism.objects.all())
    for each in mechanisms:
        if each == mechanism:
            each.valid_until = last_day
    laws = Law(last_day, mechanisms), Law(next_day(last_day), mechanisms)
    activities = (
        ProcessingActivity.objects.in_register().filter(relying_on_mechanism(mechanism)).distinct().as_document()
    )
    losses = []
    for activity in activities.select_related("vendor__owner", "legal_basis"):
        evidence = list(activity.transfers.all())
        for transfer in evidence:
            if transfer.mechanism == mechanism:
                transfer.mechanism.valid_until = last_day
        before, after = (law.verdict_on_activity(activity.country, evidence) for law in laws)
        if after.verdict > before.verdict:
            losses.append(ChangedVerdict(activity, before, after))
    return losses


def losses_on_day(day: date) -> Iterator[ChangedVerdict]:
    """Yield the activities whose verdict is worse on a day than on the day before, for whatever reason."""
    law, before = law_on(day), law_on(day - ONE_DAY)
    worse = ProcessingActivity.objects.in_register().with_verdict(law).with_verdict(before, "verdict_before")
    for activity in worse.filter(verdict__gt=F("verdict_before")).as_document().select_related("vendor__owner"):
        evidence = list(activity.transfers.all())
        yield ChangedVerdict(
            activity,
            before.verdict_on_activity(activity.country, evidence),
            law.verdict_on_activity(activity.country, evidence),
        )


@dataclass(frozen=True)
class Move:
    """Moves the transfers of activities from one mechanism to its successor."""

    mechanism: TransferMechanism
    successor: TransferMechanism
    #: Values of the fields of ``Transfer`` that hold for the successor.
    facts: dict[str, object]

    def changed_transfers(self, activities: Iterable[ProcessingActivity]) -> list[Transfer]:
        """Return the transfers to write, unsaved. What was recorded about the old mechanism is not carried over."""
        moved: list[Transfer] = []
        for activity in activities:
            transfers = [each for each in activity.transfers.all() if each.mechanism_id == self.mechanism.pk]
            for transfer in transfers or [Transfer(activity=activity, position=len(activity.transfers.all()))]:
                transfer.mechanism = self.successor
                transfer.wording = ""
                for name, value in self.facts.items():
                    setattr(transfer, name, value)
                moved.append(transfer)
        return moved
