"""When checks that recipients qualify lapse."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db.models import Q

from registry.history.state_cache import cached_by_state
from registry.law.evidence import check_lapses_after
from registry.models.activities import ProcessingActivity
from registry.models.mechanisms import TransferMechanism
from registry.models.transfers import Transfer, YesNoUnknown


@cached_by_state
def last_days_of_checks() -> Mapping[int, date]:
    """Return by key the last day for which the check of each recipient holds, where it lapses.

    Only of activities in the register: the check of a transfer that is no longer made is not renewed.
    """
    mechanisms = TransferMechanism.objects.filter(check_holds_months__isnull=False).in_bulk()
    transfers = Transfer.objects.filter(
        activity__in=ProcessingActivity.objects.order_by().in_register(),
        mechanism__in=mechanisms,
        recipient_qualifies=YesNoUnknown.YES,
        checked_on__isnull=False,
    )
    ends = {each.pk: check_lapses_after(mechanisms[each.mechanism_id], each) for each in transfers.order_by()}
    return {key: end for key, end in ends.items() if end is not None}


def checks_due(first: date, last: date) -> Q:
    """Return the condition for transfers whose check of the recipient lapses within these days.

    A mechanism that ends before its check lapses asks for no new one.
    """
    keys = [key for key, end in last_days_of_checks().items() if first <= end <= last]
    in_force = Q(mechanism__valid_until=None) | Q(mechanism__valid_until__gte=last)
    return Q(pk__among=keys) & in_force
