"""From where a request comes, also behind load balancers: what a proxy says counts only if it is one of ours."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Network = IPv4Network | IPv6Network
#: In ``TRUSTED_PROXIES``: whoever connects through a Unix socket, which has no address.
SOCKET = "unix"


def client_address(request: HttpRequest) -> str | None:
    """The last address on the way here that is not one of ours. Whoever connects directly cannot say another one."""
    way = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    nearest = request.META.get("REMOTE_ADDR", "")
    return farthest_known(nearest, way, settings.TRUSTED_PROXIES) or None


def farthest_known(nearest: str, way: Iterable[str], trusted: Iterable[str]) -> str:
    trusted = list(trusted)
    networks = [ip_network(each, strict=False) for each in trusted if each != SOCKET]
    address = nearest
    for further in reversed(list(way)):
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
