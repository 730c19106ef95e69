"""The law by whose day a page shows verdicts: the day that its address names, else today."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from registry.law.transfers import Law
from registry.models import law_on
from registry.web.filters import parse_day

#: The name of the day of judgement in an address.
LAW_PARAMETER = "law"


def law_of(request: Any) -> Law:
    """The law of the day that the address names, else of today; read once a request."""
    if not hasattr(request, "law"):
        request.law = law_on(day_in_address(request) or timezone.localdate())
    law: Law = request.law
    return law


def day_in_address(request: HttpRequest, name: str = LAW_PARAMETER) -> date | None:
    return parse_day(request.GET.get(name, ""))
