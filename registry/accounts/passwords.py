"""The page on which users change their own password."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest

from registry.accounts.sign_in_limits import record_failure, refuse_if_locked


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


class OwnPasswordView(PasswordChangeView):
    form_class = OwnPasswordForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}
