"""Messages between the server and the process that reads a file: a length and JSON, so that nothing in them can run.

Cells keep their types: dates and times, which JSON lacks, are objects with one key. Pure: no Django.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO

#: The number of bytes of the length.
SIZE = 4
DAY_KEY, DATETIME_KEY = "$day", "$moment"


class BrokenMessage(ValueError):
    """The stream does not hold a message: the sender ended in the middle, or sent more than allowed."""


def json_value(value: object) -> dict[str, str] | str:
    """Return a JSON value for a type that JSON lacks; times of day and durations become texts."""
    if isinstance(value, datetime):
        return {DATETIME_KEY: value.isoformat()}
    if isinstance(value, date):
        return {DAY_KEY: value.isoformat()}
    return str(value)


def python_value(value: dict[str, Any]) -> object:
    """Return the date or time that an object of JSON stands for, else the object."""
    if len(value) == 1:
        if DATETIME_KEY in value:
            return datetime.fromisoformat(value[DATETIME_KEY])
        if DAY_KEY in value:
            return date.fromisoformat(value[DAY_KEY])
    return value


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=json_value).encode
_decode = json.JSONDecoder(object_hook=python_value).decode


def encode_message(message: object) -> bytes:
    """Return a message as bytes. Texts may contain lone surrogates, as files do; readers of cells reject them."""
    content = _encode(message).encode("utf-8", "surrogatepass")
    return len(content).to_bytes(SIZE, "big") + content


def read_messages(source: BinaryIO, most: int) -> Iterator[Any]:
    """Yield the messages of the stream. Raises ``BrokenMessage``, also if they exceed ``most`` bytes in total."""
    left = most
    while start := source.read(SIZE):
        size = int.from_bytes(start, "big")
        left -= size
        if left < 0:
            raise BrokenMessage("too much")
        content = source.read(size)
        if len(content) < size:
            raise BrokenMessage("cut off")
        try:
            yield _decode(content.decode("utf-8", "surrogatepass"))
        except (ValueError, RecursionError) as error:
            raise BrokenMessage("no JSON") from error
