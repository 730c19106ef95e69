"""What tells organisations apart: name without legal form, registration number, host of the website. Pure."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

#: Legal forms as they are written after a name, without accents and dots; longer ones first.
LEGAL_FORMS = tuple(
    form.split()
    for form in (
        "gmbh & co kg",
        "ekonomisk forening",
        "private limited",
        "pte ltd",
        "pty ltd",
        "sp z oo",
        "ek for",
        "sa rl",
        *("ab", "aktiebolag", "aktiebolaget", "publ", "hb", "handelsbolag", "kb", "kommanditbolag"),
        *("as", "asa", "aps", "ks", "is", "oy", "oyj", "ab oy", "ehf", "hf"),
        *("inc", "incorporated", "llc", "llp", "lp", "corp", "corporation", "co", "company", "pbc"),
        *("ltd", "limited", "plc", "pty", "pte", "pvt", "dac", "ulc"),
        *("gmbh", "ag", "kg", "ug", "ohg", "kgaa", "se", "eg"),
        *("bv", "nv", "bvba", "srl", "spa", "sa", "sarl", "sas", "sasu", "sl", "slu", "sau", "lda", "ltda"),
        *("sro", "doo", "zrt", "kft", "ou", "sia", "uab", "kk"),
    )
)
#: Legal forms that are written before a name too.
LEADING_FORMS = frozenset({"ab", "aktiebolaget", "oy"})
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
_WITHIN_ABBREVIATIONS = re.compile(r"[./'’]")
_SIGNS = re.compile(r"[^\w&]+|_+")


def name_without_form(name: str) -> str:
    """Return a name without legal form, case, accents and punctuation; "AB Exempel (publ)" gives "exempel".

    A name that consists of legal forms only keeps its first word.
    """
    words = _words(name)
    while form := next((form for form in LEGAL_FORMS if len(form) < len(words) and words[-len(form) :] == form), None):
        del words[-len(form) :]
    if len(words) > 1 and words[0] in LEADING_FORMS:
        del words[0]
    return " ".join(words)


def legal_form(name: str) -> str:
    """Return the legal form that a name is written with, without accents and dots; empty without one."""
    return " ".join(_words(name)).removeprefix(name_without_form(name)).strip()


def has_legal_form(name: str) -> bool:
    return name_without_form(name) != " ".join(_words(name))


def _words(name: str) -> list[str]:
    letters = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    text = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _SIGNS.sub(" ", _WITHIN_ABBREVIATIONS.sub("", text)).split()


def registration_digits(number: str) -> str:
    """Return the digits of a registration number. A Swedish VAT number gives the number that it is made from."""
    digits = "".join(re.findall("[0-9]", number))
    if len(digits) == 12 and digits.endswith("01") and number.strip().upper().startswith("SE"):
        return digits[:-2]
    return digits.removeprefix("16") if len(digits) == 12 else digits


def host_of(website: str) -> str:
    """Return the host of a website without "www."; empty where the text is no address."""
    address = website.strip().lower()
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.") if "." in host else ""
