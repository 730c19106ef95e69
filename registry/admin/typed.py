"""The verdict of an activity as its form stands, before anything is saved. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.http import QueryDict

from registry.countries import find
from registry.models import Qualifies
from registry.transfers import Assessment, Law, Recorded

PREFIX = "transfers"
MOST = 100


def assessment(typed: QueryDict, law: Law) -> Assessment | None:
    """None as long as no country is chosen."""
    country = find(typed.get("country", ""))
    return law.flow(country.code, recorded(typed, law)) if country else None


def recorded(typed: QueryDict, law: Law) -> Iterator[Recorded]:
    """The transfers of the form that name a mechanism and are not to be deleted."""
    mechanisms = {str(mechanism.pk): mechanism for mechanism in law.mechanisms}
    count = typed.get(f"{PREFIX}-TOTAL_FORMS", "")
    for number in range(min(int(count), MOST) if count.isdecimal() else 0):

        def said(name: str, row: str = f"{PREFIX}-{number}") -> str:
            return str(typed.get(f"{row}-{name}", "")).strip()

        mechanism = mechanisms.get(said("mechanism"))
        if mechanism is not None and not said("DELETE"):
            country, qualifies = find(said("country")), said("recipient_qualifies")
            yield Recorded(
                mechanism,
                country.code if country else "",
                qualifies if qualifies in Qualifies.values else Qualifies.UNKNOWN,
                *(day(said(name)) for name in ("checked_on", "signed_on", "assessed_on", "permitted_on")),
            )


def day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
