"""What django-allauth asks about accounts, whichever way somebody signs in."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from registry.accounts.client_address import client_address
from registry.history.people import sign_out
from registry.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by whoever gives access."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that counts everywhere else too; empty for a socket whose proxy says none."""
        return client_address(request) or ""

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Refuse what the provider says where it could be taken for another user's name; allauth makes up another."""
        name: str = super().clean_username(username, shallow)
        User(username=name).check_name()
        return name

    def is_safe_url(self, url: str) -> bool:
        """Whether the address is of this host: other hosts of ``ALLOWED_HOSTS`` are other sites."""
        request = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())

    def login(self, request: HttpRequest, user: User) -> None:
        """Refuse whoever was deactivated, or is no longer staff, since they gave the password."""
        if not (user.is_active and user.is_staff):
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)

    def logout(self, request: HttpRequest) -> None:
        sign_out(request)
