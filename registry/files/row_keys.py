"""The keys of rows in exported files: which entry a row is about, and which export it comes from.

The export is on record with its token, the change set that it shows, and whether it held the whole register. So a file
that comes back can be compared with the state that it left.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from registry.models import ChangeSet, Source

#: What the change set of an export records.
TOKEN, SHOWN, WHOLE = "token", "shown", "whole"
PATTERN = re.compile(r"(\d{1,18})\.([0-9a-f]{12})")


class RowKey(NamedTuple):
    activity: int
    token: str


@dataclass(frozen=True)
class ExportedState:
    """The export that a file comes from."""

    #: The newest change set that the file shows.
    change_set: int
    #: Whether it held all activities in the register.
    whole: bool
    #: Which rows it held, as recorded; "all" for all.
    rows: str


def new_export_token() -> str:
    return secrets.token_hex(6)


def key_text(activity: int, token: str) -> str:
    return f"{activity}.{token}"


def read_key(text: str) -> RowKey | None:
    """Return the key that a cell holds, None where it holds none."""
    match = PATTERN.fullmatch(text.strip())
    return RowKey(int(match[1]), match[2]) if match else None


def exported_states(tokens: Iterable[str]) -> Mapping[str, ExportedState]:
    """Return the exports with these tokens that this register has on record."""
    exports = ChangeSet.objects.filter(source=Source.EXPORT, details__token__in=list(tokens)).order_by("pk")
    return {
        details[TOKEN]: ExportedState(int(details[SHOWN]), details.get(WHOLE) == "yes", details.get("rows", ""))
        for details in exports.values_list("details", flat=True)
        if str(details.get(SHOWN, "")).isdigit()
    }
