"""The edition of the law that verdicts were reached by. Pure: no Django."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from registry.core import months
from registry.law.countries import FILE as COUNTRIES
from registry.law.periods import PERIODS

#: The modules of this package that verdicts follow from, besides the reference data.
MODULES = ("countries", "evidence", "obstacles", "periods", "standing", "transfers", "verdicts")


@cache
def edition() -> str:
    """Return the digest of all that verdicts follow from besides mechanisms and evidence: modules and reference data.

    A stored verdict of another edition has to be determined again.
    """
    modules = [Path(__file__).with_name(f"{name}.py") for name in MODULES]
    digest = hashlib.sha256()
    for path in (*modules, Path(months.__file__), COUNTRIES, PERIODS):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
