"""The address of a client, also behind load balancers: only trusted proxies may state it."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Network = IPv4Network | IPv6Network
#: The entry of ``TRUSTED_PROXIES`` for connections through a Unix socket, which has no address.
SOCKET = "unix"


def client_address(request: HttpRequest) -> str | None:
    """Return the last address that is not of a trusted proxy, or None. Direct clients cannot state another one."""
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    nearest = request.META.get("REMOTE_ADDR", "")
    return farthest_known(nearest, forwarded, settings.TRUSTED_PROXIES) or None


def farthest_known(nearest: str, forwarded: Iterable[str], trusted: Iterable[str]) -> str:
    """Return the farthest address that a chain of trusted proxies vouches for."""
    trusted = list(trusted)
    networks = [ip_network(each, strict=False) for each in trusted if each != SOCKET]
    address = nearest
    for further in reversed(list(forwarded)):
        if not (is_one_of(address, networks) if address else SOCKET in trusted):
            return address
        if not is_address(further):
            return address
        address = further
    return address


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_one_of(address: str, networks: Iterable[Network]) -> bool:
    return is_address(address) and any(ip_address(address) in network for network in networks)
