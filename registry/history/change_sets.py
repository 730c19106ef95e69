"""Change sets: who changed what, when and why. Every write to the register happens inside one.

``with change_set(user=..., source=..., reason=...):`` is one transaction. The row of the change set is written with the
first change, so a change set without changes leaves nothing behind. A write outside raises ``NoChangeSet``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import DatabaseError, OperationalError, models, router, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registry.core.fields import CleanTextField
from registry.core.ip_addresses import normal_address
from registry.history.exceptions import NoChangeSet, OutcomeUnknown, is_connection_loss
from registry.history.program_texts import shown_reason
from registry.history.seals import hold_chain, seal

log = logging.getLogger(__name__)


class Source(models.TextChoices):
    ADMIN = "admin", _("form")
    IMPORT = "import", _("import")
    EXPORT = "export", _("export")
    COMMAND = "command", _("command")
    REFERENCE = "reference", _("reference data")
    REMINDER = "reminder", _("reminder")
    NOTE = "note", _("note")
    UNDO = "undo", _("undoing")
    RESTORE = "restore", _("restoring")
    SIGN_IN = "sign_in", _("sign-in")
    SIGN_IN_FAILED = "sign_in_failed", _("failed sign-in")
    SIGN_OUT = "sign_out", _("sign-out")


#: Where a person always types the reason.
TYPED_REASONS = (Source.ADMIN, Source.NOTE, Source.UNDO, Source.RESTORE)


class ChangeSet(models.Model):
    """One act of writing: a form saved with its inline entries, an import, an export, a command, a sign-in."""

    history_untracked_because = "is the record itself"
    history_append_only = True

    created_at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("who"), null=True, related_name="change_sets"
    )
    user_name = models.TextField(_("who"), help_text=_("The name as it was then."))
    source = models.CharField(_("by way of"), max_length=20, choices=Source)
    reason = CleanTextField(_("reason"), blank=True, default="")
    address = models.GenericIPAddressField(_("from where"), null=True)
    #: What the change set says about itself, by name; ``notes`` lists changes to users, groups and rights.
    details = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("change set")
        verbose_name_plural = _("change log")
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = (("undo_changeset", _("Can undo changes and restore entries")),)

    def __str__(self) -> str:
        return f"{timezone.localtime(self.created_at):%Y-%m-%d %H:%M} {self.user_name}"

    @property
    def shown_reason(self) -> str:
        """The reason; in the reader's language where the program itself gave it."""
        return self.reason if self.source in TYPED_REASONS else shown_reason(self.reason)


def name_of(user: AbstractUser | None) -> str:
    """Return the name of a person in the history: full name and user name, because both may change."""
    if user is None:
        return ""
    full_name = user.get_full_name()
    return f"{full_name} ({user.get_username()})" if full_name else str(user.get_username())


def writing_time() -> datetime:
    """Return the present time, but not one before the newest change set, should the clock have been set back."""
    now: datetime = ChangeSet._meta.get_field("created_at").get_default()
    newest = ChangeSet.objects.order_by("-created_at").values_list("created_at", flat=True).first()
    return now if newest is None else max(now, newest)


