"""Texts in the languages of the settings. A language is added by its message catalogue; the code names none."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation


def language_codes() -> tuple[str, ...]:
    return tuple(code for code, _name in settings.LANGUAGES)


def active_language() -> str:
    """Return the code of the active language, else of the default one."""
    return translation.get_language() or settings.LANGUAGE_CODE


def spellings(text: object) -> tuple[str, ...]:
    """Return a lazily translated text in each language, without repetitions."""
    texts = []
    for code in language_codes():
        with translation.override(code):
            texts.append(str(text))
    return tuple(dict.fromkeys(texts))


def all_spellings(text: object) -> str:
    """Return all spellings as one text: "Lagringstid (Retention)"."""
    first, *others = spellings(text)
    return f"{first} ({', '.join(others)})" if others else first


def quoted_spellings(text: object) -> str:
    """Return all spellings as a list: "ja", "yes", each between quotation marks."""
    return ", ".join(f'"{spelling}"' for spelling in spellings(text))
