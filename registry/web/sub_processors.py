"""Sub-processors: which vendors a vendor engages, and who engages it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from registry.core.order import in_order_of_names
from registry.law.transfers import Law
from registry.law.verdicts import Verdict
from registry.law.wording import VERDICT_NAMES
from registry.models import Vendor

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass
class SubProcessor:
    vendor: Any
    below: list[SubProcessor] = field(default_factory=list)

    @property
    def countries(self) -> list[str]:
        return sorted({activity.country for activity in self.vendor.countries_of_activities})

    @property
    def verdict(self) -> Verdict | None:
        return None if self.vendor.verdict is None else Verdict(self.vendor.verdict)

    @property
    def verdict_name(self) -> StrOrPromise:
        return "" if self.verdict is None else VERDICT_NAMES[self.verdict]


def sub_processors(vendor: Vendor, law: Law) -> list[SubProcessor]:
    """Return the tree of vendors that a vendor engages directly or indirectly, in three queries for each level."""
    root = SubProcessor(vendor)
    level, known = {vendor.pk: root}, {vendor.pk}
    while level:
        engaged = Vendor.objects.filter(engaged_by__in=level).exclude(pk__in=known)
        engaged = engaged.with_countries().with_verdict(law).order_by(in_order_of_names("name_key"))
        below = {each.pk: SubProcessor(each) for each in engaged}
        for node in below.values():
            level[node.vendor.engaged_by_id].below.append(node)
        known |= below.keys()
        level = below
    return root.below


def engagers(vendor: Vendor) -> list[Vendor]:
    """Return the vendors that engage a vendor directly or indirectly, the topmost first."""
    above: list[Vendor] = []
    upper = vendor.engaged_by
    while upper is not None and upper not in above:
        above.insert(0, upper)
        upper = upper.engaged_by
    return above
