"""Users."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from registry.history.change_sets import Source, change_set, is_open
from registry.history.exceptions import SilentChange
from registry.models.user_names import LONGEST_KEY, name_key, validate_user_name, visible


class UserQuerySet(models.QuerySet["User"]):
    """Refuses bulk writes, which would leave no record."""

    def update(self, **kwargs: object) -> NoReturn:
        raise SilentChange("QuerySet.update() on users leaves no record. Change each user and save() it.")

    def bulk_create(self, *args: object, **kwargs: object) -> NoReturn:
        raise SilentChange("QuerySet.bulk_create() of users leaves no record. Make each user by create_user().")

    def bulk_update(self, *args: object, **kwargs: object) -> NoReturn:
        raise SilentChange("QuerySet.bulk_update() of users leaves no record. Change each user and save() it.")

    def delete(self) -> NoReturn:
        raise SilentChange("Users are deactivated, never deleted: history names them. Set is_active = False.")

    update.alters_data = delete.alters_data = True  # type: ignore[attr-defined]
    bulk_create.alters_data = bulk_update.alters_data = True  # type: ignore[attr-defined]


class RecordedUserManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    use_in_migrations = False


class User(AbstractUser):
    """A person who may sign in. Users are deactivated, never deleted, because history names them."""

    history_untracked_because = "signs in; holds nothing of the register"

    language = models.CharField(
        _("language"),
        max_length=5,
        choices=settings.LANGUAGES,
        default=settings.LANGUAGE_CODE,
        help_text=_("The language of mails."),
    )

    must_change_password = models.BooleanField(
        _("must choose a password"),
        default=False,
        db_default=False,  # the release before runs on during an upgrade and does not know the column
        editable=False,
        help_text=_("At the next sign-in, because somebody else chose the present one."),
    )

    sessions_ended = models.PositiveIntegerField(
        _("signed out everywhere"),
        default=0,
        db_default=0,  # the release before runs on during an upgrade and does not know the column
        editable=False,
        help_text=_("How often: each time ends all sessions."),
    )

    #: See ``name_key()``. NULL for users of release 1.0.0 whose names look alike: they keep them.
    name_key = models.CharField(max_length=LONGEST_KEY, null=True, editable=False)

    objects = RecordedUserManager()  # type: ignore[misc]

    class Meta(AbstractUser.Meta):
        base_manager_name = "objects"
        constraints = (
            models.UniqueConstraint(fields=("name_key",), condition=~Q(name_key=None), name="user_name_once"),
        )

    def clean(self) -> None:
        super().clean()
        try:
            self.check_name()
        except ValidationError as error:
            raise ValidationError({"username": error}) from error
        for field in ("first_name", "last_name"):
            if visible(getattr(self, field)) != getattr(self, field):
                raise ValidationError({field: gettext("There are characters in it that nobody sees. Type it anew.")})

    def check_name(self) -> None:
        """Raise ``ValidationError`` where a new or changed user name could be taken for another one."""
        if not self.has_new_name():
            return
        validate_user_name(self.username)
        others = type(self).objects.exclude(pk=self.pk).filter(Q(name_key=name_key(self.username)) | Q(name_key=None))
        for other in others.values_list("username", flat=True):
            if name_key(other) == name_key(self.username):
                raise ValidationError(
                    gettext("This name could be taken for that of the user %(name)s. Choose another one."),
                    code="taken",
                    params={"name": other},
                )

    def has_new_name(self) -> bool:
        stored = type(self).objects.filter(pk=self.pk).values_list("username", flat=True).first()
        return stored != self.username

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Save the user in the open change set, or in one of its own.

        Raises ``ValidationError`` for a new name that could be taken for another one.
        """
        if (update_fields is None or "username" in update_fields) and self.has_new_name():
            self.check_name()
            self.name_key = name_key(self.username)
            update_fields = update_fields if update_fields is None else {*update_fields, "name_key"}
        with nullcontext() if is_open() else change_set(source=Source.COMMAND):
            super().save(*args, update_fields=update_fields, **kwargs)

    def choose_password(self, password: str) -> None:
        """Save the password that the user chose, which ends their other sessions."""
        self.set_password(password)
        self.must_change_password = False
        self.save()

    def end_sessions(self) -> None:
        """End all sessions of the user: each browser is signed out with its next request."""
        self.sessions_ended += 1
        self.save(update_fields=["sessions_ended"])

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return the hash that sessions must have. Unlike Django's, it also changes with ``end_sessions()``."""
        value = f"{self.password}:{self.sessions_ended}"
        return salted_hmac("registry.models.people.User.sessions", value, secret=secret, algorithm="sha256").hexdigest()

    def delete(self, *args: object, **kwargs: object) -> NoReturn:
        raise SilentChange("Users are deactivated, never deleted: history names them. Set is_active = False.")
