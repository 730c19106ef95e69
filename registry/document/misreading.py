"""Text that was once read with the wrong encoding, as "LeverantÃ¶r" for "Leverantör"."""

from __future__ import annotations

import re


def _characters(encoding: str) -> dict[str, int]:
    """Return the bytes of continued UTF-8 sequences by the characters that they become in an encoding."""
    byte_of = {chr(byte): byte for byte in range(0x80, 0xC0)}
    for byte in range(0x80, 0xC0):
        character = bytes([byte]).decode(encoding, "ignore")
        if character:
            byte_of[character] = byte
    return byte_of


def _sequences(leads: dict[str, int], byte_of: dict[str, int], more: str = "") -> re.Pattern[str]:
    following = "[" + "".join(map(re.escape, byte_of)) + "]"
    return re.compile(f"[{''.join(leads)}]{following}{more}")


_WINDOWS, _MAC = _characters("cp1252"), _characters("mac_roman")
#: Letters of western Europe and signs, which begin with these; nobody writes them before one of the others.
_WINDOWS_LEADS = {"Ã": 0xC3, "Â": 0xC2}
_MAC_LEADS = {"√": 0xC3}
#: Quotation marks, dashes, the sign of the euro and of trade marks.
_PUNCTUATION = re.compile("â(?:[€\x80][" + "".join(map(re.escape, _WINDOWS)) + "]|[‚\x82]¬|[„\x84]¢)")
_SUSPICIOUS = re.compile("[ÃÂ√]|â[€‚„\x80\x82\x84]")
_PATTERNS = (
    (_sequences(_WINDOWS_LEADS, _WINDOWS), {**_WINDOWS, **_WINDOWS_LEADS, "â": 0xE2}),
    (_PUNCTUATION, {**_WINDOWS, "â": 0xE2}),
    (_sequences(_MAC_LEADS, _MAC), {**_MAC, **_MAC_LEADS}),
)


def put_right(text: str) -> str:
    """Return the text as it was meant where it was read with the wrong encoding, else the text itself.

    A text is put right as a whole: if a suspicious sequence remains, it is returned as it is.
    """
    if text.isascii() or not _SUSPICIOUS.search(text):
        return text
    before, right = "", text
    while right != before:  # each round makes it shorter
        before = right
        for pattern, byte_of in _PATTERNS:
            right = pattern.sub(lambda found, byte_of=byte_of: _decoded(found[0], byte_of), right)  # type: ignore[misc]
    return text if _SUSPICIOUS.search(right) else right


def _decoded(sequence: str, byte_of: dict[str, int]) -> str:
    """Return what a sequence of a pattern stands for: each is UTF-8."""
    return bytes(byte_of[character] for character in sequence).decode()
