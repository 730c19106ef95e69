"""Authentication backends."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from registry.models import User


class StaffOnly:
    """Refuses accounts that are not staff before comparing passwords, so that nobody learns whether one is right."""

    def authenticate(
        self, request: HttpRequest | None, username: Any = None, password: Any = None, **rest: Any
    ) -> None:
        if User.objects.filter(username=username, is_staff=False).exists():
            make_password(password)  # takes as long as a comparison
            raise PermissionDenied