@dataclass
class OpenChangeSet:
    """A change set that has begun. Its row is written with the first change."""

    user: AbstractUser | None
    source: str
    reason: str
    address: str | None = None
    details: dict[str, object] = field(default_factory=dict)
    #: Changes to record besides the history of entries: see ``note()``.
    notes: list[dict[str, str]] = field(default_factory=list)
    #: Users and groups that may change, with their state before and a way to read it after: see ``watch()``.
    watched: dict[str, tuple[object, Callable[[], object]]] = field(default_factory=dict)
    #: Whether this change set holds the lock of writers.
    held: bool = False
    row: ChangeSet | None = None
    #: Whether something was written and sealed.
    sealed: bool = False
    #: The history models written to; their rows are sealed with the change set when it ends.
    histories: set[type[models.Model]] = field(default_factory=set)
    #: Called when the change set has ended, committed or rolled back: see ``after_change_set()``.
    afterwards: list[Callable[[], None]] = field(default_factory=list)

    def begin(self) -> None:
        """Take the lock of writers until the end of the transaction.

        It is taken before the first write: otherwise two writers could wait for each other.
        """
        if not self.held:
            hold_chain(router.db_for_write(ChangeSet))
            self.held = True

    def write_row(self) -> ChangeSet:
        """Write the row of the change set unless it is written already, and return it."""
        self.begin()
        if self.row is None:
            self.row = ChangeSet.objects.create(
                created_at=writing_time(),
                user_id=None if self.user is None else self.user.pk,
                user_name=name_of(self.user),
                source=self.source,
                reason=self.reason,
                address=normal_address(self.address),
                details=self.details | self._noted(),
            )
            self.notes = []
            self.watched = {}
        return self.row

    def _noted(self) -> dict[str, object]:
        """Return the notes, and the watched users and groups that changed, for ``registry.history.people_record``."""
        states = [{"of": name, "before": before, "after": read()} for name, (before, read) in self.watched.items()]
        people = [state for state in states if state["before"] != state["after"]]
        return {"notes": self.notes, "people": people} if self.notes or people else {}

    def changes_something(self) -> bool:
        """Return whether something was written, or is noted to be."""
        return self.row is not None or bool(self._noted())

    def end(self) -> None:
        """Seal what was written. Notes made after the row was written get a change set of their own."""
        while self.row is not None or self.notes or self._noted():
            written = self.write_row()
            for derive in BEFORE_SEALING:
                derive(written, frozenset(self.histories))
            seal(written, self.histories)
            self.sealed = True
            for recipient in _recipients.get():
                recipient.append(written.pk)
            self.row = None
            self.histories.clear()

    def reset_after_rollback(self) -> None:
        """Forget what was written: it has been rolled back to a savepoint."""
        self.row = None
        self.held = False
        self.histories.clear()

    def note(self, entry: str, field: str = "", before: str = "", after: str = "") -> None:
        """Note a change to something that has no history of its own: a user, a group, a right."""
        self.notes.append({"entry": entry, "field": field, "before": before, "after": after})

    def watch(self, name: str, before: object, read: Callable[[], object]) -> None:
        """Record the state of a user or group before a change, and what ``read`` returns after it."""
        self.watched.setdefault(name, (before, read))

    def describe(self, *, source: str | None = None, reason: str | None = None, **details: object) -> None:
        """Change the description of the change set. Raises ``RuntimeError`` once its row is written."""
        if self.row is not None:
            raise RuntimeError("The change set is already written; describe it before the first change.")
        self.source = source or self.source
        self.reason = self.reason if reason is None else reason
        self.details |= details


#: Functions called before a change set is sealed, in its transaction, with the change set and the history models that
#: it wrote to: they update what is derived from the entries.
BEFORE_SEALING: list[Callable[[ChangeSet, frozenset[type[models.Model]]], None]] = []

_open: ContextVar[OpenChangeSet | None] = ContextVar("open_change_set", default=None)


_recipients: ContextVar[tuple[list[int], ...]] = ContextVar("recipients_of_change_sets", default=())


@contextmanager
def written_change_sets() -> Iterator[list[int]]:
    """Yield a list to which the key of each change set written in the block is added."""
    written: list[int] = []
    token = _recipients.set((*_recipients.get(), written))
    try:
        yield written
    finally:
        _recipients.reset(token)


@contextmanager
def change_set(
    *, user: AbstractUser | None = None, source: str, reason: str = "", address: str | None = None
) -> Iterator[OpenChangeSet]:
    """Run the block as one change set and one transaction.

    Raises ``RuntimeError`` inside another one, and ``OutcomeUnknown`` where the connection is lost during COMMIT.
    """
    if _open.get() is not None:
        raise RuntimeError("A change set is already open. Use current().describe() instead.")
    opened = OpenChangeSet(user, source, reason, address)
    token = _open.set(opened)
    committing = committed = False
    try:
        with transaction.atomic():
            yield opened
            if not transaction.get_rollback():
                opened.end()
                committing = True
            _open.set(None)  # on_commit() functions are no part of it: it is sealed
        committed = committing
    except OperationalError as error:
        if committing and is_connection_loss(error):
            raise OutcomeUnknown(*error.args) from error
        raise
    finally:
        _open.reset(token)
        for call in opened.afterwards:
            run_afterwards(call, committed=committed)


def run_afterwards(call: Callable[[], None], *, committed: bool) -> None:
    """Call a function. After a commit a failure is logged only, because the change itself is saved."""
    try:
        call()
    except DatabaseError:
        if not committed:
            raise
        log.exception("a change set was committed; what was to be written after it was not")


def is_open() -> bool:
    return _open.get() is not None


def has_written() -> bool:
    """Return whether the open change set has written something."""
    opened = _open.get()
    return opened is not None and opened.row is not None


def after_change_set(call: Callable[[], None]) -> None:
    """Call a function when the open change set has ended, even if rolled back; at once where none is open."""
    opened = _open.get()
    if opened is None:
        call()
    else:
        opened.afterwards.append(call)


def record(
    *, user: AbstractUser | None = None, source: str, reason: str = "", address: str | None = None, **details: object
) -> None:
    """Record an event that changes nothing in the register, as a change set of its own.

    Inside an open change set it is written when that has ended, even if that was rolled back.
    """

    def write() -> None:
        with change_set(user=user, source=source, reason=reason, address=address) as opened:
            opened.describe(source=None, reason=None, **details)
            opened.write_row()

    after_change_set(write)


def current() -> OpenChangeSet:
    """Return the open change set. Raises ``NoChangeSet``."""
    opened = _open.get()
    if opened is None:
        raise NoChangeSet
    return opened
