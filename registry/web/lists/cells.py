"""The rows of a list as HTML: written once for a page, as the template engine would take most of its time for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, QueryDict
from django.template.defaultfilters import linebreaksbr
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from registry.files.batches import BatchContext
from registry.files.columns import Column
from registry.files.export import table_rows
from registry.law.verdicts import Verdict
from registry.law.wording import VERDICT_NAMES
from registry.models import ProcessingActivity
from registry.models.activities import ActivityQuerySet
from registry.models.vendors import VendorQuerySet
from registry.web.lists.definition import REGISTER
from registry.web.lists.query import ListQuery, ShownList

#: Longer texts are shown in part, and whole at a click.
LONG_TEXT = 600
#: The longest name of an entry in the label of its check box.
LONG_NAME = 80
#: The query parameter of a form with the query string of the list that it was opened from, as Django's admin has it.
LIST_QUERY = "_changelist_filters"


@dataclass(frozen=True)
class ListCell:
    key: str
    text: str
    #: The address that it leads to, empty for most.
    address: str
    html: SafeString


@dataclass(frozen=True)
class ListRow:
    key: int
    #: The label of its check box.
    label: str
    cells: Sequence[ListCell]

    @property
    def html(self) -> SafeString:
        return format_html_join("", "{}", ((cell.html,) for cell in self.cells))


def list_rows(
    request: HttpRequest, list_query: ListQuery, shown: ShownList, entries: ActivityQuerySet | VendorQuerySet
) -> Iterator[ListRow]:
    """Yield the rows of the entries of a page."""
    addresses = Addresses(request, list_query, entries)
    columns = [ListColumn(column) for column in list_query.columns]
    select = _("Select %(entry)s")
    for key, values in table_rows(entries, list_query.columns, BatchContext(shown.law)):
        texts = ["" if value is None else str(value) for value in values]
        cells = [
            column.cell(text, addresses.of_cell(key, column.key)) for column, text in zip(columns, texts, strict=True)
        ]
        yield ListRow(key, select % {"entry": shortened(texts[0], LONG_NAME)}, cells)


def shortened(text: str, length: int) -> str:
    return text if len(text) <= length else Truncator(text).chars(length)


class ListColumn:
    """A column of a list with what all its cells share."""

    def __init__(self, column: Column) -> None:
        self.key = column.key
        self._opening = format_html(
            '<td role="cell" class="column-{}" data-label="{}">', column.key, str(column.heading)
        )
        self._verdicts = {str(VERDICT_NAMES[each]): each.code for each in Verdict} if column.key == "verdict" else {}

    def cell(self, text: str, address: str) -> ListCell:
        return ListCell(self.key, text, address, self._opening + self._content(text, address) + CLOSING)

    def _content(self, text: str, address: str) -> SafeString:
        if text in self._verdicts:
            return format_html('<span class="verdict verdict-{}">{}</span>', self._verdicts[text], text)
        if address:
            return format_html('<a href="{}">{}</a>', address, shortened(text, LONG_TEXT) or "–")
        if len(text) > LONG_TEXT:
            return render_to_string("registry/long_text.html", {"text": text})
        return linebreaksbr(text, autoescape=True) if text else NOTHING


CLOSING = SafeString("</td>")
NOTHING = SafeString('<span class="none">–</span>')


class Addresses:
    """Where the cells of a list lead to: the name of a vendor to the vendor, one other cell to the entry itself."""

    def __init__(self, request: HttpRequest, list_query: ListQuery, entries: ActivityQuerySet | VendorQuerySet) -> None:
        self.back = back_to_list(request)
        self.page = "change" if list_query.day is None else "history"
        self.definition = list_query.definition
        keys = [column.key for column in list_query.columns]
        self.leading, self.vendors = keys[0], {}
        if self.definition is REGISTER and "vendor" in keys:
            others = [key for key in keys if key != "vendor"]
            self.leading = "purpose" if "purpose" in keys else next(iter(others), "vendor")
            rows = ProcessingActivity.objects.filter(pk__among=[entry.pk for entry in entries])
            self.vendors = dict(rows.order_by().values_list("pk", "vendor_id"))

    def of_cell(self, key: int, column: str) -> str:
        if column == self.leading:
            return self.address(self.definition.model_name, key)
        return self.address("vendor", self.vendors[key]) if column == "vendor" and self.vendors else ""

    def address(self, model_name: str, key: int) -> str:
        address = reverse(f"admin:registry_{model_name}_{self.page}", args=[key])
        return f"{address}?{self.back}" if self.back and model_name == self.definition.model_name else address


def back_to_list(request: HttpRequest) -> str:
    """Return the query string with which a form leads back to this list, empty for the list without a filter."""
    query = QueryDict(request.GET.urlencode(), mutable=True)
    return urlencode({LIST_QUERY: query.urlencode()}) if query else ""
