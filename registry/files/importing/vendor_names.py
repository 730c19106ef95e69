"""Vendors that a file names by one of their other names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from registry.core.text import unique_key
from registry.document import Problem
from registry.document.problems import excerpt
from registry.files.import_content import ImportRow
from registry.files.import_rows import vendor_conflicts
from registry.models import Vendor, VendorName


class OtherNames:
    """The other names of vendors, and which of them a file uses.

    A file may name one vendor in several ways, so what holds for rows of one vendor is checked here for these vendors.
    """

    def __init__(self, vendors: Mapping[int, Vendor], by_name: dict[str, Vendor]) -> None:
        """Read the names, and add their keys to the vendors by name. A vendor's own name has precedence."""
        self.vendors: dict[str, Vendor] = {}
        for name in VendorName.objects.all():
            if name.name_key not in by_name:
                self.vendors[name.name_key] = vendors[name.vendor_id]
        by_name |= self.vendors
        self.with_names = {vendor.pk for vendor in self.vendors.values()}
        self.lines: dict[tuple[str, str], int] = {}
        self.first_rows: dict[int, ImportRow] = {}
        #: Names of the file, each with the own name of the vendor.
        self.used: dict[str, str] = {}

    def own_key(self, name: str) -> str | None:
        """Return the key of a vendor's own name for one of its other names; None for any other name."""
        vendor = self.vendors.get(unique_key(name))
        if vendor is None:
            return None
        self.used.setdefault(name, vendor.name)
        return unique_key(vendor.name)

    def repetitions(self, vendor: Vendor, key: tuple[str, str], row: ImportRow) -> Iterator[Problem]:
        """Yield what contradicts an earlier row of the vendor. ``key``: those of its own name and of the purpose."""
        if vendor.pk not in self.with_names:
            return
        first_row = self.first_rows.setdefault(vendor.pk, row)
        earlier = self.lines.setdefault(key, row.row.line)
        if earlier != row.row.line:
            params = {"vendor": excerpt(vendor.name), "purpose": excerpt(row.row.purpose), "earlier": earlier}
            yield Problem(row.row.line, "repeated_row", params, "purpose")
        elif first_row is not row:
            yield from vendor_conflicts(first_row, row)
