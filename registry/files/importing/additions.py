"""What a list of somebody else adds to entries of the register: what it leaves blank, it does not say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from registry.core.text import text_key
from registry.files.batches import unique_labels
from registry.files.columns import AGREEMENT_COLUMN, TRANSFER_COLUMN, Column
from registry.files.import_content import ImportRow
from registry.files.nested import NestedLine, agreement_lines, agreements_in_order, transfer_lines
from registry.models import Agreement, ProcessingActivity, Transfer, Vendor

NOTES = frozenset({"notes", "vendor_notes"})


def completed(
    import_row: ImportRow,
    vendor: Vendor,
    activity: ProcessingActivity,
    transfers: Sequence[Transfer],
    agreements: Iterable[Agreement],
) -> ImportRow:
    """Return the row with what the register knows where the row says nothing, so that importing it removes nothing."""
    row = import_row.row
    known = not activity._state.adding
    labels = unique_labels(transfer.label for transfer in transfers if transfer.mechanism is not None)
    details: dict[Column, Any] = {}
    for column, said in import_row.details.items():
        entry: Vendor | ProcessingActivity = vendor if column.of_vendor else activity
        if column is TRANSFER_COLUMN:
            place = row.country or activity.country
            news = [line for line in said or [] if not (known and is_known_already(line, row.country, activity))]
            details[column] = united_transfers(transfer_lines(transfers), news, place)
        elif column is AGREEMENT_COLUMN:
            details[column] = united_agreements(agreement_lines(agreements_in_order(agreements)), said or [])
        elif column.key in NOTES and said:
            details[column] = united_notes(getattr(entry, column.field), said)
        elif entry._state.adding or (said is not None and said != ""):
            details[column] = said
    own = replace(
        row,
        personal_data=row.personal_data or activity.personal_data,
        country=row.country or activity.country,
        legal_basis=row.legal_basis or (activity.legal_basis.label if known and activity.legal_basis else ""),
        mechanisms=tuple(unique_labels([*labels, *row.mechanisms])),
    )
    return replace(import_row, row=own, columns=tuple(details), values=tuple(details.values()))


def is_known_already(line: NestedLine, country: str, activity: ProcessingActivity) -> bool:
    """Return whether a line only says, without a mechanism, that data are in the country that the register has."""
    label, facts = line
    return not label and not facts and country in ("", activity.country)


def united_transfers(before: Sequence[NestedLine], lines: Sequence[NestedLine], country: str) -> list[NestedLine]:
    """Return the transfers that are recorded, and those of the list to countries and by mechanisms that are not.

    A country that the list names without a mechanism is said already where a transfer there is recorded.
    """
    united = list(before)
    recorded = {(text_key(label), facts.get("country", "")) for label, facts in before}
    places = {facts.get("country", "") or country for _label, facts in before}
    for label, facts in lines:
        place = facts.get("country", "")
        if (text_key(label), place) not in recorded and (label or (place or country) not in places):
            united.append((label, facts))
    return united


def united_agreements(before: Sequence[NestedLine], lines: Sequence[NestedLine]) -> list[NestedLine]:
    known = [(kind, facts.get("reference"), facts.get("signed_on")) for kind, facts in before]
    added = [line for line in lines if (line[0], line[1].get("reference"), line[1].get("signed_on")) not in known]
    return [*before, *added]


def united_notes(before: str, added: str) -> str:
    missing = [line for line in added.split("\n") if line not in before]
    return "\n".join(filter(None, (before, *missing)))
