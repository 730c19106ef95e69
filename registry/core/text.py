"""Text as the register holds it. Pure: no Django.

One text is one text: letters are composed (Unicode NFC), characters that nobody sees are dropped, each blank is a space
and every line ends with a line feed. What could turn the direction of a line is refused, like control characters.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

#: What fits into a cell of a spreadsheet (32,767 characters), and what names and labels need.
LONGEST_TEXT, LONGEST_LINE = 32_000, 500
#: Digits of a number that every database can hold.
LONGEST_NUMBER = 18
#: Longer keys end in a digest: an index holds no more than some 2,700 bytes.
LONGEST_KEY = 400

# Spreadsheets and databases cannot hold these: control characters but tab and line feed, lone surrogates, and the two
# noncharacters that XML forbids. Overrides and isolates of direction make a text read as another one.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
# Unicode's "default ignorable" characters: zero-width ones, soft hyphens, fillers, variation selectors, tags.
_INVISIBLE = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_BLANK = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]")
_LINE_END = re.compile("\r\n|[\r\u2028\u2029]")


def clean_text(value: str) -> str:
    """Return the normal form of any text, with nothing blank around it. Idempotent."""
    if value.isascii():  # hardly any text needs more, and imports clean millions
        return (with_line_feeds(value) if "\r" in value else value).strip()
    value = _BLANK.sub(" ", _LINE_END.sub("\n", _INVISIBLE.sub("", value)))
    return unicodedata.normalize("NFC", value).strip()


def with_line_feeds(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n")


def unprintable(value: str) -> str | None:
    """Return the first character that no register may hold. Judges clean text: a carriage return counts."""
    found = _UNPRINTABLE.search(value)
    return found[0] if found else None


def printable(value: str) -> str:
    """Return clean text without the characters that no register may hold."""
    return clean_text(_UNPRINTABLE.sub("", with_line_feeds(value)))


def whole_number(text: str) -> int | None:
    """Return the number that an address or a form writes in plain digits, where a database can hold it; else None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


def text_key(value: str) -> str:
    """Return the key under which two spellings of a text are the same: whatever their case, blanks and composition."""
    if value.isascii():
        return " ".join(value.split()).casefold()
    return unicodedata.normalize("NFC", " ".join(clean_text(value).split()).casefold())


def unique_key(value: str) -> str:
    """Return ``text_key`` of bearable length, for a unique constraint."""
    key = text_key(value)
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[:LONGEST_KEY]}…{hashlib.sha256(key.encode()).hexdigest()}"
