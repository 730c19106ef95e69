"""The characters of user names, and the key by which look-alikes are refused."""

from __future__ import annotations

import string
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

#: Characters of user names, besides the accented letters of European languages (U+00C0 to U+017E).
PLAIN = frozenset(string.ascii_letters + string.digits + "@.+-_")
ACCENTED = range(0xC0, 0x17F)
#: Letters of that range that look like another one without an accent.
MISLEADING = frozenset("ıĸ")
#: Twice 150 characters, because each allowed one folds to two at most.
LONGEST_KEY = 300
STROKES = str.maketrans("øłđħŧ", "oldht")


def is_allowed(character: str) -> bool:
    if character in PLAIN:
        return True
    unfolded = unicodedata.normalize("NFKC", character) == character
    return ord(character) in ACCENTED and character.isalpha() and unfolded and character not in MISLEADING


def validate_user_name(name: str) -> None:
    """Raise ``ValidationError`` at the first character that no new user name may have."""
    for character in name:
        if not is_allowed(character):
            raise ValidationError(
                _(
                    "A user name consists of Latin letters, digits and @ . + - _. This one has the character"
                    " U+%(number)s (%(name)s). Write it with others."
                ),
                code="misleading",
                params={"number": f"{ord(character):04X}", "name": unicodedata.name(character, "–")},
            )


def name_key(name: str) -> str:
    """Return the key of a name. Names that differ in case or accents only have the same key."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold()).translate(STROKES)
    return "".join(character for character in folded if not unicodedata.combining(character))[:LONGEST_KEY]


def visible(text: str) -> str:
    """Return the text without invisible characters: control and format characters."""
    return "".join(character for character in text if unicodedata.category(character)[0] != "C")
