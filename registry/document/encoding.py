"""Decoding the bytes of a file."""

from __future__ import annotations

import codecs
import io
import re

from registry.core.text import with_line_feeds
from registry.document.problems import DocumentProblems, Problem

_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_UTF_8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
#: ä or å of Mac Roman within a word, where Windows-1252 has Š and Œ, and the heading "Leverantör" of Mac Roman.
_MAC_ROMAN = re.compile(rb"[a-z][\x8a\x8c]|Leverant\x9ar")
#: The letters of Windows-1252 that Swedish text has, and others that Mac Roman hardly uses.
_WINDOWS_LETTERS = re.compile(rb"[\xc4\xc5\xd6\xe0-\xff]")
_NAMES = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
    "mac_roman": "Mac Roman",
}

#: Bytes that are decoded at a time.
PART = 1024 * 1024


def decode(data: bytes) -> str:
    """Decode UTF-8 or UTF-16 with or without a byte order mark, else Windows-1252 or Mac Roman.

    Raises ``DocumentProblems``.
    """
    mark, encoding = _encoding(data)
    return _strictly(data.removeprefix(mark), encoding)


def text_reader(data: bytes) -> io.TextIOWrapper:
    """Return a reader of the text that decodes a part at a time: as text, a file takes up to four times its size.

    Raises ``DocumentProblems``.
    """
    mark, encoding = _encoding(data)
    body = data.removeprefix(mark)
    if not _is(body, encoding):
        _strictly(body, encoding)
    return io.TextIOWrapper(io.BytesIO(body), encoding, newline="")


def _encoding(data: bytes) -> tuple[bytes, str]:
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return mark, encoding
    if encoding := _unmarked_utf_16(data):
        return b"", encoding
    if _is(data, "utf-8") or _damaged_utf_8(data):
        return b"", "utf-8"
    return b"", "mac_roman" if _is_mac_roman(data) else "cp1252"


def _is(data: bytes, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for start in range(0, len(data), PART):
            decoder.decode(data[start : start + PART])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _damaged_utf_8(data: bytes) -> bool:
    """Return whether most bytes beyond ASCII are valid UTF-8, so that reading Windows-1252 would garble the text."""
    right = len(_UTF_8_SEQUENCE.findall(data))
    stray = len(_BEYOND_ASCII.findall(_UTF_8_SEQUENCE.sub(b"", data)))
    return right > stray


def _is_mac_roman(data: bytes) -> bool:
    """Return whether bytes are likelier Mac Roman than Windows-1252."""
    return bool(_MAC_ROMAN.search(data)) and not _WINDOWS_LETTERS.search(data)


def _unmarked_utf_16(data: bytes) -> str:
    """Return the byte order of UTF-16 without a mark, else "". In Latin text every other byte is NUL."""
    even, odd = data[0::2].count(0), data[1::2].count(0)
    if max(even, odd) * 4 <= len(data) or min(even, odd) * 10 > max(even, odd):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = with_line_feeds(data[: error.start].decode(encoding, "ignore"))
        params = {"byte": f"0x{data[error.start]:02X}", "encoding": _NAMES[encoding]}
        raise DocumentProblems([Problem(before.count("\n") + 1, "unreadable_encoding", params)]) from None
