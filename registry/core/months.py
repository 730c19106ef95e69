"""Intervals in months. Pure: no Django."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def months_later(day: date, months: int) -> date:
    """Return the same day some months later, the last day of a shorter month, and ``date.max`` at the latest.

    Data of release 1.0.0 may hold intervals and days beyond all limits.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    if year > date.max.year:
        return date.max
    return date(year, month, min(day.day, monthrange(year, month)[1]))
