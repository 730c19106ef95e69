"""When vendors are due for review, and whether they changed since the last one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.apps import apps
from django.db.models import OuterRef, Q

from registry.core.months import months_later
from registry.history.ownership import changed_after
from registry.history.state_cache import cached_by_state


def due_on(last_reviewed_on: date | None, started_on: date | None, months: int | None) -> date | None:
    """Return the day of a vendor's next review, counted in months from the last one or from its start.

    None where no interval is set, and where no day is recorded to count from: then the review is due at once.
    """
    since = last_reviewed_on or started_on
    return months_later(since, months) if since and months else None


@cached_by_state
def due_days() -> Mapping[int, date | None]:
    """Return by key the day of the next review of each vendor with an interval; None means at once."""
    vendors = apps.get_model("registry", "Vendor")._default_manager.filter(review_interval_months__isnull=False)
    facts = vendors.order_by().values_list("pk", "last_reviewed_on", "started_on", "review_interval_months")
    return {key: due_on(*days) for key, *days in facts}


def review_due(on: date) -> Q:
    """Return the condition for vendors whose review is due by a day."""
    return Q(pk__among=[key for key, due in due_days().items() if due is None or due <= on])


def changed_since_review() -> Q:
    """Return the condition for vendors that changed, or had belongings changed, after their last review."""
    changed = changed_after(apps.get_model("registry", "Vendor"), OuterRef("reviewed_in"))
    return Q(reviewed_in__isnull=False) & changed
