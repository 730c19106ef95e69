"""Addresses in requests, which may lead anywhere."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def safe_address(request: HttpRequest, address: str, otherwise: str) -> str:
    """Return an address if it stays on this site, else the other one."""
    safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure())
    return address if safe else otherwise
