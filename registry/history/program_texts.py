"""Texts that the program itself writes into change sets: recorded in English, shown in the reader's language.

What is recorded stays as it was, in change sets of older releases too. A text that is not known is shown as it is.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

PROGRAM_REASONS = frozenset(
    {
        gettext_noop("Reference data brought up to date"),
        gettext_noop("Roles brought up to date"),
        gettext_noop("State of users, groups and rights recorded"),
        gettext_noop("Texts brought into one form: letters composed, invisible characters taken away"),
        gettext_noop("First import of the original document"),
        gettext_noop("The original document, as it was published"),
        gettext_noop("First sign-in by the identity provider"),
        gettext_noop("Roles by the identity provider"),
        gettext_noop("Link for a forgotten password"),
        gettext_noop("Password chosen by the link of a mail"),
    }
)
#: Values of details, which are codes.
PROGRAM_DETAILS = frozenset(
    {
        gettext_noop("idle"),
        gettext_noop("longest session"),
        gettext_noop("by the identity provider"),
        gettext_noop("findings"),
        gettext_noop("changed verdicts"),
        gettext_noop("change log"),
        gettext_noop("import preview"),
        gettext_noop("cover lost"),
        gettext_noop("edition"),
        gettext_noop("editions"),
        gettext_noop("difference"),
        gettext_noop("entry"),
        gettext_noop("change set"),
    }
)
#: Numbers of entries by what was done with them, as in "22 new, 1 changed": what is recorded, and how it is shown.
COUNTS = {
    re.compile(r"(?P<count>\d+) new"): gettext_noop("%(count)s new"),
    re.compile(r"(?P<count>\d+) changed"): gettext_noop("%(count)s changed"),
    re.compile(r"(?P<count>\d+) unchanged"): gettext_noop("%(count)s unchanged"),
    re.compile(r"(?P<count>\d+) missing"): gettext_noop("%(count)s not in the file"),
    re.compile(r"(?P<count>\d+) kept"): gettext_noop("%(count)s kept as staff edited them"),
    re.compile(r"(?P<mechanisms>\d+) mechanisms and (?P<wordings>\d+) wordings new"): gettext_noop(
        "%(mechanisms)s mechanisms and %(wordings)s wordings new"
    ),
}


def shown_reason(reason: str) -> str:
    """Return a reason in the reader's language where the program wrote it."""
    return _(reason) if reason in PROGRAM_REASONS else reason


def shown_detail(value: object) -> object:
    """Return a value of the details in the reader's language where the program wrote it."""
    return _(value) if isinstance(value, str) and value in PROGRAM_DETAILS else value


def shown_counts(text: object) -> object:
    """Return numbers of entries in the reader's language, or the text itself where a part of it is not known."""
    parts = [shown_count(part) for part in str(text).split(", ")]
    return ", ".join(parts) if all(parts) else text


def shown_count(part: str) -> str:
    """Return a number in the reader's language, empty where its words are not known."""
    matches = ((pattern.fullmatch(part), words) for pattern, words in COUNTS.items())
    return next((_(words) % match.groupdict() for match, words in matches if match), "")
