"""The mechanisms of the reference data, and the wordings by which documents name them. Pure: no Django."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from registry.core.text import unique_key

REFERENCE = Path(__file__).parents[1] / "reference"
MECHANISMS = REFERENCE / "mechanisms.csv"
ALIASES = REFERENCE / "aliases.csv"
DAYS = {"valid_from", "last_day_new", "valid_until", "needs_assessment_from", "unsettled_from"}
NUMBERS = {"check_holds_months"}
YES_NO = {
    "names_a_group",
    "recipient_must_qualify",
    "self_certified",
    "needs_authorisation",
    "is_processing_agreement",
    "must_be_signed",
    "assessed_only_with_added_data",
    "for_importers_outside_gdpr",
    "recurring",
}
#: What a column of the file holds: text, yes or no, a number, a day, or none.
type FieldValue = str | bool | int | date | None


@cache
def mechanisms_by_code() -> Mapping[str, Mapping[str, Any]]:
    """Return the mechanisms by code, in the order of the file, each as the values of its fields.

    ``replaced_by`` is the code of another mechanism, or empty.
    """
    return MappingProxyType(
        {
            row["code"]: MappingProxyType({name: _value(name, text) for name, text in row.items()})
            for row in _rows(MECHANISMS)
        }
    )


@cache
def aliases() -> Mapping[str, tuple[str, ...]]:
    """Return the further wordings of each mechanism by its code."""
    labels: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for row in _rows(ALIASES):
        labels[row["code"]] += (row["label"],)
    return MappingProxyType(dict(labels))


def wordings(code: str) -> tuple[str, ...]:
    """Return all wordings of a mechanism, its label first."""
    return (mechanisms_by_code()[code]["label"], *aliases().get(code, ()))


def code_of(wording: str) -> str | None:
    """Return the code of the mechanism that a wording stands for, None where it stands for none."""
    return _codes().get(unique_key(wording))


@cache
def _codes() -> Mapping[str, str]:
    return {unique_key(wording): code for code in mechanisms_by_code() for wording in wordings(code)}


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def _value(name: str, text: str) -> FieldValue:
    if name in DAYS:
        return date.fromisoformat(text) if text else None
    if name in NUMBERS:
        return int(text) if text else None
    return text == "yes" if name in YES_NO else text
