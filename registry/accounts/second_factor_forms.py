"""The forms that ask for a second factor. Attempts are limited as for passwords, and each code is valid once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from allauth.core import context
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as codes
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn import forms as keys
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.accounts.sign_in_limits import record_failure, refuse_if_locked
from registry.models import User, spend

#: How long codes of apps are remembered: longer than clocks differ. A code is valid for half a minute.
CODE_REMEMBERED = timedelta(minutes=10)


def check_limited[T](user: User, check: Callable[[], T], wrong: str) -> T:
    """Return the result of ``check``; a ``ValidationError`` counts as a failed attempt of the user, and is recorded."""
    request, name = context.request, user.get_username()
    refuse_if_locked(request, name)
    try:
        return check()
    except ValidationError:
        record_failure(request, name, wrong)
        raise


class OneTimeCodeMixin:
    """Mixin for allauth's forms that ask for a code; allauth itself remembers used codes only within one process."""

    user: Any
    authenticator: Any = None

    def clean_code(self) -> str:
        return check_limited(self.user, self.unspent_code, "code of the second factor")

    def unspent_code(self) -> str:
        code: str = super().clean_code()  # type: ignore[misc]
        if not spend(f"{self.user.pk} {normalize_user_code(code)}", self.until()):
            raise get_adapter().validation_error("incorrect_code")
        return code

    def until(self) -> datetime | None:
        if self.authenticator is not None and self.authenticator.type == Authenticator.Type.RECOVERY_CODES:
            return None
        return timezone.now() + CODE_REMEMBERED


class LimitedKeyMixin:
    """Mixin for allauth's forms that ask for a security key."""

    user: Any

    def clean_credential(self) -> Any:
        return check_limited(self.user, super().clean_credential, "security key")  # type: ignore[misc]


class AuthenticateForm(OneTimeCodeMixin, codes.AuthenticateForm):  # type: ignore[misc]
    pass


class ReauthenticateForm(OneTimeCodeMixin, codes.ReauthenticateForm):  # type: ignore[misc]
    pass


class ActivateForm(OneTimeCodeMixin, ActivateTOTPForm):  # type: ignore[misc]
    """The code that sets up an app is used up too."""


class AddKeyForm(keys.AddWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of the key")


class EditKeyForm(keys.EditWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of the key")


class AuthenticateKeyForm(LimitedKeyMixin, keys.AuthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class ReauthenticateKeyForm(LimitedKeyMixin, keys.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    pass
