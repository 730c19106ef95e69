"""What the register can be asked, in its own words."""

from __future__ import annotations

from typing import Any, Self

from django.apps import apps
from django.db.models import Count, IntegerField, Max, OuterRef, Prefetch, Subquery, Value
from django.db.models.functions import Coalesce, Greatest

from registry.models.tracked import TrackedQuerySet
from registry.text import unique_key

#: Room between two rows of the document, so that one put between them moves no other.
POSITION_STEP = 1024


def newest_change(model_name: str, **owner: Any) -> Coalesce:
    """The newest change set over the history rows of one model that belong to an entry; 0 where there is none."""
    history = apps.get_model("registry", model_name).history.model
    newest = history.objects.filter(**owner).order_by("-history_id").values("change_set_id")[:1]
    return Coalesce(Subquery(newest, output_field=IntegerField()), Value(0))


class VendorQuerySet(TrackedQuerySet[Any]):
    def active(self) -> Self:
        return self.filter(status="active")

    def named(self, name: str) -> Self:
        return self.filter(name_key=unique_key(name))

    def with_activity_count(self) -> Self:
        return self.annotate(activity_count=Count("activities", distinct=True))

    def with_countries(self) -> Self:
        activities = apps.get_model("registry", "ProcessingActivity")
        only = activities._default_manager.only("id", "vendor_id", "country").order_by("country")
        return self.prefetch_related(Prefetch("activities", queryset=only, to_attr="countries_of_activities"))

    def with_last_change(self) -> Self:
        """The change set that last touched the vendor or anything that belongs to it."""
        mine = OuterRef("pk")
        return self.annotate(
            last_change_set_id=Greatest(
                newest_change("Vendor", id=mine),
                newest_change("Agreement", vendor_id=mine),
                newest_change("ProcessingActivity", vendor_id=mine),
                newest_change("Transfer", activity__vendor_id=mine),
            )
        )


class ActivityQuerySet(TrackedQuerySet[Any]):
    def in_register(self) -> Self:
        """What the document shows."""
        return self.filter(status="active")

    def whole_rows(self) -> Self:
        """With all that a row of the register says, in two queries."""
        transfers = apps.get_model("registry", "Transfer")
        in_order = transfers._default_manager.select_related("mechanism").order_by("position", "id")
        rows = self.select_related("vendor", "legal_basis").prefetch_related(None)
        return rows.prefetch_related(Prefetch("transfers", queryset=in_order))

    def as_document(self) -> Self:
        return self.whole_rows().order_by("position", "id")

    def with_last_change(self) -> Self:
        mine = OuterRef("pk")
        return self.annotate(
            last_change_set_id=Greatest(
                newest_change("ProcessingActivity", id=mine), newest_change("Transfer", activity_id=mine)
            )
        )

    def next_position(self) -> int:
        last = self.aggregate(last=Max("position"))["last"] or 0
        return int(last) + POSITION_STEP


class TransferMechanismQuerySet(TrackedQuerySet[Any]):
    def with_use(self) -> Self:
        return self.annotate(transfer_count=Count("transfers"))
