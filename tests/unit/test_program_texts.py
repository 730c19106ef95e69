"""What the program itself writes into change sets is shown in the reader's language, and stays as it was recorded."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from registry.history.program_texts import PROGRAM_DETAILS, PROGRAM_REASONS, shown_counts, shown_detail, shown_reason
from registry.models import ChangeSet, Source


@pytest.mark.parametrize("text", sorted(PROGRAM_REASONS | PROGRAM_DETAILS))
def test_each_text_has_a_translation(text):
    with translation.override("sv"):
        assert shown_reason(text) != text or shown_detail(text) != text
    with translation.override("en"):
        assert (shown_reason(text), shown_detail(text)) == (text, text)


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        ("22 new, 0 changed, 1 unchanged, 3 missing", "22 nya, 0 ändrade, 1 oförändrade, 3 finns inte i filen"),
        (
            "2 mechanisms and 0 wordings new, 4 changed, 1 kept",
            "2 nya mekanismer och 0 nya lydelser, 4 ändrade, 1 behållna som de redigerats",
        ),
        ("22 new, 3 of another release", "22 new, 3 of another release"),
        ("", ""),
        (7, 7),
    ],
)
def test_counts_are_shown_in_words_of_the_reader_or_as_they_are(recorded, shown):
    with translation.override("sv"):
        assert shown_counts(recorded) == shown


def test_what_a_person_typed_stays_as_it_is():
    with translation.override("sv"):
        text = "Roles brought up to date"
        assert ChangeSet(source=Source.ADMIN, reason=text).shown_reason == text
        assert ChangeSet(source=Source.COMMAND, reason=text).shown_reason != text
        assert ChangeSet(source=Source.COMMAND, reason="by somebody").shown_reason == "by somebody"


def test_the_list_has_each_reason_that_the_program_gives():
    """Constants and literals; where a person gives the reason of a command, it is an option."""
    written = set()
    for file in Path("registry").rglob("*.py"):
        if "migrations" not in file.parts:
            source = file.read_text(encoding="utf-8")
            written |= set(re.findall(r'^(?:SYNC_)?REASON = "([^"]+)"', source, re.MULTILINE))
            written |= set(re.findall(r'\breason ?= ?"([^"]+)"', source))
    assert written - PROGRAM_REASONS == set()
    assert len(written) >= 6
