"""Who changed what, when and why: every write to the register happens inside one change set.

``with change_set(user=..., source=..., reason=...):`` is one transaction. Its row is written with the first change, so
an act that changes nothing leaves nothing behind. A write outside raises ``NoChangeSet``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import models, router, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registry.models.fields import CleanTextField
from registry.models.seals import hold_chain, seal


class NoChangeSet(RuntimeError):
    """A write without an author. It would leave a change that nobody can explain."""

    def __init__(self) -> None:
        super().__init__(
            "The register is only changed inside a change set: "
            "with change_set(user=..., source=Source.COMMAND, reason=...): ... (registry.models.changes)"
        )


class Source(models.TextChoices):
    ADMIN = "admin", _("form")
    IMPORT = "import", _("import")
    COMMAND = "command", _("command")


class ChangeSet(models.Model):
    """One act: a form saved with all that belongs to it, an import, a command."""

    created_at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("who"), null=True, related_name="change_sets"
    )
    user_name = models.TextField(_("who"), help_text=_("The name as it was then."))
    source = models.CharField(_("by way of"), max_length=20, choices=Source)
    reason = CleanTextField(_("reason"), blank=True, default="")

    class Meta:
        verbose_name = _("change set")
        verbose_name_plural = _("change sets")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{timezone.localtime(self.created_at):%Y-%m-%d %H:%M} {self.user_name}"


def name_of(user: Any) -> str:
    """How history names a person: full name and user name, for both may change."""
    if user is None:
        return ""
    full_name = user.get_full_name()
    return f"{full_name} ({user.get_username()})" if full_name else str(user.get_username())


@dataclass
class OpenChangeSet:
    """A change set that has begun; its row follows with the first change."""

    user: Any
    source: str
    reason: str
    row: ChangeSet | None = None
    #: The history tables written to; their rows are sealed with the change set when it ends.
    touched: set[type[models.Model]] = field(default_factory=set)

    def written(self) -> ChangeSet:
        if self.row is None:
            hold_chain(router.db_for_write(ChangeSet))
            self.row = ChangeSet.objects.create(
                user=self.user, user_name=name_of(self.user), source=self.source, reason=self.reason
            )
        return self.row

    def forget(self) -> None:
        """What was written has been rolled back to a savepoint."""
        self.row = None
        self.touched.clear()

    def describe(self, *, source: str | None = None, reason: str | None = None) -> None:
        """Say better what this act is, as long as it has not written anything."""
        if self.row is not None:
            raise RuntimeError("The change set is already written; describe it before the first change.")
        self.source = source or self.source
        self.reason = self.reason if reason is None else reason


_open: ContextVar[OpenChangeSet | None] = ContextVar("open_change_set", default=None)


@contextmanager
def change_set(*, user: Any = None, source: str, reason: str = "") -> Iterator[OpenChangeSet]:
    if _open.get() is not None:
        raise RuntimeError("A change set is already open: one act, one change set. Use current().describe() instead.")
    opened = OpenChangeSet(user, source, reason)
    token = _open.set(opened)
    try:
        with transaction.atomic():
            yield opened
            if opened.row is not None and not transaction.get_rollback():
                seal(opened.row, opened.touched)
    finally:
        _open.reset(token)


def current() -> OpenChangeSet:
    opened = _open.get()
    if opened is None:
        raise NoChangeSet
    return opened
