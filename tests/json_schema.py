"""A small validator of JSON Schema 2020-12, for the keywords that schemas in ``docs/`` use; others are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

TYPES = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "null": lambda value: value is None,
}
#: Keywords that say something to people only, or that are read where they are referred to.
SAID = {"$schema", "$defs", "title", "description"}


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None, place: str = "$") -> Iterator[str]:
    """Yield what is wrong with a value, and where. Raises ``KeyError`` for a keyword that is not known here."""
    root = root or schema
    for keyword, rule in schema.items():
        if keyword not in SAID:
            yield from KEYWORDS[keyword](value, rule, schema, root, place)


def wrong(condition: Any, place: str, words: str) -> Iterator[str]:
    if condition:
        yield f"{place}: {words}"


def ref(value, rule, _schema, root, place):
    yield from faults(value, root["$defs"][rule.removeprefix("#/$defs/")], root, place)


def of_type(value, rule, _schema, _root, place):
    names = [rule] if isinstance(rule, str) else rule
    yield from wrong(not any(TYPES[name](value) for name in names), place, f"is not {rule}")


def properties(value, rule, _schema, root, place):
    for name in value if isinstance(value, dict) else ():
        if name in rule:
            yield from faults(value[name], rule[name], root, f"{place}.{name}")


def required(value, rule, _schema, _root, place):
    missing = [name for name in rule if isinstance(value, dict) and name not in value]
    yield from wrong(missing, place, f"lacks {missing}")


def additional(value, rule, schema, _root, place):
    assert rule is False
    others = sorted(set(value) - set(schema["properties"])) if isinstance(value, dict) else []
    yield from wrong(others, place, f"has {others}")


def items(value, rule, _schema, root, place):
    for number, each in enumerate(value if isinstance(value, list) else ()):
        yield from faults(each, rule, root, f"{place}[{number}]")


def any_of(value, rule, _schema, root, place):
    yield from wrong(all(list(faults(value, each, root)) for each in rule), place, "fits none")


def day(value, rule, _schema, _root, place):
    assert rule == "date"
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        yield f"{place}: is not a day"


KEYWORDS: dict[str, Any] = {
    "$ref": ref,
    "type": of_type,
    "properties": properties,
    "required": required,
    "additionalProperties": additional,
    "items": items,
    "anyOf": any_of,
    "format": day,
    "const": lambda value, rule, _schema, _root, place: wrong(value != rule, place, f"is not {rule}"),
    "enum": lambda value, rule, _schema, _root, place: wrong(value not in rule, place, f"is none of {rule}"),
    "pattern": lambda value, rule, _schema, _root, place: wrong(
        isinstance(value, str) and not re.search(rule, value), place, f"does not match {rule}"
    ),
    "minimum": lambda value, rule, _schema, _root, place: wrong(
        isinstance(value, int) and value < rule, place, f"is less than {rule}"
    ),
    "minItems": lambda value, rule, _schema, _root, place: wrong(
        isinstance(value, list) and len(value) < rule, place, "is too short"
    ),
    "maxItems": lambda value, rule, _schema, _root, place: wrong(
        isinstance(value, list) and len(value) > rule, place, "is too long"
    ),
}
