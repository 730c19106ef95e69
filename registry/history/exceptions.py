"""What writes and reads of the history can raise."""

from __future__ import annotations

from django.db import OperationalError


class SilentChange(NotImplementedError):
    """A way to change users, groups or rights that would leave no record."""


class NoChangeSet(RuntimeError):
    """A write outside a change set, which would leave a change without an author."""

    def __init__(self) -> None:
        super().__init__(
            "The register is only changed inside a change set: "
            "with change_set(user=..., source=Source.COMMAND, reason=...): ... (registry.history.change_sets)"
        )


class OutcomeUnknown(OperationalError):
    """Connection lost during COMMIT: the outcome is unknown."""


class Unrecorded(NotImplementedError):
    """A way of writing that would leave no history."""


def is_connection_loss(error: OperationalError) -> bool:
    """Return whether the connection was lost (08) or the server stopped (57P). PostgreSQL may give no code for it."""
    code = getattr(error.__cause__, "sqlstate", "")
    return code is None or code.startswith(("08", "57P"))
