"""Writing a paper as PDF/UA-1: tagged, with its language and title, hyphenated. Pure: no Django.

The content reaches the typesetter as data, never as source. Fonts are those that the typesetter brings along; for
characters that they lack, those of the machine; what is lacking there too is written by its number: ``[U+4E2D]``.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import typst

SOURCE = Path(__file__).with_name("paper.typ").read_bytes()
NUMBERS = Path(__file__).with_name("page_numbers.typ").read_bytes()
STANDARD = "ua-1"

#: A break may stand here without a hyphen.
BREAK = "\u200b"
#: Longer runs without a blank may break: in the cells of tables, and where a text has the width of the page.
LONG_IN_CELL, LONG_IN_TEXT = re.compile(r"\S{17,}"), re.compile(r"\S{66,}")
AFTER_PUNCTUATION = re.compile(r"(?<=[/.@_=&?:;,)\]\\-])(?=\w)")
#: Letters of a word that is hyphenated, and of each piece of what is none.
LONGEST_WORD, PIECE = 60, 8

#: Latin, Greek, Cyrillic and punctuation: the fonts that the typesetter brings along have all others seldom.
UNUSUAL = re.compile("[^\n -~\xa0-\u024f\u0384-\u03ce\u0400-\u045f\u2010-\u2026\u20ac]")
NOT_DISPLAYED = re.compile(r'the text `"(.+?)"` could not be displayed')


def write_pdf(values: Mapping[str, Any]) -> bytes:
    """Return the PDF of the values of a paper: ``content.paper_values``."""
    fonts, lacking = fonts_for(set(UNUSUAL.findall(json.dumps(values, ensure_ascii=False))))
    content = {
        **with_changed_texts({**values, "logo": None, "blocks": ()}, text_change(lacking, LONG_IN_TEXT)),
        "blocks": [changed_block(block, lacking) for block in values["blocks"]],
        "part": values.get("part", 0),
        "logo_words": values["organisation"] or values["title"],
    }
    if lacking:
        words = values["lacking_words"].replace("{example}", number_of(min(lacking)))
        content["blocks"] = [*content["blocks"], {"kind": "paragraph", "text": words}]
    logo = logo_file(values["logo"])
    return typeset(content, logo if is_picture(logo) else {}, fonts)


def write_page_numbers(values: Mapping[str, object], pages: int) -> bytes:
    """Return a PDF of nothing but the numbers of the pages."""
    content = {name: values[name] for name in ("language", "landscape", "page_words")} | {"pages": pages}
    inputs: dict[str, bytes] = {"main.typ": NUMBERS, "numbers.json": json.dumps(content).encode()}
    return typst.compile(inputs, font_paths=own_fonts(), format="pdf", pdf_tags=False)  # type: ignore[call-overload]


def typeset(content: Mapping[str, object], logo: Mapping[str, bytes], fonts: typst.Fonts) -> bytes:
    return compiled(SOURCE, {"paper.json": json.dumps({**content, "has_logo": bool(logo)}).encode(), **logo}, fonts)


def compiled(source: bytes, files: Mapping[str, bytes], fonts: typst.Fonts) -> bytes:
    """Return the PDF of a source that reads these files, which have to be texts. Raises ``typst.TypstError``."""
    inputs: dict[str, bytes] = {"main.typ": source, **files}
    return typst.compile(inputs, font_paths=fonts, format="pdf", pdf_standards=[STANDARD])  # type: ignore[call-overload]


def logo_file(encoded: str | None) -> Mapping[str, bytes]:
    """Return the picture as a list of numbers, or nothing."""
    return {"logo.json": json.dumps(list(base64.b64decode(encoded))).encode()} if encoded else {}


def is_picture(logo: Mapping[str, bytes]) -> bool:
    """Return whether there is a picture that the typesetter can read: a broken one is left out."""
    try:
        compiled(b'#set document(title: "logo")\n#image(bytes(json("logo.json")), alt: "logo")', logo, own_fonts())
    except typst.TypstError:
        return False
    return True


def own_fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False)


def fonts_for(unusual: set[str]) -> tuple[typst.Fonts, set[str]]:
    """Return the fonts to use where these characters occur, and which of them no font has."""
    fonts = own_fonts()
    if unusual and (lacking := not_displayed(unusual, fonts)):
        fonts = typst.Fonts(include_system_fonts=True)
        return fonts, not_displayed(lacking, fonts)
    return fonts, set()


def not_displayed(characters: set[str], fonts: typst.Fonts) -> set[str]:
    """Return the characters that none of the fonts has."""
    source = b'#set document(title: "characters")\n#for each in json("each.json") { par(each) }'
    lacking: set[str] = set()
    while tried := sorted(characters - lacking):
        try:
            compiled(source, {"each.json": json.dumps(tried).encode()}, fonts)
        except typst.TypstError as error:
            found = {text for text in NOT_DISPLAYED.findall(error.diagnostic) if text in characters}
            lacking |= found or set(tried)
        else:
            break
    return lacking


def number_of(character: str) -> str:
    return f"[U+{ord(character):04X}]"


def text_change(lacking: set[str], long_run: re.Pattern[str]) -> Callable[[str], str]:
    """Return what is done to each text: characters without a glyph are replaced, and long runs may break."""
    replaced = str.maketrans({character: number_of(character) for character in lacking} | {"\t": " "})
    return lambda text: long_run.sub(with_breaks, text.translate(replaced))


def changed_block(block: Mapping[str, object], lacking: set[str]) -> Any:
    long_run = LONG_IN_CELL if block["kind"] == "table" else LONG_IN_TEXT
    return with_changed_texts(block, text_change(lacking, long_run))


def with_breaks(run: re.Match[str]) -> str:
    """Return a run without blanks with places where it may break; words are left to hyphenation."""
    pieces = AFTER_PUNCTUATION.split(run[0])
    return BREAK.join(piece if is_plain_word(piece) else in_pieces(piece) for piece in pieces)


def is_plain_word(piece: str) -> bool:
    letters = piece.strip("/.@_=&?:;,()[]-'\"")
    return len(letters) <= LONGEST_WORD and (letters.isalpha() or len(piece) <= 2 * PIECE)


def in_pieces(piece: str) -> str:
    return BREAK.join(piece[start : start + PIECE] for start in range(0, len(piece), PIECE))


def with_changed_texts(value: object, change: Callable[[str], str]) -> Any:
    """Return JSON values with each text changed, keys excepted."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list | tuple):
        return [with_changed_texts(each, change) for each in value]
    if isinstance(value, Mapping):
        return {key: with_changed_texts(each, change) for key, each in value.items()}
    return value
