"""Text as the register holds it. Pure: no Django."""

from __future__ import annotations

import hashlib
import re
import unicodedata

# Spreadsheets and databases cannot hold these: control characters but tab and line feed, lone surrogates,
# and the two noncharacters that XML forbids.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_NO_BREAK_SPACE = re.compile("[\xa0\u2007\u202f]")
# Hardly any text needs more than stripping, and imports clean millions.
_UNUSUAL = re.compile("[\r\xa0\u2007\u202f]")


#: Longer keys end in a digest: an index holds no more than some 2,700 bytes.
LONGEST_KEY = 400


def unique_key(value: str) -> str:
    """``text_key`` of bearable length, for a unique constraint."""
    key = text_key(value)
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[:LONGEST_KEY]}…{hashlib.sha256(key.encode()).hexdigest()}"


def clean_text(value: str) -> str:
    """The normal form of any text: line feeds, ordinary spaces, nothing blank around it. Idempotent."""
    if _UNUSUAL.search(value):
        value = _NO_BREAK_SPACE.sub(" ", with_line_feeds(value))
    return value.strip()


def with_line_feeds(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n")


def unprintable(value: str) -> str | None:
    """The first character that no register may hold. Judges clean text: a carriage return counts."""
    found = _UNPRINTABLE.search(value)
    return found[0] if found else None


def printable(value: str) -> str:
    """Clean text without the characters that no register may hold."""
    return clean_text(_UNPRINTABLE.sub("", with_line_feeds(value)))


def text_key(value: str) -> str:
    """The key under which two spellings of a text are the same."""
    return unicodedata.normalize("NFC", " ".join(value.split()).casefold())
