"""Whoever uses the register."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser, AnonymousUser

#: Who makes a request: a user, or somebody who has not signed in.
type Person = AbstractUser | AnonymousUser
