"""What the columns of a list hold: a column of the register, or something that becomes one. Pure: no Django."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from rapidfuzz import fuzz, process

from registry.core.organisations import has_legal_form
from registry.files.formats.cells import Cell, as_text
from registry.files.matching.days import read_day
from registry.files.matching.markup import without_markup
from registry.files.matching.places import is_place
from registry.files.matching.words import heading_keys, is_empty, meanings, word_in

VENDOR, PURPOSE, COUNTRY, SEAT, GROUND, SKIP = "vendor", "purpose", "country", "vendor_country", "legal_ground", "skip"
PERSONAL_DATA, STATUS, NOTES, VENDOR_NOTES = "personal_data", "status", "notes", "vendor_notes"
ENGAGED_BY, STARTED, ENDED, RETURNED = "vendor_engaged_by", "vendor_started", "vendor_ended", "vendor_data_returned"
REVIEWED = "vendor_reviewed"
#: Roles that are no columns of the register: what they hold becomes transfers, agreements, days.
MECHANISM, TRANSFER_SIGNED, TRANSFER_EVIDENCE = "mechanism", "transfer_signed", "transfer_evidence"
AGREEMENT_SIGNED, AGREEMENT_UNTIL = "agreement_signed", "agreement_until"
AGREEMENT_REFERENCE, AGREEMENT_URL = "agreement_reference", "agreement_url"
PERIOD, NEXT_REVIEW, PRODUCT, POSTAL = "period", "next_review", "product", "address"
OWNER = "vendor_owner"
OF_LISTS = (
    MECHANISM,
    TRANSFER_SIGNED,
    TRANSFER_EVIDENCE,
    AGREEMENT_SIGNED,
    AGREEMENT_UNTIL,
    AGREEMENT_REFERENCE,
    AGREEMENT_URL,
    PERIOD,
    NEXT_REVIEW,
    PRODUCT,
    POSTAL,
    SKIP,
)
#: Columns of our exports that follow from others.
DERIVED = frozenset({"verdict", "why", "finding_count", "findings"})
PLACES = frozenset({COUNTRY, SEAT})
GROUNDS = frozenset({GROUND, MECHANISM})
DAYS = frozenset({TRANSFER_SIGNED, AGREEMENT_SIGNED, AGREEMENT_UNTIL, NEXT_REVIEW, STARTED, ENDED, RETURNED, REVIEWED})
#: Texts of several columns are joined.
PROSE = frozenset({PERSONAL_DATA, NOTES, VENDOR_NOTES})
OF_AGREEMENTS = frozenset({AGREEMENT_SIGNED, AGREEMENT_UNTIL, AGREEMENT_REFERENCE, AGREEMENT_URL})
LINKS = frozenset(
    {TRANSFER_EVIDENCE, AGREEMENT_URL, "vendor_website", "vendor_data_return_url", "impact_assessment_url"}
)
#: What cells tell better than a heading that only contains a known word.
TELLING = frozenset({COUNTRY, "vendor_website"})
#: Headings that are at least as alike, of 100, are misspelt.
MISSPELT = 80
#: How many cells of a column are looked at.
MOST_SAMPLES = 200
ADDRESS = re.compile(r"https?://|^www\.", re.IGNORECASE)


@dataclass(frozen=True)
class RoleGuess:
    """What a column may hold. ``sure``: its heading says so, and its cells do not contradict."""

    role: str
    sure: bool = False


def role_of_heading(heading: str, own: Mapping[str, str]) -> RoleGuess | None:
    """Return what a heading says, None where it says nothing. ``own``: the register's headings by text key."""
    words = meanings("heading")
    for key in heading_keys(heading):
        if key in own:
            return RoleGuess(own[key], sure=True)
        if key in words:
            return RoleGuess(words[key], sure=True)
    contained = word_in("heading", heading)
    return RoleGuess(words[contained]) if len(contained) > 3 else None


def nearly_own(heading: str, own: Mapping[str, str]) -> str:
    """Return the column of the register whose heading a heading misspells, empty where it is none."""
    key = next(heading_keys(heading))
    near = process.extractOne(key, own.keys(), scorer=fuzz.ratio, score_cutoff=MISSPELT) if len(key) > 3 else None
    longer = [known for known in own if len(known) > 5 and without_spaces(key).startswith(without_spaces(known))]
    return own[near[0]] if near else own[max(longer, key=len)] if longer else ""


def without_spaces(text: str) -> str:
    return text.replace(" ", "")


def guess_role(heading: str, cells: Sequence[Cell], own: Mapping[str, str]) -> RoleGuess:
    """Return what a column holds, by its heading and by its cells."""
    texts = (without_markup(as_text(cell))[0] for cell in cells)
    samples = list(islice((text for text in texts if not is_empty(text)), MOST_SAMPLES))
    said = role_of_heading(heading, own)
    if (said is None or not said.sure) and (near := nearly_own(heading, own)):
        said = RoleGuess(near)
    if said is not None and said.role in DERIVED:
        return RoleGuess(SKIP, sure=True)
    if said is None:
        return RoleGuess(role_of_cells(samples) if heading.strip() or samples else SKIP, sure=not samples)
    by_cells = role_of_cells(samples)
    if said.role == AGREEMENT_REFERENCE and mostly(samples, lambda text: read_day(text) is not None):
        return RoleGuess(AGREEMENT_SIGNED, said.sure)
    if contradicts(said.role, samples):
        return RoleGuess(by_cells)
    if not said.sure and by_cells in TELLING and said.role not in PLACES | LINKS:
        return RoleGuess(by_cells)
    return said


def contradicts(role: str, samples: Sequence[str]) -> bool:
    """Return whether most cells cannot be what the heading says."""
    if not samples:
        return False
    if role in DAYS:
        return not mostly(samples, lambda text: read_day(text) is not None, 0.3)
    if role in PLACES:
        return mostly(samples, lambda text: bool(ADDRESS.search(text)) or read_day(text) is not None)
    if role == STATUS:
        return not any(word_in("ended", text) or word_in("active", text) for text in samples)
    return False


def role_of_cells(samples: Sequence[str]) -> str:
    """Return what a column without a telling heading holds; ``skip`` where its cells do not tell."""
    if not samples:
        return SKIP
    if mostly(samples, lambda text: bool(ADDRESS.match(text))):
        return "vendor_website"
    if mostly(samples, is_place):
        return COUNTRY
    if mostly(samples, has_legal_form, 0.4):
        return VENDOR
    return SKIP


def mostly(samples: Sequence[str], holds: Callable[[str], bool], share: float = 0.6) -> bool:
    return sum(map(holds, samples)) >= share * len(samples)
