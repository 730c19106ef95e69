"""What the register can be asked, in its own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Self

from django.apps import apps
from django.db import IntegrityError
from django.db.models import Count, IntegerField, Max, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce

from registry.core.text import unique_key
from registry.history.ownership import last_change
from registry.history.tracked import TrackedQuerySet
from registry.law.catalogue import code_of
from registry.law.transfers import Law
from registry.models.reviews import changed_since_review
from registry.models.stored_verdicts import verdict

#: Room between two rows of the document, so that one put between them moves no other.
POSITION_STEP = 1024


class Circle(IntegrityError):
    """A vendor that would engage itself, by way of others."""

    def __init__(self, names: Iterable[Any]) -> None:
        super().__init__(f"A circle of vendors that engage each other: {' → '.join(map(str, names))}.")


class VendorQuerySet(TrackedQuerySet[Any]):
    def bulk_create(  # type: ignore[override]
        self, objs: Iterable[Any], batch_size: int | None = None, **options: Any
    ) -> list[Any]:
        created = super().bulk_create(objs, batch_size, **options)
        self.refuse_circles(created)
        return created

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], batch_size: int | None = None) -> int:
        objs, fields = list(objs), list(fields)
        changed = super().bulk_update(objs, fields, batch_size)
        if {"engaged_by", "engaged_by_id"} & set(fields):
            self.refuse_circles(objs)
        return changed

    def refuse_circles(self, vendors: Iterable[Any]) -> None:
        """No database has a constraint for it. Whoever writes is alone, so what is read here holds."""
        for vendor in vendors:
            if vendor.engaged_by_id is not None and (circle := self.circle(vendor)):
                raise Circle(circle)

    def circle(self, vendor: Any) -> list[Any]:
        """The vendors by way of which a vendor would engage itself; empty where it does not."""
        way, upper = [vendor], vendor.engaged_by
        while upper is not None and upper not in way:
            way.append(upper)
            upper = upper.engaged_by
        return [*way, vendor] if upper is not None and upper == vendor else []

    def active(self) -> Self:
        return self.filter(status="active")

    def named(self, name: str) -> Self:
        return self.filter(name_key=unique_key(name))

    def with_activity_count(self) -> Self:
        """In a query of its own, which a page that counts vendors can leave out."""
        activities = apps.get_model("registry", "ProcessingActivity")._default_manager
        mine = activities.filter(vendor=OuterRef("pk")).order_by().values("vendor").annotate(count=Count("pk"))
        return self.annotate(activity_count=Coalesce(Subquery(mine.values("count")), 0))

    def with_countries(self) -> Self:
        activities = apps.get_model("registry", "ProcessingActivity")
        only = activities._default_manager.only("id", "vendor_id", "country").order_by("country")
        return self.prefetch_related(Prefetch("activities", queryset=only, to_attr="countries_of_activities"))

    def judged(self, law: Law, name: str = "verdict") -> Self:
        """With the worst verdict of the vendor's activities in the register; None where there are none."""
        activities = apps.get_model("registry", "ProcessingActivity")._default_manager
        mine = activities.in_register().filter(vendor=OuterRef("pk")).judged(law).order_by("-verdict")
        return self.annotate(**{name: Subquery(mine.values("verdict")[:1], output_field=IntegerField())})

    def with_review(self) -> Self:
        return self.annotate(changed_since_review=changed_since_review())

    def with_last_change(self) -> Self:
        """The change set that last touched the vendor or anything that belongs to it."""
        return self.annotate(last_change_set_id=last_change(self.model))


class AgreementQuerySet(TrackedQuerySet[Any]):
    def in_force(self, on: date) -> Self:
        """Signed by then, and not over. One whose signing is not recorded does not count."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=on), signed_on__lte=on)

    def ending(self, first: date, last: date) -> Self:
        return self.filter(valid_until__range=(first, last))


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
        return self.annotate(last_change_set_id=last_change(self.model))

    def judged(self, law: Law, name: str = "verdict") -> Self:
        """With the verdict by the law of a day, as a number: see ``registry.law.transfers``."""
        return self.annotate(**{name: verdict(law)})

    def next_position(self) -> int:
        last = self.aggregate(last=Max("position"))["last"] or 0
        return int(last) + POSITION_STEP


class KnownWordings:
    """``"SCC" in wordings``: what nobody has classified may be anything."""

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self.kinds = kinds

    def __contains__(self, text: str) -> bool:
        kind = self.kinds.get(unique_key(text))
        return code_of(text) is not None if kind is None else kind != "unclassified"


class TransferMechanismQuerySet(TrackedQuerySet[Any]):
    def called(self, text: str) -> Any:
        """The mechanism with this code, label or other wording; None where nothing is called so."""
        key = unique_key(text)
        return self.filter(Q(code=text) | Q(label_key=key) | Q(aliases__label_key=key)).distinct().first()

    def known_wordings(self) -> KnownWordings:
        """The wordings of mechanisms that are classified: the register's, else the catalogue's."""
        aliases = apps.get_model("registry", "MechanismAlias")._default_manager
        kinds = dict(aliases.values_list("label_key", "mechanism__kind")) | dict(self.values_list("label_key", "kind"))
        return KnownWordings(kinds)

    def with_use(self) -> Self:
        return self.annotate(transfer_count=Count("transfers"))
