"""The vendors of an edition, each with an anchor that stays the same from edition to edition."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from itertools import count

from django.utils.text import slugify

from registry.core.text import text_key
from registry.editions.content import EditionContent

#: Digits that stand for a name without a letter or digit.
DIGITS = 8


def vendor_names(content: EditionContent) -> list[str]:
    """Return the names in their order, each once whatever its spelling; empty where the edition does not have them."""
    place = content.place("vendor")
    named = [] if place is None else [row.cells[place] for row in content.rows]
    by_key: dict[str, str] = {}
    for name in filter(None, (*named, *content.vendors_without_activity)):
        by_key.setdefault(text_key(name), name)
    return list(by_key.values())


def vendor_anchors(names: Iterable[str]) -> Mapping[str, str]:
    """Return the anchors by the text keys of names: ``vendor-exempel-ab``.

    They follow from the names alone, in whatever order these come. Where several names give the same, those that sort
    later have a number.
    """
    slugs = {text_key(name): slug_of(name) for name in names}
    taken = set(slugs.values())
    first: set[str] = set()
    anchors = {}
    for key, slug in sorted(slugs.items()):
        free = slug
        if slug in first:
            free = next(each for each in (f"{slug}-{number}" for number in count(2)) if each not in taken)
            taken.add(free)
        first.add(slug)
        anchors[key] = f"vendor-{free}"
    return anchors


def slug_of(name: str) -> str:
    """Return the part of an anchor that stands for a name, in letters of its own where it has no Latin ones."""
    return slugify(name) or slugify(name, allow_unicode=True) or hashlib.sha256(name.encode()).hexdigest()[:DIGITS]
