"""A second factor for whoever signs in by a password: a code from an app, or a key or passkey. Pages are allauth's."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.utils import is_mfa_enabled
from cryptography.fernet import Fernet
from django.conf import settings
from django.db.models.signals import post_delete, post_save
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from registry.audit.people import note, subject

#: What whoever has no second factor yet may open, besides allauth's own pages.
WITHOUT = {"set_language", "admin:logout", "admin:jsi18n"}


def connect() -> None:
    """Signals of the model: allauth's own come after the change set has ended."""
    from allauth.mfa.models import Authenticator

    post_save.connect(added, sender=Authenticator)
    post_delete.connect(removed, sender=Authenticator)


def added(sender: Any, instance: Any, created: bool, **kwargs: Any) -> None:
    if created:
        note(subject(instance.user), "second factor", "", instance.type)


def removed(sender: Any, instance: Any, **kwargs: Any) -> None:
    note(subject(instance.user), "second factor", instance.type, "")


class Encrypted(DefaultMFAAdapter):  # type: ignore[misc]
    """What a code is computed from lies in the database encrypted by the key of the settings."""

    def encrypt(self, text: str) -> str:
        return fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return fernet().decrypt(encrypted_text.encode()).decode()


def fernet() -> Fernet:
    key = hashlib.sha256(b"registry.access.second_factor" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


class SecondFactorRequired:
    """Whoever has none is led to setting one up, and to nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated and not self.may_pass(request) and not is_mfa_enabled(request.user):
            return redirect("mfa_activate_totp")
        return self.get_response(request)

    def may_pass(self, request: HttpRequest) -> bool:
        own = request.path.startswith((reverse("mfa_index"), reverse("account_reauthenticate")))
        return own or request.path in {reverse(name) for name in WITHOUT}
