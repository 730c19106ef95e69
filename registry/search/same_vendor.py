"""Vendors of the register that a new one may be: by name, registration number and website."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from registry.core.organisations import host_of, name_without_form, registration_digits
from registry.history.state_cache import RegisterState, register_state
from registry.models import Vendor, VendorName

#: Numbers with fewer digits say nothing.
FEWEST_DIGITS = 5
MOST_SHOWN = 5


@dataclass(frozen=True)
class SameVendor:
    """A vendor that may be meant, and why."""

    vendor: Vendor
    why: str


class VendorIndex:
    """The keys of all vendors by what tells them apart. A name that is not the vendor's own comes with its text."""

    def __init__(self) -> None:
        self.names: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        self.numbers: defaultdict[str, list[int]] = defaultdict(list)
        self.hosts: defaultdict[str, list[int]] = defaultdict(list)
        rows = Vendor.objects.order_by("pk").values_list("pk", "name", "legal_name", "registration_number", "website")
        for key, name, legal_name, number, website in rows.iterator(chunk_size=2000):
            self.names[name_without_form(name)].append((key, ""))
            if legal_name:
                self.names[name_without_form(legal_name)].append((key, legal_name))
            if number:
                self.numbers[registration_digits(number)].append(key)
            if website:
                self.hosts[host_of(website)].append(key)
        for key, name in VendorName.objects.order_by("pk").values_list("vendor_id", "name"):
            self.names[name_without_form(name)].append((key, name))

    def candidates(self, name: str, number: str, website: str) -> dict[int, str]:
        """Return the keys of vendors that may be meant, each with the reason that counts most."""
        found: dict[int, str] = {}
        digits, host = registration_digits(number), host_of(website)
        if len(digits) >= FEWEST_DIGITS:
            for key in self.numbers.get(digits, ()):
                found.setdefault(key, _("the same registration number"))
        if plain := name_without_form(name):
            for key, other in self.names.get(plain, ()):
                found.setdefault(key, _("also called “%s”") % other if other else _("the same name"))
        if host:
            for key in self.hosts.get(host, ()):
                found.setdefault(key, _("the same website"))
        return found


@lru_cache(maxsize=1)
def index_of_state(state: RegisterState) -> VendorIndex:
    return VendorIndex()


def perhaps_same(vendor: Vendor) -> list[SameVendor]:
    """Return other vendors that a vendor may be the same as, by any of its names, its number and its website."""
    names = {vendor.name, vendor.legal_name, *vendor.other_names.values_list("name", flat=True)}
    found: dict[int, SameVendor] = {}
    for name in sorted(names - {""}):
        for each in same_vendors(name, vendor.registration_number, vendor.website, most=MOST_SHOWN + 1):
            found.setdefault(each.vendor.pk, each)
    return [each for each in found.values() if each.vendor != vendor]


def same_vendors(name: str = "", number: str = "", website: str = "", *, most: int = MOST_SHOWN) -> list[SameVendor]:
    """Return the first vendors that a new one with these values may be, in two queries once the index is read."""
    state = register_state()
    index = VendorIndex() if state is None else index_of_state(state)
    candidates = dict(list(index.candidates(name, number, website).items())[:most])
    vendors: dict[Any, Vendor] = Vendor.objects.in_bulk(candidates) if candidates else {}
    return [SameVendor(vendors[key], why) for key, why in candidates.items() if key in vendors]
