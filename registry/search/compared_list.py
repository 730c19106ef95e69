"""A list of vendors compared with the register: who is in one of them only, and where both differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from rapidfuzz import fuzz, process

from registry.core.organisations import name_without_form, registration_digits
from registry.core.text import unique_key
from registry.files.matching.entries import ListEntry
from registry.models import ProcessingActivity, Status, Vendor
from registry.search.same_vendor import VendorIndex

#: Names that are at least as alike, of 100, are a hint.
ALIKE = 92
NUMBER, WEBSITE, SEAT = "vendor_registration", "vendor_website", "vendor_country"


@dataclass
class ListedVendor:
    """A vendor of the list, with all that its rows say."""

    name: str
    lines: list[int] = field(default_factory=list)
    purposes: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    number: str = ""
    website: str = ""
    seat: str = ""
    ended: bool = True

    def add(self, entry: ListEntry) -> None:
        self.lines.append(entry.line)
        self.purposes += [each for each in (entry.purpose,) if each and each not in self.purposes]
        self.countries += [code for code in entry.countries if code not in self.countries]
        self.number = self.number or entry.values.get(NUMBER, "")
        self.website = self.website or entry.values.get(WEBSITE, "")
        self.seat = self.seat or entry.values.get(SEAT, "")
        self.ended = self.ended and entry.values.get("status") == Status.ENDED


@dataclass(frozen=True)
class InBoth:
    """A vendor of the list and of the register, why they are taken as the same, and where they differ."""

    listed: ListedVendor
    vendor: Vendor
    why: str
    #: What, in the list, in the register.
    differences: Sequence[tuple[str, str, str]]


@dataclass
class ComparedList:
    """The result. Each vendor of the list is in one part, and each of the register in one at most."""

    #: In the list only, each with a vendor of the register that may be meant.
    only_listed: list[tuple[ListedVendor, str]] = field(default_factory=list)
    #: In the register only, active ones.
    only_registered: list[Vendor] = field(default_factory=list)
    different: list[InBoth] = field(default_factory=list)
    agreeing: list[InBoth] = field(default_factory=list)

    @property
    def counts(self) -> str:
        """Return the sizes of the parts, for the record."""
        parts = ("only_listed", "only_registered", "different", "agreeing")
        return ", ".join(f"{len(getattr(self, part))} {part.replace('_', ' ')}" for part in parts)


def compare_list(entries: Iterable[ListEntry], engaged_by: int | None = None) -> ComparedList:
    """Compare the vendors of a list with those of the register, by name, number and website.

    ``engaged_by``: the vendor whose own sub-processors the list is about; None for all vendors. The number of queries
    does not grow with the list.
    """
    listed = listed_vendors(entries)
    index = VendorIndex()
    vendors = {vendor.pk: vendor for vendor in Vendor.objects.order_by("pk")}
    countries = countries_of_vendors()
    names = {pk: name_without_form(vendor.name) for pk, vendor in vendors.items()}
    result = ComparedList()
    found: set[int] = set()
    for each in listed:
        candidates = index.candidates(each.name, each.number, each.website)
        key = unique_key(each.name)
        match = next((pk for pk in candidates if vendors[pk].name_key == key), next(iter(candidates), None))
        if match is None:
            result.only_listed.append((each, name_alike(each.name, names, vendors)))
            continue
        found.update(candidates)
        vendor = vendors[match]
        differences = list(differences_of(each, vendor, countries.get(match, [])))
        part = result.different if differences else result.agreeing
        part.append(InBoth(each, vendor, candidates[match], differences))
    result.only_registered = [
        vendor
        for pk, vendor in vendors.items()
        if pk not in found
        and vendor.status == Status.ACTIVE
        and (engaged_by is None or vendor.engaged_by_id == engaged_by)
    ]
    return result


def listed_vendors(entries: Iterable[ListEntry]) -> list[ListedVendor]:
    """Return the vendors of a list in its order; rows whose names differ by legal form only are one vendor's."""
    vendors: dict[str, ListedVendor] = {}
    for entry in entries:
        if entry.vendor:
            number = registration_digits(entry.values.get(NUMBER, ""))
            key = f"{name_without_form(entry.vendor)} {number}".strip()
            vendors.setdefault(key, ListedVendor(entry.vendor)).add(entry)
    return list(vendors.values())


def countries_of_vendors() -> Mapping[int, list[str]]:
    """Return the countries that the active activities of each vendor and their transfers name."""
    rows = ProcessingActivity.objects.filter(status=Status.ACTIVE).order_by()
    named: dict[int, list[str]] = {}
    for vendor, country, elsewhere in rows.values_list("vendor_id", "country", "transfers__country"):
        known = named.setdefault(vendor, [])
        known += [code for code in (country, elsewhere) if code and code not in known]
    return named


def differences_of(listed: ListedVendor, vendor: Vendor, countries: Sequence[str]) -> Iterable[tuple[str, str, str]]:
    """Yield where a vendor of the list and of the register differ; what one of them leaves blank is no difference."""
    if name_without_form(listed.name) != name_without_form(vendor.name):
        yield _("Name"), listed.name, vendor.name
    if listed.number and registration_digits(listed.number) != registration_digits(vendor.registration_number):
        yield _("Registration number"), listed.number, vendor.registration_number
    if listed.seat and vendor.country and listed.seat != vendor.country:
        yield _("Seat"), listed.seat, vendor.country
    missing = [code for code in listed.countries if code not in countries]
    if missing:
        yield _("Countries"), ", ".join(listed.countries), ", ".join(sorted(countries))
    if vendor.status != Status.ACTIVE and not listed.ended:
        yield _("Status"), str(Status.ACTIVE.label), str(Status(vendor.status).label)
    if vendor.status == Status.ACTIVE and listed.ended:
        yield _("Status"), str(Status.ENDED.label), str(Status.ACTIVE.label)


def name_alike(name: str, names: Mapping[int, str], vendors: Mapping[int, Vendor]) -> str:
    """Return the vendor whose name is most alike, empty where none is."""
    found = process.extractOne(name_without_form(name), names, scorer=fuzz.token_set_ratio, score_cutoff=ALIKE)
    return vendors[found[2]].name if found else ""
