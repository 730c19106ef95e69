"""The terms of the Data Privacy Vocabulary, and those that a JSON-LD document uses."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OURS = ("dpv:", "eu-gdpr:")


def unknown_terms(document: Any) -> set[str]:
    """Return the terms of the vocabulary in a document that the vocabulary does not have."""
    known: set[str] = set()
    for row in csv.DictReader(Path("tests/cases/dpv_map.csv").read_text(encoding="utf-8").splitlines()):
        known |= {row["dpv_class"], row["dpv_property"]}
    return {term for term in terms(document) if term.startswith(OURS)} - known


def terms(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name == "@context":
                continue
            if not name.startswith("@"):
                yield name
            if name == "@type":
                yield from [each] if isinstance(each, str) else each
            yield from terms(each)
    elif isinstance(value, list):
        for each in value:
            yield from terms(each)
