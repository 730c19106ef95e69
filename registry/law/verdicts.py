"""Verdicts on transfers, and the reasons for them. Pure: no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from registry.law.evidence import Evidence, Mechanism


class Verdict(IntEnum):
    """What the law says of a transfer on a day, worst last. The numbers are stored and sorted by."""

    NO_TRANSFER = 0
    COVERED = 1
    NEEDS_CHECK = 2
    NOT_COVERED = 3

    @property
    def code(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Reason:
    """A reason for a verdict, as a code that ``registry.law.wording`` puts into words, with what it is about."""

    code: str
    country: str
    on: date
    mechanism: Mechanism | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True)
class ReasonedVerdict:
    """A verdict on a transfer to a country, with the reasons for it."""

    verdict: Verdict
    country: str
    reasons: tuple[Reason, ...]
    #: A pending case may end what covers the transfer.
    warnings: tuple[Reason, ...] = ()
