"""The periods in which personal data flows freely to a country, from reference/country_periods.csv. Pure: no Django."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

PERIODS = Path(__file__).parents[1] / "reference" / "country_periods.csv"


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both included, data flows freely to a country under a regime such as ``eea``."""

    country: str
    regime: str
    first: date
    last: date | None

    def holds(self, on: date) -> bool:
        return self.first <= on and (self.last is None or on <= self.last)


@cache
def periods() -> Mapping[str, tuple[Period, ...]]:
    """Return the periods of each country by its code."""
    by_country: dict[str, tuple[Period, ...]] = {}
    with PERIODS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            last = date.fromisoformat(row["last_day"]) if row["last_day"] else None
            period = Period(row["iso2"], row["regime"], date.fromisoformat(row["from_day"]), last)
            by_country[period.country] = (*by_country.get(period.country, ()), period)
    return MappingProxyType(by_country)
