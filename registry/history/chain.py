"""The digest that binds a change set to its history rows and to the change set before it. Pure: no Django.

The canonical form is JSON in UTF-8 without blanks: the previous digest, the values of the change set, and each history
row as ``[model, values]``, ordered by model and history number. Days and times are ISO 8601, times in UTC.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

#: The previous digest of the first change set.
BEGINNING = "0" * 64

Values = Mapping[str, Any]


def plain_value(value: object) -> object:
    """Return days and times as ISO 8601 text, other values as they are."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return value


_AS_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=plain_value)


def canonical(value: object) -> bytes:
    return _AS_JSON.encode(value).encode()


def digest(previous: str, change_set: Values, rows: Iterable[tuple[str, Values]]) -> tuple[str, int]:
    """Return the digest and the number of rows, which are read one by one, ordered by model and history number."""
    running = hashlib.sha256(canonical(previous))
    running.update(canonical(change_set))
    count = 0
    for model, values in rows:
        running.update(canonical([model, values]))
        count += 1
    return running.hexdigest(), count
