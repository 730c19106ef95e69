"""Who loses cover when a mechanism ends: judged on its last day, and on the day after."""

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
class Loss:
    activity: ProcessingActivity
    before: ReasonedVerdict
    after: ReasonedVerdict


def relying_on_mechanism(mechanism: TransferMechanism) -> Q:
    """Activities that say so, and those in a country of which the decision speaks."""
    places = mechanism.countries.split() if mechanism.kind == "adequacy" and not mechanism.self_certified else []
    there = Q(country__in=places) | Q(transfers__country__in=places)
    return Q(transfers__mechanism=mechanism) | there


def losses_of_cover(mechanism: TransferMechanism, last_day: date) -> list[Loss]:
    """The activities that stand worse on the day after, if that is the mechanism's last."""
    mechanisms = list(TransferMechanism.objects.all())
    for each in mechanisms:
        if each == mechanism:
            each.valid_until = last_day
    laws = Law(last_day, mechanisms), Law(next_day(last_day), mechanisms)
    activities = (
        ProcessingActivity.objects.in_register().filter(relying_on_mechanism(mechanism)).distinct().as_document()
    )
    found = []
    for activity in activities.select_related("vendor__owner", "legal_basis"):
        evidence = list(activity.transfers.all())
        for transfer in evidence:
            if transfer.mechanism == mechanism:
                transfer.mechanism.valid_until = last_day
        before, after = (law.verdict_on_activity(activity.country, evidence) for law in laws)
        if after.verdict > before.verdict:
            found.append(Loss(activity, before, after))
    return found


def losses_on_day(day: date) -> Iterator[Loss]:
    """What stands worse on a day than on the day before, whatever the reason."""
    law, before = law_on(day), law_on(day - ONE_DAY)
    worse = ProcessingActivity.objects.in_register().with_verdict(law).with_verdict(before, "verdict_before")
    for activity in worse.filter(verdict__gt=F("verdict_before")).as_document().select_related("vendor__owner"):
        evidence = list(activity.transfers.all())
        yield Loss(
            activity,
            before.verdict_on_activity(activity.country, evidence),
            law.verdict_on_activity(activity.country, evidence),
        )


@dataclass(frozen=True)
class Move:
    """The transfers of some activities from one mechanism to its successor."""

    mechanism: TransferMechanism
    successor: TransferMechanism
    facts: dict[str, object]

    def of(self, activities: Iterable[ProcessingActivity]) -> list[Transfer]:
        """What is to be written. What was recorded about the old mechanism says nothing about the new one."""
        moved: list[Transfer] = []
        for activity in activities:
            old = [each for each in activity.transfers.all() if each.mechanism_id == self.mechanism.pk]
            for transfer in old or [Transfer(activity=activity, position=len(activity.transfers.all()))]:
                transfer.mechanism = self.successor
                transfer.wording = ""
                for name, value in self.facts.items():
                    setattr(transfer, name, value)
                moved.append(transfer)
        return moved
