"""Importing references to owners and to other vendors, which may follow later in the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from registry.core.text import unique_key
from registry.document.problems import excerpt
from registry.files.cell_types import PERSON
from registry.files.columns import Column
from registry.files.importing.change_collector import ChangeCollector
from registry.files.importing.plan import EntryPlan
from registry.models import User, Vendor


class ReferenceImport:
    """Collects references by name, and resolves them once all rows are read."""

    #: Adds a vendor that only other vendors refer to; None where that is a mistake.
    add_vendor: Callable[[str], Vendor] | None = None

    def __init__(self, collector: ChangeCollector, vendors: Mapping[str, Vendor]) -> None:
        self.collector = collector
        self.vendors = vendors
        self.references: list[tuple[EntryPlan, Vendor, Column, str | None]] = []

    @cached_property
    def users(self) -> dict[str, User]:
        return {user.username: user for user in User.objects.all()}

    @cached_property
    def by_id(self) -> dict[int, Vendor]:
        return {vendor.pk: vendor for vendor in self.vendors.values() if not vendor._state.adding}

    def add(self, entry: EntryPlan, vendor: Vendor, column: Column, name: str | None) -> None:
        self.references.append((entry, vendor, column, name))

    def resolve(self) -> None:
        """Set all references. Refuses unknown names and circles of vendors."""
        if not self.references:
            return
        people = {user.pk: user for user in self.users.values()}
        for vendor in self.by_id.values():  # saves a query for each
            vendor.engaged_by = self.by_id.get(vendor.engaged_by_id or 0)
            vendor.replaced_by = self.by_id.get(vendor.replaced_by_id or 0)
            vendor.owner = people.get(vendor.owner_id or 0)
        for entry, vendor, column, name in self.references:
            self.set(entry, vendor, column, name)
        for entry, vendor, column, _name in self.references:
            if column.field == "engaged_by" and (circle := Vendor.objects.circle(vendor)):
                names = " → ".join(map(str, circle))
                self.collector.refuse(entry, "circle", column.key, names=excerpt(names))

    def set(self, entry: EntryPlan, vendor: Vendor, column: Column, name: str | None) -> None:
        known: Mapping[str, User | Vendor] = self.users if column.type is PERSON else self.vendors
        target = known.get(name if column.type is PERSON else unique_key(name)) if name else None
        if name and target is None and column.type is not PERSON and self.add_vendor is not None:
            target = self.add_vendor(name)
        if name and target is None:
            code = "unknown_user" if column.type is PERSON else "unknown_vendor"
            self.collector.refuse(entry, code, column.key, name=excerpt(name))
        elif isinstance(target, Vendor) and target is vendor:
            self.collector.refuse(entry, "refers_to_itself", column.key, name=excerpt(target.name))
        elif vendor._state.adding and isinstance(target, Vendor) and target._state.adding:
            setattr(vendor, column.field, target)
            self.collector.writes[Vendor].links.append((vendor, column.field, target))
        else:
            self.collector.set(entry, vendor, column.field, target, column)
