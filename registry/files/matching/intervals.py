"""How many months usually lie between two days. Pure: no Django."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

#: Where the list does not tell.
USUAL = 12


def likely_interval(pairs: Iterable[tuple[date, date]]) -> int:
    """Return the number of months that most pairs of days are apart."""
    months = Counter((end.year - start.year) * 12 + end.month - start.month for start, end in pairs)
    likely = [count for count, _times in months.most_common(1) if 0 < count <= 120]
    return likely[0] if likely else USUAL
