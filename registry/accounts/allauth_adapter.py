"""The account adapter of django-allauth, for every way to sign in."""

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
    """Forbids sign-up, and applies the register's rules for names, addresses and redirects."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address of the client; empty for a socket whose proxy does not state it."""
        return client_address(request) or ""

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Refuse a user name that could be mistaken for another one; allauth then generates a different one."""
        name: str = super().clean_username(username, shallow)
        User(username=name).check_name()
        return name

    def is_safe_url(self, url: str) -> bool:
        """Return whether the address is of this host; other hosts of ``ALLOWED_HOSTS`` are other sites."""
        request = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())

    def login(self, request: HttpRequest, user: User) -> None:
        """Refuse users who were deactivated, or are no longer staff, since they entered the password."""
        if not (user.is_active and user.is_staff):
            raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)

    def logout(self, request: HttpRequest) -> None:
        sign_out(request)
