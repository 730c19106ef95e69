"""Who changed what, when and why: every write to the register happens inside one change set.

``with change_set(user=..., source=..., reason=...):`` is one transaction. Its row is written with the first change, so
an act that changes nothing leaves nothing behind. A write outside raises ``NoChangeSet``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, OperationalError, models, router, transaction
from django.utils import timezone
from django.utils.ipv6 import clean_ipv6_address
from django.utils.translation import gettext_lazy as _

from registry.core.fields import CleanTextField
from registry.history.seals import hold_chain, seal

log = logging.getLogger(__name__)


class SilentChange(NotImplementedError):
    """A way to change people that leaves no record."""


class NoChangeSet(RuntimeError):
    """A write without an author. It would leave a change that nobody can explain."""

    def __init__(self) -> None:
        super().__init__(
            "The register is only changed inside a change set: "
            "with change_set(user=..., source=Source.COMMAND, reason=...): ... (registry.history.change_sets)"
        )


class OutcomeUnknown(OperationalError):
    """The database went away when it was to keep an act: it may have kept it, and not have come to say so."""


class Source(models.TextChoices):
    ADMIN = "admin", _("form")
    IMPORT = "import", _("import")
    EXPORT = "export", _("export")
    COMMAND = "command", _("command")
    REFERENCE = "reference", _("reference data")
    REMINDER = "reminder", _("reminder")
    UNDO = "undo", _("undoing")
    RESTORE = "restore", _("restoring")
    SIGN_IN = "sign_in", _("sign-in")
    SIGN_IN_FAILED = "sign_in_failed", _("failed sign-in")
    SIGN_OUT = "sign_out", _("sign-out")


class ChangeSet(models.Model):
    """One act: a form saved with all that belongs to it, an import, an export, a command, a sign-in."""

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
    #: What the act says about itself, by name; ``notes`` lists changes to people and their rights.
    details = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("change set")
        verbose_name_plural = _("change log")
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = (("undo_changeset", _("Can undo changes and restore entries")),)

    def __str__(self) -> str:
        return f"{timezone.localtime(self.created_at):%Y-%m-%d %H:%M} {self.user_name}"


def name_of(user: Any) -> str:
    """How history names a person: full name and user name, for both may change."""
    if user is None:
        return ""
    full_name = user.get_full_name()
    return f"{full_name} ({user.get_username()})" if full_name else str(user.get_username())


def normal_address(address: str | None) -> str | None:
    """As every database keeps it: what is sealed is what is read back."""
    text = (address or "").partition("%")[0]
    try:
        return clean_ipv6_address(text, unpack_ipv4=True) if ":" in text else text or None
    except ValidationError:
        return None


def writing_time() -> datetime:
    """Now, and never before a change set that is there: a clock set back changes no page about the past."""
    now: datetime = ChangeSet._meta.get_field("created_at").get_default()
    newest = ChangeSet.objects.order_by("-created_at").values_list("created_at", flat=True).first()
    return now if newest is None else max(now, newest)


@dataclass
class OpenChangeSet:
    """A change set that has begun; its row follows with the first change."""

    user: Any
    source: str
    reason: str
    address: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    #: What is to be on record besides the history of entries: see ``note()``.
    notes: list[dict[str, str]] = field(default_factory=list)
    #: Who may have changed: see ``watch()``.
    watched: dict[str, tuple[Any, Callable[[], Any]]] = field(default_factory=dict)
    held: bool = False
    row: ChangeSet | None = None
    #: Whether something was written, and sealed.
    sealed: bool = False
    #: The history tables written to; their rows are sealed with the change set when it ends.
    histories: set[type[models.Model]] = field(default_factory=set)
    #: Called when it has ended, kept or rolled back: see ``after_change_set()``.
    afterwards: list[Callable[[], None]] = field(default_factory=list)

    def begin(self) -> None:
        """From here to the end of the transaction nobody else writes. Before the first write, so that nobody waits for
        the chain while others wait for what he has written."""
        if not self.held:
            hold_chain(router.db_for_write(ChangeSet))
            self.held = True

    def write_row(self) -> ChangeSet:
        self.begin()
        if self.row is None:
            self.row = ChangeSet.objects.create(
                created_at=writing_time(),
                user=self.user,
                user_name=name_of(self.user),
                source=self.source,
                reason=self.reason,
                address=normal_address(self.address),
                details=self.details | self._noted(),
            )
            self.notes = []
            self.watched = {}
        return self.row

    def _noted(self) -> dict[str, Any]:
        """The notes, and the states of those watched that changed: ``registry.history.rights`` compares them."""
        states = [{"of": name, "before": before, "after": read()} for name, (before, read) in self.watched.items()]
        people = [state for state in states if state["before"] != state["after"]]
        return {"notes": self.notes, "people": people} if self.notes or people else {}

    def end(self) -> None:
        """Seals what was written. Notes that came after the row get one of their own: what is written stays."""
        while self.row is not None or self.notes or self._noted():
            written = self.write_row()
            for derive in BEFORE_SEALING:
                derive(written, frozenset(self.histories))
            seal(written, self.histories)
            self.sealed = True
            for listener in _listening.get():
                listener.append(written.pk)
            self.row = None
            self.histories.clear()

    def reset_after_rollback(self) -> None:
        """What was written has been rolled back to a savepoint."""
        self.row = None
        self.held = False
        self.histories.clear()

    def note(self, entry: str, field: str = "", before: str = "", after: str = "") -> None:
        """Something that is no entry of the register changed: a person, a group, a right."""
        self.notes.append({"entry": entry, "field": field, "before": before, "after": after})

    def watch(self, name: str, before: Any, read: Callable[[], Any]) -> None:
        """Somebody is about to change: what they were goes on record with what ``read`` returns afterwards."""
        self.watched.setdefault(name, (before, read))

    def describe(self, *, source: str | None = None, reason: str | None = None, **details: Any) -> None:
        """Say better what this act is, as long as it has not written anything."""
        if self.row is not None:
            raise RuntimeError("The change set is already written; describe it before the first change.")
        self.source = source or self.source
        self.reason = self.reason if reason is None else reason
        self.details |= details


#: Called with a change set and the models of the history rows that it wrote, in its transaction, before it is sealed:
#: brings up to date what follows from the entries.
BEFORE_SEALING: list[Callable[[ChangeSet, frozenset[type[models.Model]]], None]] = []

_open: ContextVar[OpenChangeSet | None] = ContextVar("open_change_set", default=None)


_listening: ContextVar[tuple[list[int], ...]] = ContextVar("listening_to_change_sets", default=())


@contextmanager
def written_change_sets() -> Iterator[list[int]]:
    """The keys of the change sets that are written in the block, as far as it has got."""
    written: list[int] = []
    token = _listening.set((*_listening.get(), written))
    try:
        yield written
    finally:
        _listening.reset(token)


@contextmanager
def change_set(
    *, user: Any = None, source: str, reason: str = "", address: str | None = None
) -> Iterator[OpenChangeSet]:
    if _open.get() is not None:
        raise RuntimeError("A change set is already open: one act, one change set. Use current().describe() instead.")
    opened = OpenChangeSet(user, source, reason, address)
    token = _open.set(opened)
    to_be_kept = kept = False
    try:
        with transaction.atomic():
            yield opened
            if not transaction.get_rollback():
                opened.end()
                to_be_kept = True
            _open.set(None)  # what runs on commit is no part of the act: it is sealed
        kept = to_be_kept
    except OperationalError as error:
        if to_be_kept and is_connection_loss(error):
            raise OutcomeUnknown(*error.args) from error
        raise
    finally:
        _open.reset(token)
        for call in opened.afterwards:
            run_afterwards(call, kept=kept)


def run_afterwards(call: Callable[[], None], *, kept: bool) -> None:
    """What comes after a change was kept cannot undo it, so it does not fail whoever made the change."""
    try:
        call()
    except DatabaseError:
        if not kept:
            raise
        log.exception("a change set was kept; what was to be written after it was not")


def is_connection_loss(error: OperationalError) -> bool:
    """PostgreSQL did not refuse: the connection broke (08) or the server went (57P), if there is a code at all."""
    code = getattr(error.__cause__, "sqlstate", "")
    return code is None or code.startswith(("08", "57P"))


def is_open() -> bool:
    return _open.get() is not None


def has_written() -> bool:
    """Whether the open change set has written something."""
    opened = _open.get()
    return opened is not None and opened.row is not None


def after_change_set(call: Callable[[], None]) -> None:
    """Call at once if no change set is open; else as soon as the open one has ended, even if it was rolled back."""
    opened = _open.get()
    if opened is None:
        call()
    else:
        opened.afterwards.append(call)


def record(*, user: Any = None, source: str, reason: str = "", address: str | None = None, **details: Any) -> None:
    """Record an event that changes nothing in the register, as a change set of its own.

    Inside an open change set it follows when that has ended, and stays even if that was rolled back.
    """

    def write() -> None:
        with change_set(user=user, source=source, reason=reason, address=address) as opened:
            opened.describe(**details)
            opened.write_row()

    after_change_set(write)


def current() -> OpenChangeSet:
    opened = _open.get()
    if opened is None:
        raise NoChangeSet
    return opened
