"""The day by whose law a page shows verdicts: the one in its address, else today."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest
from django.utils import timezone

from registry.law.transfers import Law
from registry.models import law_on
from registry.web.filters import parse_day

#: The query parameter with the day.
LAW_PARAMETER = "law"


def law_day(request: HttpRequest) -> date:
    """Return the day in the address, else today."""
    return day_in_address(request) or timezone.localdate()


def law_of(request: HttpRequest) -> Law:
    """Return the law of the day in the address, else of today. Read once a request."""
    law: Law | None = getattr(request, "law", None)
    if law is None:
        law = request.law = law_on(law_day(request))  # type: ignore[attr-defined]
    return law


def day_in_address(request: HttpRequest, name: str = LAW_PARAMETER) -> date | None:
    """Return the day in a query parameter, or None. Raises ``UnknownFilter``."""
    return parse_day(request.GET.get(name, ""))
