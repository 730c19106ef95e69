from __future__ import annotations

from contextlib import nullcontext
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from registry.models.changes import Source, change_set, is_open


class SilentChange(NotImplementedError):
    """A way to change people that leaves no record."""


class UserQuerySet(models.QuerySet["User"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise SilentChange("QuerySet.update() on users leaves no record. Change each user and save() it.")

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise SilentChange("QuerySet.bulk_create() of users leaves no record. Make each user by create_user().")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise SilentChange("QuerySet.bulk_update() of users leaves no record. Change each user and save() it.")

    def delete(self) -> NoReturn:
        raise SilentChange("Users are deactivated, never deleted: history names them. Set is_active = False.")

    update.alters_data = delete.alters_data = True  # type: ignore[attr-defined]
    bulk_create.alters_data = bulk_update.alters_data = True  # type: ignore[attr-defined]


class People(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    use_in_migrations = False


class User(AbstractUser):
    """Whoever may sign in. Users are deactivated, never deleted: history names them for ever."""

    language = models.CharField(
        _("language"),
        max_length=5,
        choices=settings.LANGUAGES,
        default="sv",
        help_text=_("In which reminders are written."),
    )

    sessions_ended = models.PositiveIntegerField(
        _("signed out everywhere"),
        default=0,
        db_default=0,  # the release before, which still runs during an upgrade, does not know the column
        editable=False,
        help_text=_("How often: each time ends all sessions."),
    )

    objects = People()  # type: ignore[misc]

    class Meta(AbstractUser.Meta):
        base_manager_name = "objects"

    def save(self, **kwargs: Any) -> None:
        """Write in the open change set, or in one of its own: what is written and its record are one transaction."""
        with nullcontext() if is_open() else change_set(source=Source.COMMAND):
            super().save(**kwargs)

    def end_sessions(self) -> None:
        """Signed out in every browser at once, with the next request of each."""
        self.sessions_ended += 1
        self.save(update_fields=["sessions_ended"])

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's, which a new password changes; here another end of all sessions changes it too."""
        value = f"{self.password}:{self.sessions_ended}"
        return salted_hmac("registry.models.people.User.sessions", value, secret=secret, algorithm="sha256").hexdigest()

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise SilentChange("Users are deactivated, never deleted: history names them. Set is_active = False.")
