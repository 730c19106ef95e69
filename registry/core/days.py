"""Days in the time zone of the register, wherever the reader is."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.utils import timezone

#: Days that people may ask about lie between these; others are typing errors.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
#: Days that entries may hold lie between these: from old agreements to what ends within this century.
FIRST_RECORDED, LAST_RECORDED = date(1990, 1, 1), date(2100, 12, 31)


def next_day(day: date) -> date:
    """Return the day after, or ``date.max`` itself, which data of release 1.0.0 may hold."""
    return day if day == date.max else day + timedelta(days=1)


def is_plausible_day(day: date) -> bool:
    return FIRST_DAY <= day <= LAST_DAY


def midnight(day: date) -> datetime:
    """Return the beginning of the day."""
    return timezone.make_aware(datetime.combine(day, time.min), timezone.get_default_timezone())


def local_minute(when: datetime) -> str:
    """Return date and time to the minute, in the time zone of the register."""
    return f"{timezone.localtime(when):%Y-%m-%d %H:%M}"
