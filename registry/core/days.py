"""Days on the clocks of the register, wherever the reader is."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone

#: What people ask about lies between them; whatever does not is a slip of the keyboard.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
#: What entries say lies between these: agreements of the last decades, and what ends within this century.
FIRST_RECORDED, LAST_RECORDED = date(1990, 1, 1), date(2100, 12, 31)


def next_day(day: date) -> date:
    """Return the day after; data of 1.0.0 may hold the last day there is."""
    return day if day == date.max else day + timedelta(days=1)


def is_plausible_day(day: date) -> bool:
    return FIRST_DAY <= day <= LAST_DAY


def midnight(day: date) -> datetime:
    """The beginning of the day."""
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())


def local_minute(when: datetime) -> str:
    """Date and time of the day as the clock on the wall showed them."""
    return f"{timezone.localtime(when):%Y-%m-%d %H:%M}"
