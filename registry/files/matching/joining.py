"""Vendors that a list writes in several ways, and rows about the same activity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from registry.core.organisations import legal_form, name_without_form
from registry.core.text import text_key, unique_key
from registry.files.columns import COLUMNS_BY_KEY
from registry.files.matching.entries import AgreementLine, ListEntry
from registry.files.matching.interview import Interview
from registry.files.matching.questions import SAME, Question, key_of, numbers_to_name
from registry.files.matching.register_facts import RegisterFacts
from registry.files.matching.roles import ENGAGED_BY

JOIN, APART, OTHER = "join", "apart", "other"


def with_one_name(entries: Sequence[ListEntry], interview: Interview, facts: RegisterFacts) -> None:
    """Give each vendor one name: that of the register, else the first of the list, where a person agrees."""
    chosen: dict[str, str] = {}
    first: dict[str, str] = {}
    for entry in entries:
        entry.vendor = one_name(entry.vendor, entry.line, chosen, first, interview, facts)
        if engaged_by := entry.values.get(ENGAGED_BY):
            entry.values[ENGAGED_BY] = one_name(engaged_by, entry.line, chosen, first, interview, facts)


def one_name(
    name: str,
    line: int,
    chosen: dict[str, str],
    first: dict[str, str],
    interview: Interview,
    facts: RegisterFacts,
) -> str:
    key = unique_key(name)
    if not key or key in chosen:
        return chosen.get(key, name)
    known = facts.vendors.get(key)
    alike = known or facts.vendor_alike(name) or first.get(name_without_form(name), "")
    if alike and unique_key(alike) != key and known is None:
        question = Question(
            key_of("same", name, alike),
            SAME,
            "same",
            name,
            OTHER if are_two_companies(name, alike) else alike,
            (alike, OTHER),
            lines=(line,),
            hints=(alike,),
        )
        if interview.ask(question) != OTHER:
            name = alike
    chosen[key] = name
    first.setdefault(name_without_form(name), name)
    return name


def are_two_companies(name: str, other: str) -> bool:
    """Return whether two names have different legal forms, as companies of a group do."""
    forms = [legal_form(each) for each in (name, other)]
    return all(forms) and forms[0] != forms[1]


def without_repetitions(entries: Sequence[ListEntry], interview: Interview) -> list[ListEntry]:
    """Return the entries, those with the same vendor and purpose joined or told apart by a column, as is answered."""
    repeated = [group for group in groups(entries).values() if len(group) > 1]
    if not repeated:
        return list(entries)
    headings = headings_that_differ(repeated)
    about = f"{repeated[0][0].vendor}: {repeated[0][0].purpose}"
    question = Question(
        key_of("repeated", *headings),
        SAME,
        "repeated",
        about,
        JOIN,
        (JOIN, *(f"{APART}:{heading}" for heading in headings)),
        lines=numbers_to_name(entry.line for entry in repeated[0]),
        samples=(str(sum(map(len, repeated))), str(len(repeated))),
    )
    answer = interview.ask(question)
    if answer != JOIN:
        heading = answer.partition(":")[2]
        for group in repeated:
            for entry in group:
                if told := " ".join(entry.cells.get(heading, "").split()):
                    entry.purpose = f"{entry.purpose} ({told})"
    joined = []
    for first, *others in groups(entries).values():
        for other in others:
            first.join(other)
        joined.append(first)
    return joined


def groups(entries: Iterable[ListEntry]) -> Mapping[tuple[str, str], list[ListEntry]]:
    found: dict[tuple[str, str], list[ListEntry]] = {}
    for entry in entries:
        found.setdefault((unique_key(entry.vendor), unique_key(entry.purpose)), []).append(entry)
    return found


def headings_that_differ(repeated: Sequence[Sequence[ListEntry]]) -> list[str]:
    """Return the headings of columns that tell rows apart which say the same otherwise."""
    headings = dict.fromkeys(heading for group in repeated for entry in group for heading in entry.cells)
    return [
        heading
        for heading in headings
        if any(len({text_key(entry.cells.get(heading, "")) for entry in group}) > 1 for group in repeated)
    ]


def unite_vendors(entries: Sequence[ListEntry], interview: Interview) -> None:
    """Give all entries of a vendor what one of them says of it; ask where they contradict each other."""
    by_vendor: dict[str, list[ListEntry]] = {}
    for entry in entries:
        by_vendor.setdefault(unique_key(entry.vendor), []).append(entry)
    for group in by_vendor.values():
        columns = dict.fromkeys(column for entry in group for column in entry.values if is_of_vendor(column))
        for column in columns:
            value = value_of_vendor(column, group, interview)
            for entry in group:
                entry.values[column] = value
        agreements: list[AgreementLine] = []
        for entry in group:
            agreements += [each for each in entry.agreements if each not in agreements]
        for entry in group:
            entry.agreements = agreements


def value_of_vendor(column: str, group: Sequence[ListEntry], interview: Interview) -> str:
    values = list(dict.fromkeys(filter(None, (entry.values.get(column, "") for entry in group))))
    if len(values) < 2:
        return values[0] if values else ""
    if column == "vendor_notes":
        return "\n".join(values)
    question = Question(
        key_of("vendor_value", column, group[0].vendor),
        SAME,
        "vendor_value",
        group[0].vendor,
        values[0],
        values,
        lines=numbers_to_name(entry.line for entry in group),
        hints=(column,),
    )
    return interview.ask(question)


def is_of_vendor(column: str) -> bool:
    return column in COLUMNS_BY_KEY and COLUMNS_BY_KEY[column].of_vendor
