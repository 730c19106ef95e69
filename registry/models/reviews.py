"""When a vendor is to be reviewed, and whether it changed since it was."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Any

from django.apps import apps
from django.db.models import Exists, F, IntegerField, OuterRef, Q, Value
from django.db.models.functions import Coalesce, ExtractDay, ExtractMonth, ExtractYear
from django.db.models.lookups import Exact, GreaterThan, LessThanOrEqual

from registry.models.tracked import history_of


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or its last day where it is shorter; the last day there is at the latest.

    Data of 1.0.0 may hold intervals and days beyond all bounds.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    if year > date.max.year:
        return date.max
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def review_due(on: date) -> Q:
    """Vendors whose next review is due by a day: ``months_later()`` in SQL. One that never was is due from its start,
    or at once where that is not recorded."""
    since = Coalesce("last_reviewed_on", "started_on")
    passed = Value(on.year * 12 + on.month) - (ExtractYear(since) * Value(12) + ExtractMonth(since))
    interval = F("review_interval_months")
    month_over = on.day == monthrange(on.year, on.month)[1]
    day_reached = Q() if month_over else Q(LessThanOrEqual(ExtractDay(since), Value(on.day)))
    return Q(review_interval_months__isnull=False) & (
        Q(last_reviewed_on=None, started_on=None)
        | Q(GreaterThan(whole(passed), interval))
        | (Q(Exact(whole(passed), interval)) & day_reached)
    )


def whole(expression: Any) -> Any:
    expression.output_field = IntegerField()
    return expression


def changed_since_review() -> Q:
    """Vendors of which anything changed after the act that marked them as reviewed."""
    return Q(reviewed_in__isnull=False) & changed_after(OuterRef("reviewed_in"))


def changed_after(change_set: Any) -> Q:
    """Vendors of which anything changed after an act."""
    owners = {
        "Vendor": "id",
        "Agreement": "vendor_id",
        "ProcessingActivity": "vendor_id",
        "Transfer": "activity__vendor",
    }
    changed = Q()
    for name, owner in owners.items():
        model: Any = apps.get_model("registry", name)
        history = history_of(model)
        later = history.objects.filter(**{owner: OuterRef("pk")}, change_set_id__gt=change_set)
        changed |= Q(Exists(later))
    return changed
