from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class NoSignup(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by whoever gives access."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
