"""Markup within cells: links and emphasis of Markdown and HTML are taken off, and addresses kept. Pure: no Django."""

from __future__ import annotations

import html
import re

_LINK = re.compile(r"!?\[([^\]]*)\]\((https?://[^\s)]+)[^)]*\)")
_LINKS_IN_PARENTHESES = re.compile(r"\s*\(\s*(?:!?\[[^\]]*\]\(https?://[^\s)]+\)[\s,;]*)+\)")
_ANCHOR = re.compile(r"<a\b[^>]*\bhref\s*=\s*[\"']?(https?://[^\s\"'>]+)[^>]*>(.*?)</a>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
#: Single asterisks are taken off where they are around the whole cell: within it they may be meant.
_EMPHASIS = re.compile(r"(\*\*|__|~~|`)(?=\S)(.+?)(?<=\S)\1|^\*(?=\S)([^*]+?)(?<=\S)\*$")
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]]+")


def without_markup(text: str) -> tuple[str, list[str]]:
    """Return a text without markup, and the addresses that it linked to."""
    if not any(sign in text for sign in "[<*_~`&"):
        return text, []
    addresses = [found[2] for found in _LINK.finditer(text)] + [found[1] for found in _ANCHOR.finditer(text)]
    text = _LINKS_IN_PARENTHESES.sub("", text)
    text = _LINK.sub(r"\1", text)
    text = _TAG.sub("", _BREAK.sub("\n", _ANCHOR.sub(r"\2", text)))
    text = _EMPHASIS.sub(lambda found: found[2] or found[3], text)
    return html.unescape(text).strip(), addresses


def addresses_in(text: str) -> list[str]:
    """Return the addresses that a text contains."""
    return [address.rstrip(".,;") for address in _ADDRESS.findall(text)]
