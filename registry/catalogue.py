"""The mechanisms that reference data knows, so that an import recognises their wording. Pure: no Django."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from registry.text import text_key

FILE = Path(__file__).parent / "reference" / "mechanisms.csv"
DAYS = {"valid_from", "last_day_new", "valid_until", "needs_assessment_from"}
YES_NO = {"recipient_must_qualify", "recurring"}


@cache
def mechanisms() -> Mapping[str, dict[str, Any]]:
    """The known mechanisms by the key of their label; each as the values of its fields."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {
            text_key(row["label"]): {name: _value(name, text) for name, text in row.items()}
            for row in csv.DictReader(file)
        }


def _value(name: str, text: str) -> Any:
    if name in DAYS:
        return date.fromisoformat(text) if text else None
    return text == "yes" if name in YES_NO else text
