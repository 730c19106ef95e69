"""The style of published pages. It stands in each page, so that a page is one file and no server has to allow more."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe

FILE = Path(__file__).with_name("edition.css")


@cache
def style() -> SafeString:
    """Return what stands between ``<style>`` and ``</style>``, to the letter."""
    return mark_safe(FILE.read_text(encoding="utf-8"))  # noqa: S308 - of the project


@cache
def style_hash() -> str:
    """Return how a content security policy names the style: ``sha256-…``, without quotation marks."""
    return f"sha256-{base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()}"
