"""The style of published pages. It stands in each page, so that a page is one file and no server has to allow more."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("edition.css")


@cache
def style() -> str:
    """Return what stands between ``<style>`` and ``</style>``, to the letter."""
    return FILE.read_text(encoding="utf-8")


@cache
def style_hash() -> str:
    """Return how a content security policy names the style: ``sha256-…``, without quotation marks."""
    return f"sha256-{base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()}"
