"""Who may sign in by a password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from registry.models import User


class StaffOnly:
    """Refuse an account that is not staff before its password is compared: nobody learns whether it was right."""

    def authenticate(
        self, request: HttpRequest | None, username: Any = None, password: Any = None, **rest: Any
    ) -> None:
        if User.objects.filter(username=username, is_staff=False).exists():
            make_password(password)  # takes as long as a comparison
            raise PermissionDenied
