"""The page on which users change their own password, and who has to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from registry.accounts.sign_in_limits import record_failure, refuse_if_locked

#: The views that are open to whoever has to choose a password first.
OPEN_VIEWS = ("admin:password_change", "admin:logout", "admin:jsi18n", "set_language")


class OwnPasswordForm(AdminPasswordChangeForm):
    """Limits attempts at the old password as sign-ins are limited."""

    def __init__(self, user: Any, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        super().__init__(user, *args, **kwargs)

    def clean_old_password(self) -> str:
        name = self.user.get_username()
        refuse_if_locked(self.request, name)
        old: str = self.cleaned_data["old_password"]
        if not self.user.check_password(old):
            record_failure(self.request, name, "old password")
        return super().clean_old_password()

    def clean_new_password1(self) -> str:
        """Refuse the old password: whoever chose it for the user knows it."""
        password: str = self.cleaned_data["new_password1"]
        if self.user.must_change_password and self.user.check_password(password):
            raise ValidationError(_("Choose another password than the one that you were given."), code="unchanged")
        return password

    def save(self, commit: bool = True) -> Any:
        self.user.choose_password(self.cleaned_data["new_password1"])
        return self.user


class OwnPasswordView(PasswordChangeView):
    form_class = OwnPasswordForm

    def get_form_kwargs(self) -> dict[str, object]:
        return {**super().get_form_kwargs(), "request": self.request}


class PasswordChangeRequired:
    """Redirects users whose password somebody else chose to the page on which they choose their own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated or not request.user.must_change_password or is_open_view(request.path):
            return self.get_response(request)
        messages.info(request, _("Choose a password of your own first: somebody else knows the one that you have."))
        return redirect("admin:password_change")


def is_open_view(path: str) -> bool:
    """Return whether a path is open without a password of one's own; setting up a second factor comes before it."""
    second_factor = settings.REQUIRE_SECOND_FACTOR and path.startswith(reverse("mfa_index"))
    asked_again = settings.REQUIRE_SECOND_FACTOR and path == reverse("account_reauthenticate")
    return second_factor or asked_again or path in map(reverse, OPEN_VIEWS)
