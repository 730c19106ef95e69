"""Second factors of users who sign in by password: codes of apps, security keys and passkeys, with allauth's pages."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.signals import authenticator_added
from allauth.mfa.utils import is_mfa_enabled
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db.models.signals import post_delete, post_save
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from registry.history.people import note, note_subject_of

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator

    from registry.models import User

#: The views that are open without a second factor, besides those that ask for one.
OPEN_VIEWS = ("set_language", "admin:logout", "admin:jsi18n")
#: The views that ask for a factor, and those that set one up, which ask for the password first.
ASKING_VIEWS = ("mfa_reauthenticate", "mfa_reauthenticate_webauthn")
SETTING_UP_VIEWS = ("mfa_index", "account_reauthenticate")


def connect_second_factor() -> None:
    """Connect the record of factors to signals of the model: allauth's own are sent after the change set has ended."""
    from allauth.mfa.models import Authenticator

    authenticator_added.connect(record_new_factor)
    post_save.connect(note_added, sender=Authenticator)
    post_delete.connect(note_removed, sender=Authenticator)


def note_added(sender: object, instance: Authenticator, created: bool, **kwargs: object) -> None:
    if created:
        note(note_subject_of(instance.user), "second factor", "", instance.type)


def note_removed(sender: object, instance: Authenticator, **kwargs: object) -> None:
    note(note_subject_of(instance.user), "second factor", instance.type, "")


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Encrypts the secrets of factors in the database with a key derived from ``SECRET_KEY``."""

    def encrypt(self, text: str) -> str:
        return fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return fernet().decrypt(encrypted_text.encode()).decode()


def fernet() -> Fernet:
    key = hashlib.sha256(b"registry.accounts.second_factor" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def record_new_factor(
    sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: object
) -> None:
    """Count a factor that was just set up as given in this session."""
    record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)


def is_given(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


class SecondFactorRequired:
    """Redirects users without a factor to setting one up, and sessions without a given one to the page that asks.

    A session may have begun by password alone, before the user had a factor.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated or request.path in paths(OPEN_VIEWS):
            return self.get_response(request)
        if not is_mfa_enabled(request.user):
            if request.path.startswith(paths(SETTING_UP_VIEWS)):
                return self.get_response(request)
            return redirect("mfa_activate_totp")
        if is_given(request) or request.path in paths(ASKING_VIEWS):
            return self.get_response(request)
        return redirect_to_login(request.get_full_path(), reverse("mfa_reauthenticate"))


def paths(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(reverse, names))


@dataclass(frozen=True)
class Factors:
    """What a user can give besides the password."""

    has_app: bool
    keys: int
    recovery_codes_left: int


def factors_of(user: User) -> Factors:
    from allauth.mfa.models import Authenticator

    of_user = list(Authenticator.objects.filter(user=user))
    codes = [each for each in of_user if each.type == Authenticator.Type.RECOVERY_CODES]
    return Factors(
        has_app=any(each.type == Authenticator.Type.TOTP for each in of_user),
        keys=sum(each.type == Authenticator.Type.WEBAUTHN for each in of_user),
        recovery_codes_left=sum(len(each.wrap().get_unused_codes()) for each in codes),
    )
