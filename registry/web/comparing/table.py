"""A comparison of a list with the register as a table to download."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from registry.files.formats.cells import Cell
from registry.files.formats.table import Table
from registry.files.reports.findings import report_table
from registry.search.compared_list import ComparedList

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def comparison_table(result: ComparedList, titles: Mapping[str, StrOrPromise], *, who: str, file_name: str) -> Table:
    """Return all parts of a comparison under each other; ``titles`` are those of the parts."""
    headings = [
        (_("Result"), 30),
        (_("Line"), 8),
        (_("In the list"), 36),
        (_("In the register"), 36),
        (_("Field"), 20),
        (_("List says"), 36),
        (_("Register says"), 36),
    ]
    about = [(_("Exported by"), who), (_("File"), file_name), (_("Counts"), result.counts)]
    return report_table(headings, compared_rows(result, titles), _("Comparison"), about)


def compared_rows(result: ComparedList, titles: Mapping[str, StrOrPromise]) -> Iterator[list[Cell]]:
    for listed, alike in result.only_listed:
        yield [
            str(titles["only_listed"]),
            listed.lines[0],
            listed.name,
            None,
            None,
            None,
            alike and _("Perhaps %s") % alike,
        ]
    for vendor in result.only_registered:
        yield [str(titles["only_registered"]), None, None, vendor.name, None, None, None]
    for both in result.different:
        for what, in_list, in_register in both.differences:
            row = [both.listed.lines[0], both.listed.name, both.vendor.name, what, in_list, in_register]
            yield [str(titles["different"]), *row]
    for both in result.agreeing:
        row = [both.listed.lines[0], both.listed.name, both.vendor.name, None, None, None]
        yield [str(titles["agreeing"]), *row]
