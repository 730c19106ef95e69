"""Every text has its Swedish, and what is compiled is what was translated."""

import ast
import gettext
from pathlib import Path

from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from registry.document import MESSAGES

FOLDER = Path("registry/locale/sv/LC_MESSAGES")


def catalog():
    with (FOLDER / "django.po").open("rb") as file:
        return read_po(file, locale="sv")


def test_nothing_is_untranslated_or_uncertain():
    unfinished = [
        message.id
        for message in catalog()
        if message.id
        and (message.fuzzy or not all([message.string] if isinstance(message.string, str) else message.string))
    ]
    assert unfinished == []


def test_placeholders_stand_in_both():
    wrong = [
        (message.id, message.string)
        for message in catalog()
        if message.id and "%" in str(message.id) and list(message.check())
    ]
    assert wrong == []


def test_the_compiled_catalog_is_of_today():
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = read_mo(file)
    assert strings(compiled) == strings(catalog())


def strings(messages):
    """By context and text; the reader of compiled catalogs leaves contexts as bytes."""
    found = {}
    for message in filter(lambda message: message.id, messages):
        context = message.context.decode() if isinstance(message.context, bytes) else message.context
        text = message.id if isinstance(message.id, str) else message.id[0]
        found[context, text] = [message.string] if isinstance(message.string, str) else list(message.string)
    return found


def test_every_problem_with_a_file_can_be_said_in_swedish():
    swedish = gettext.translation("django", "registry/locale", ["sv"])
    assert [
        words for words in MESSAGES.values() if swedish.gettext(words) == words and words != "%(column)s: %(why)s"
    ] == []


def test_no_text_is_hidden_from_the_collection_of_texts():
    """Texts within f-strings are not collected by GNU gettext, and stay English."""
    names = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext", "pgettext_lazy"}
    hidden = [
        f"{file}:{call.lineno}"
        for file in Path("registry").rglob("*.py")
        for string in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in names
    ]
    assert hidden == []
