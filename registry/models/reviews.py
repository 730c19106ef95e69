"""When a vendor is to be reviewed, and whether it changed since it was."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date

from django.apps import apps
from django.db.models import OuterRef, Q

from registry.history.ownership import changed_after
from registry.history.states import cached_by_state


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or its last day where it is shorter; the last day there is at the latest.

    Data of 1.0.0 may hold intervals and days beyond all bounds.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    if year > date.max.year:
        return date.max
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def due_on(last_reviewed_on: date | None, started_on: date | None, months: int | None) -> date | None:
    """Return the day of a vendor's next review: so many months after the last one, or after its start.

    None where no interval is set, or where nothing says from when to count: then it is due at once.
    """
    since = last_reviewed_on or started_on
    return months_later(since, months) if since and months else None


@cached_by_state
def due_days() -> Mapping[int, date | None]:
    """Return the days of the next reviews of all vendors that have an interval, by their keys; None: at once."""
    vendors = apps.get_model("registry", "Vendor")._default_manager.filter(review_interval_months__isnull=False)
    facts = vendors.order_by().values_list("pk", "last_reviewed_on", "started_on", "review_interval_months")
    return {key: due_on(*days) for key, *days in facts}


def review_due(on: date) -> Q:
    """Return the condition for vendors whose next review is due by a day."""
    return Q(pk__among=[key for key, due in due_days().items() if due is None or due <= on])


def changed_since_review() -> Q:
    """Return the condition for vendors of which anything changed after the change set that marked them as reviewed."""
    changed = changed_after(apps.get_model("registry", "Vendor"), OuterRef("reviewed_in"))
    return Q(reviewed_in__isnull=False) & changed
