"""Asking which column of a list is which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from registry.core.organisations import has_legal_form
from registry.files.formats.cells import as_text
from registry.files.matching.interview import Interview
from registry.files.matching.questions import COLUMNS, Question, key_of
from registry.files.matching.roles import (
    AGREEMENT_REFERENCE,
    COUNTRY,
    GROUNDS,
    OF_LISTS,
    PRODUCT,
    PROSE,
    SEAT,
    SKIP,
    VENDOR,
    RoleGuess,
    guess_role,
)
from registry.files.matching.tables import FoundTable

#: What several columns of a list may hold: their cells are joined.
SEVERAL = PROSE | GROUNDS | {SKIP, PRODUCT, AGREEMENT_REFERENCE}
MOST_SAMPLES = 3


def roles_of_columns(
    table: FoundTable, own: Mapping[str, str], interview: Interview, columns: Sequence[str]
) -> list[str]:
    """Return what each column of a table holds. ``columns``: the keys of the register's columns."""
    guesses = with_a_vendor(
        table,
        one_column_for_each_role(
            [guess_role(heading, table.cells(place), own) for place, heading in enumerate(table.headings)]
        ),
    )
    if not any(guess.role == COUNTRY for guess in guesses):  # the seat may be where the data are processed
        guesses = [RoleGuess(SEAT) if guess.role == SEAT else guess for guess in guesses]
    options = (*columns, *OF_LISTS)
    roles = []
    for place, (heading, guess) in enumerate(zip(table.headings, guesses, strict=True)):
        texts = [text for text in map(as_text, table.cells(place)) if text]
        if not heading and not texts:
            roles.append(SKIP)
            continue
        question = Question(
            key_of("column", heading or table.layout, place if not heading else ""),
            COLUMNS,
            "column",
            heading or str(place + 1),
            guess.role,
            options,
            sure=guess.sure,
            lines=(table.line,),
            samples=tuple(islice(dict.fromkeys(texts), MOST_SAMPLES)),
        )
        roles.append(interview.ask(question))
    width = max((len(cells) for _line, cells in table.rows), default=0)
    return roles + [SKIP] * (width - len(roles))


def one_column_for_each_role(guesses: Sequence[RoleGuess]) -> list[RoleGuess]:
    """Return the guesses, so that one column at most holds what only one can: the first that is sure of it."""
    holders: dict[str, int] = {}
    for place, guess in enumerate(guesses):
        holder = holders.get(guess.role)
        if holder is None or (guess.sure and not guesses[holder].sure):
            holders[guess.role] = place
    return [
        guess if guess.role in SEVERAL or holders[guess.role] == place else RoleGuess(SKIP)
        for place, guess in enumerate(guesses)
    ]


def with_a_vendor(table: FoundTable, guesses: list[RoleGuess]) -> list[RoleGuess]:
    """Return the guesses with one for the vendor: the column with most legal forms, else the first with texts."""
    if any(guess.role == VENDOR for guess in guesses) or not guesses:
        return guesses
    free = [place for place, guess in enumerate(guesses) if not guess.sure] or range(len(guesses))
    forms = {place: sum(map(has_legal_form, map(as_text, table.cells(place)))) for place in free}
    best = max(forms, key=lambda place: forms[place])
    guesses[best] = RoleGuess(VENDOR)
    return guesses
