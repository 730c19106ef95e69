"""The verdict of the law on a transfer, and its reasons. Pure: no Django."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any

from registry.law.evidence import Mechanism


class Verdict(IntEnum):
    """Worst last."""

    NO_TRANSFER = 0
    COVERED = 1
    NEEDS_CHECK = 2
    NOT_COVERED = 3

    @property
    def code(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Reason:
    """Why, as a code that ``registry.law.wording`` puts into words, with what it speaks of."""

    code: str
    country: str
    on: date
    mechanism: Mechanism | None = None
    evidence: Any = None


@dataclass(frozen=True)
class ReasonedVerdict:
    verdict: Verdict
    country: str
    reasons: tuple[Reason, ...]
    #: Covered, but a case is pending that may end it.
    warnings: tuple[Reason, ...] = ()
