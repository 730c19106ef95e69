"""Who engages whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from registry.core.order import in_order_of_names
from registry.law.transfers import Law
from registry.law.verdicts import Verdict
from registry.law.wording import VERDICT_NAMES
from registry.models import Vendor


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
    def verdict_name(self) -> Any:
        return "" if self.verdict is None else VERDICT_NAMES[self.verdict]


def sub_processors(vendor: Vendor, law: Law) -> list[SubProcessor]:
    """Those that a vendor engages, those that they engage, and so on: three queries for each step down."""
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
    """Those above a vendor, the highest first."""
    above: list[Vendor] = []
    upper = vendor.engaged_by
    while upper is not None and upper not in above:
        above.insert(0, upper)
        upper = upper.engaged_by
    return above
