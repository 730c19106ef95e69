"""What a text is called in the languages of the settings. A language is added by a catalogue, and no code knows it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import translation


def language_codes() -> tuple[str, ...]:
    return tuple(code for code, _name in settings.LANGUAGES)


def active_language() -> str:
    """The code of the language that is active, else of the default one."""
    return translation.get_language() or settings.LANGUAGE_CODE


def spellings(text: Any) -> tuple[str, ...]:
    """A text that is translated when it is read, in each of the languages; each spelling once."""
    said = []
    for code in language_codes():
        with translation.override(code):
            said.append(str(text))
    return tuple(dict.fromkeys(said))


def all_spellings(text: Any) -> str:
    """All spellings, for somebody who writes in any of the languages: "Lagringstid (Retention)"."""
    first, *others = spellings(text)
    return f"{first} ({', '.join(others)})" if others else first


def quoted_spellings(text: Any) -> str:
    """The same as a list: "ja", "yes" – each between quotation marks."""
    return ", ".join(f'"{spelling}"' for spelling in spellings(text))
