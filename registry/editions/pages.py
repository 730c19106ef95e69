"""The pages of a series that are made anew: what holds now, and that an edition was withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from registry.editions.feed import changes_of_edition
from registry.editions.forms.file_types import FILE_TYPES, name_of_file
from registry.editions.holding import HoldingPeriod, holding_on, withdrawn_on
from registry.editions.style import style
from registry.models import DocumentText

HTML, INDEX = "text/html; charset=utf-8", "index.html"
#: Changes that the page of a series tells; the difference is in the feed and in the editions.
MOST_CHANGES = 50


@dataclass(frozen=True)
class LinkedFile:
    title: str
    path: str
    name: str
    sha256: str


@dataclass(frozen=True)
class ListedEdition:
    period: HoldingPeriod
    path: str
    state: str
    files: Sequence[LinkedFile]


@dataclass(frozen=True)
class AnswerAboutDay:
    """Which edition holds on a day that was asked about. ``day`` is None where what was asked is no day."""

    asked: str
    day: date | None
    holding: HoldingPeriod | None
    withdrawn: Sequence[HoldingPeriod]


def answer_about_day(periods: Sequence[HoldingPeriod], asked: str) -> AnswerAboutDay:
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        day = None
    if day is None or day.isoformat() != asked:  # weeks, and days without hyphens
        return AnswerAboutDay(asked[:40], None, None, ())
    return AnswerAboutDay(asked, day, holding_on(periods, day), withdrawn_on(periods, day))


def series_page(
    series: DocumentText,
    periods: Sequence[HoldingPeriod],
    on: date,
    *,
    at_addresses: bool = False,
    answer: AnswerAboutDay | None = None,
) -> bytes:
    """Return the page of a series as on a day, in the language of the series."""
    with translation.override(series.language):
        holding = holding_on(periods, on)
        listed = [listed_edition(series, period, on) for period in periods]
        context = {
            "series": series,
            "language": series.language,
            "on": on,
            "style": style(),
            "holding": holding,
            "changes": changes_of_edition(series, holding, MOST_CHANGES) if holding else (),
            "coming": [each for each in listed if not each.period.is_withdrawn and each.period.holds_from > on],
            "listed": [each for each in listed if not each.period.is_withdrawn],
            "withdrawn": [each for each in listed if each.period.is_withdrawn],
            "at_addresses": at_addresses,
            "answer": answer,
            "check_address": address_for_checking(series, at_addresses=at_addresses),
        }
        return render_to_string("editions/series.html", context).encode()


def listed_edition(series: DocumentText, period: HoldingPeriod, on: date) -> ListedEdition:
    edition = period.edition
    folder = f"{edition.number}/"
    files = [
        LinkedFile(str(kind.title), folder + name, name, edition.files[form])
        for form, kind in FILE_TYPES.items()
        if form in edition.files and not period.is_withdrawn
        for name in [name_of_file(series.slug, edition.number, form)]
    ]
    return ListedEdition(period, folder + INDEX, state_in_words(period, on), files)


def state_in_words(period: HoldingPeriod, on: date) -> str:
    if period.is_withdrawn:
        return _("withdrawn")
    if period.holds:
        return _("holds now")
    if period.holds_from > on:
        return _("holds from a coming day")
    return _("never held") if period.never_held else _("superseded")


def page_about_edition(series: DocumentText, period: HoldingPeriod, on: date) -> bytes:
    """Return the page of an edition that has none of its own, or no longer: what it is, whether it holds, its files."""
    with translation.override(series.language):
        context = {
            "series": series,
            "language": series.language,
            "on": on,
            "style": style(),
            "period": period,
            "edition": period.edition,
            "listed": listed_edition(series, period, on),
        }
        return render_to_string("editions/notice.html", context).encode()


def address_for_checking(series: DocumentText, *, at_addresses: bool) -> str:
    """Return the address of the page that checks files; empty where this server has none that is known."""
    if at_addresses:
        return "../check/"
    return f"{settings.SITE_URL}/published/check/" if series.is_public and settings.SITE_URL else ""
