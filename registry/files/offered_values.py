"""The values that cells of a workbook offer: choices, countries, legal bases with mechanisms, and owners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from registry.core import languages
from registry.files.columns import Column
from registry.history.change_sets import name_of
from registry.law.countries import COUNTRIES
from registry.models import LegalBasis, TransferMechanism, User, Vendor

COUNTRY_COLUMNS = {"country", "vendor_country"}
#: Values that are offered in a column; of more, the first.
MOST_OFFERED = 2_000


def owners_in_register() -> Iterable[User]:
    return User.objects.filter(pk__in=Vendor.objects.order_by().values("owner"))


def offered_values(columns: Sequence[Column], people: Iterable[User]) -> Iterator[tuple[int, list[str]]]:
    """Yield the place of each column with known values, and these as an import reads them."""
    for place, column in enumerate(columns):
        values = column.type.labels().values() if column.type.labels else values_offered_for(column, people)
        if values:
            yield place, list(values)[:MOST_OFFERED]


def values_offered_for(column: Column, people: Iterable[User]) -> list[str]:
    if column.key in COUNTRY_COLUMNS:
        return [country.with_code(languages.active_language()) for _code, country in sorted(COUNTRIES.items())]
    if column.key == "legal_ground":
        bases = LegalBasis.objects.order_by("label").values_list("label", flat=True)
        mechanisms = TransferMechanism.objects.order_by("label").values_list("label", flat=True)
        return [*bases, *mechanisms]
    if column.key == "vendor_owner":
        return sorted(name_of(person) for person in people)
    return []
