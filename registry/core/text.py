"""The normal form of text, and the keys by which texts are compared. Pure: no Django.

In normal form letters are composed (Unicode NFC), invisible characters are dropped, every blank is a space and every
line ends with a line feed. Control characters are refused, as are those that change the direction of a line.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

#: Characters of a text, which has to fit into a cell of a spreadsheet (32,767), and of a name or label.
LONGEST_TEXT, LONGEST_LINE = 32_000, 500
#: Digits of a number that every database can store.
LONGEST_NUMBER = 18
#: Characters of a key. Longer keys end in a digest, because an index entry holds about 2,700 bytes.
LONGEST_KEY = 400

# Spreadsheets and databases cannot hold control characters (except tab and line feed), lone surrogates, and the two
# noncharacters that XML forbids. Overrides and isolates of direction make one text read as another.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
# Unicode's "default ignorable" characters: zero-width ones, soft hyphens, fillers, variation selectors, tags.
_INVISIBLE = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_BLANK = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]")
_LINE_END = re.compile("\r\n|[\r\u2028\u2029]")


def clean_text(value: str) -> str:
    """Return the normal form of a text, without blanks around it. Idempotent."""
    if value.isascii():  # nearly every text, and imports clean millions
        return (with_line_feeds(value) if "\r" in value else value).strip()
    value = _BLANK.sub(" ", _LINE_END.sub("\n", _INVISIBLE.sub("", value)))
    return unicodedata.normalize("NFC", value).strip()


def with_line_feeds(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n")


def unprintable(value: str) -> str | None:
    """Return the first character that the register refuses, else None. Takes text in normal form."""
    match = _UNPRINTABLE.search(value)
    return match[0] if match else None


def printable(value: str) -> str:
    """Return the normal form of a text without the characters that the register refuses."""
    return clean_text(_UNPRINTABLE.sub("", with_line_feeds(value)))


def with_signs_for_the_invisible(value: str) -> str:
    """Return a text with a sign such as ‹U+200B› in place of each character and blank that looks like nothing."""
    signs = _INVISIBLE.sub(lambda match: f"‹U+{ord(match[0]):04X}›", value)
    return _BLANK.sub(lambda match: f"‹U+{ord(match[0]):04X}›", signs)


def whole_number(text: str) -> int | None:
    """Return the number that a text writes in ASCII digits, None where it writes none that a database can store."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None


def text_key(value: str) -> str:
    """Return the key of a text. Spellings that differ in case, blanks or composition only have the same key."""
    if value.isascii():
        return " ".join(value.split()).casefold()
    return unicodedata.normalize("NFC", " ".join(clean_text(value).split()).casefold())


def unique_key(value: str) -> str:
    """Return ``text_key()``, shortened by a digest where it is too long for a unique index."""
    key = text_key(value)
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[:LONGEST_KEY]}…{hashlib.sha256(key.encode()).hexdigest()}"
