"""Entries for tests. A factory is told what the test is about; the rest is a plain entry that breaks no rule of the
database. Entries are written in the change set that is open, else in one of their own.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from itertools import count
from typing import Any

from registry.history.change_sets import is_open
from registry.models import (
    Agreement,
    LegalBasis,
    ProcessingActivity,
    Source,
    Transfer,
    TransferMechanism,
    Vendor,
    change_set,
)

_numbers = count(1)


def recorded() -> AbstractContextManager[Any]:
    return nullcontext() if is_open() else change_set(source=Source.COMMAND, reason="set-up of a test")


def make_vendor(**values: Any) -> Vendor:
    with recorded():
        return Vendor.objects.create(**{"name": f"Vendor {next(_numbers)}", **values})


def make_agreement(**values: Any) -> Agreement:
    with recorded():
        return Agreement.objects.create(**{"vendor": values.get("vendor") or make_vendor(), **values})


def make_legal_basis(**values: Any) -> LegalBasis:
    with recorded():
        return LegalBasis.objects.create(**{"label": f"Legal basis {next(_numbers)}", **values})


def make_activity(**values: Any) -> ProcessingActivity:
    """A flow within the EU, of a vendor of its own where none is given."""
    with recorded():
        plain = {
            "vendor": values.get("vendor") or make_vendor(),
            "purpose": f"Purpose {next(_numbers)}",
            "country": "SE",
        }
        return ProcessingActivity.objects.create(**{**plain, **values})


def make_mechanism(**values: Any) -> TransferMechanism:
    """An unclassified one, which covers nothing."""
    with recorded():
        code = values.get("code") or f"mechanism-{next(_numbers)}"
        return TransferMechanism.objects.create(**{"code": code, "label": code.upper(), **values})


def make_transfer(**values: Any) -> Transfer:
    with recorded():
        plain = {
            "activity": values.get("activity") or make_activity(),
            "mechanism": values.get("mechanism") or make_mechanism(),
        }
        return Transfer.objects.create(**{**plain, **values})
