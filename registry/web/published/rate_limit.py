"""How often an address may ask. Each process counts for itself, in memory."""

from __future__ import annotations

import time
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from registry.accounts.client_address import client_address, is_address

SECONDS = 60
#: An IPv6 client chooses the rest of its address as it likes.
IPV6_NETWORK = 64


def seconds_to_wait(request: HttpRequest) -> int:
    """Count a request. Return how many seconds its client has to wait, 0 where it may ask."""
    minute, second = divmod(int(time.time()), SECONDS)
    key = f"published:{minute}:{client(request)}"
    cache.add(key, 0, SECONDS)
    try:
        count = cache.incr(key)
    except ValueError:  # the minute ended, or the cache was full
        return 0
    return SECONDS - second if count > settings.PUBLISHED_REQUESTS_A_MINUTE else 0


def client(request: HttpRequest) -> str:
    """Return the address that counts; without one, all clients count together."""
    address = client_address(request) or ""
    if is_address(address) and isinstance(ip_address(address), IPv6Address):
        return str(ip_network(f"{address.partition('%')[0]}/{IPV6_NETWORK}", strict=False).network_address)
    return address if is_address(address) else "unknown"
