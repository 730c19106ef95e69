"""Whom an import names: owners, and vendors that engage or replace a vendor, which may stand further down."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from registry.core.text import unique_key
from registry.document.problems import excerpt
from registry.files.cell_types import PERSON
from registry.files.columns import Column
from registry.files.importing.change_collector import ChangeCollector
from registry.files.importing.plan import EntryPlan
from registry.models import User, Vendor


class ReferenceImport:
    def __init__(self, draft: ChangeCollector, vendors: Mapping[str, Vendor]) -> None:
        self.draft = draft
        self.vendors = vendors
        self.named: list[tuple[EntryPlan, Vendor, Column, str | None]] = []

    @cached_property
    def users(self) -> dict[str, User]:
        return {user.username: user for user in User.objects.all()}

    @cached_property
    def by_id(self) -> dict[int, Vendor]:
        return {vendor.pk: vendor for vendor in self.vendors.values() if not vendor._state.adding}

    def refer(self, entry: EntryPlan, vendor: Vendor, column: Column, name: str | None) -> None:
        self.named.append((entry, vendor, column, name))

    def resolve(self) -> None:
        if not self.named:
            return
        people = {user.pk: user for user in self.users.values()}
        for vendor in self.by_id.values():  # what is known already costs no query for each
            vendor.engaged_by = self.by_id.get(vendor.engaged_by_id or 0)
            vendor.replaced_by = self.by_id.get(vendor.replaced_by_id or 0)
            vendor.owner = people.get(vendor.owner_id or 0)
        for entry, vendor, column, name in self.named:
            self.set(entry, vendor, column, name)
        for entry, vendor, column, _name in self.named:
            if column.field == "engaged_by" and (circle := Vendor.objects.circle(vendor)):
                names = " → ".join(map(str, circle))
                self.draft.refuse(entry, "circle", column.key, names=excerpt(names))

    def set(self, entry: EntryPlan, vendor: Vendor, column: Column, name: str | None) -> None:
        known: Mapping[str, User | Vendor] = self.users if column.kind is PERSON else self.vendors
        found = known.get(name if column.kind is PERSON else unique_key(name)) if name else None
        if name and found is None:
            code = "unknown_user" if column.kind is PERSON else "unknown_vendor"
            self.draft.refuse(entry, code, column.key, name=excerpt(name))
        elif isinstance(found, Vendor) and found is vendor:
            self.draft.refuse(entry, "refers_to_itself", column.key, name=excerpt(found.name))
        elif vendor._state.adding and isinstance(found, Vendor) and found._state.adding:
            setattr(vendor, column.field, found)
            self.draft.writes[Vendor].links.append((vendor, column.field, found))
        else:
            self.draft.set(entry, vendor, column.field, found, column)
