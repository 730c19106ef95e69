"""IP addresses as they are stored."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.ipv6 import clean_ipv6_address


def normal_address(address: str | None) -> str | None:
    """Return an IP address in the form in which every database returns it, None where it is not one."""
    text = (address or "").partition("%")[0]
    try:
        return clean_ipv6_address(text, unpack_ipv4=True) if ":" in text else text or None
    except ValidationError:
        return None
