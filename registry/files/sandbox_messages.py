"""Messages between the register and the process that reads a file: length and JSON, so that nothing in them can run.

Cells keep their types: days and moments, which JSON does not have, are objects with one key. Pure: no Django.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO

#: Bytes that say how long a message is.
SIZE = 4
DAY_KEY, DATETIME_KEY = "$day", "$moment"


class BrokenMessage(ValueError):
    """What arrived is no message: the sender ended in the middle, or sent more than it may."""


def json_value(value: Any) -> dict[str, str] | str:
    """What JSON has no kind for; times of day and durations are texts, as people see them."""
    if isinstance(value, datetime):
        return {DATETIME_KEY: value.isoformat()}
    if isinstance(value, date):
        return {DAY_KEY: value.isoformat()}
    return str(value)


def python_value(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        if DATETIME_KEY in found:
            return datetime.fromisoformat(found[DATETIME_KEY])
        if DAY_KEY in found:
            return date.fromisoformat(found[DAY_KEY])
    return found


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=json_value).encode
_decode = json.JSONDecoder(object_hook=python_value).decode


def encode_message(message: Any) -> bytes:
    """Texts may hold lone surrogates, as files do: whoever reads the cells refuses them."""
    content = _encode(message).encode("utf-8", "surrogatepass")
    return len(content).to_bytes(SIZE, "big") + content


def read_messages(source: BinaryIO, most: int) -> Iterator[Any]:
    """The messages up to the end of the stream, together no more than so many bytes. Raises ``Broken``."""
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
