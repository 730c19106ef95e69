"""Types of command-line arguments."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import date

from registry.core.days import FIRST_DAY, LAST_DAY, is_plausible_day


def day_argument(text: str) -> date:
    """Return the day. Raises ``ArgumentTypeError`` for other texts and implausible days."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a day; write it as 2020-07-16") from None
    if not is_plausible_day(day):
        raise ArgumentTypeError(f"{text} is not between {FIRST_DAY} and {LAST_DAY}")
    return day
