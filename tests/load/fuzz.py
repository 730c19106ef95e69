"""Broken files against every reader, guided by coverage: ``python -m tests.load.fuzz FORMAT NUMBER [SEED]``.

A reader may give what it read or refuse with ``DocumentProblems``. Any other exception, an input that takes longer than
``SLOWEST`` seconds and a process that grows past ``LARGEST`` MB end the run with a report and the input in a file.
Needs atheris (``make fuzz`` brings it along).
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import atheris
import django

SLOWEST, LARGEST, LONGEST_INPUT = 5, 2048, 4096

os.environ.setdefault("DEBUG", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
with atheris.instrument_imports(include=["registry.document", "registry.files", "registry.core.text"]):
    django.setup()
    from registry.document import HEADINGS, DocumentProblems
    from registry.files.columns import columns_by_heading
    from registry.files.format_registry import FORMATS_BY_CODE
    from registry.files.formats.table import Table
    from registry.files.import_rows import import_content
    from registry.files.sandbox import ReaderAnswer, received_content
    from registry.files.sandbox_messages import encode_message, read_messages
    from registry.files.sandbox_process import answer_messages

PACKAGES = {"xlsx", "ods"}
WORDS = [spelling for heading in HEADINGS.values() for spelling in heading.spellings]
ORIGINAL = Path("registry/reference/original_register.txt")
ROWS = [
    (2, ["Exempel AB", "Fakturering", "Namn, adress", "SE", "Avtal"]),
    (3, ["Example Inc.", "Drift", "=1+1", "US", "Avtal + Privacy Shield (2016-08-01)"]),
]


def table() -> Table:
    return Table(headings=["Leverantör", "Orsak", "Uppgifter", "Land", "Laglig grund"], rows=ROWS, about=[("Vem", "x")])


def seeds(code: str) -> list[bytes]:
    if code == "document":
        original = ORIGINAL.read_bytes()
        return [original[:LONGEST_INPUT], original[:900], original[-900:], original[:900].decode().encode("utf-16")]
    return [FORMATS_BY_CODE[code].writer(table())]


def mutate_package(data: bytes, max_size: int, seed: int) -> bytes:
    """An entry of the workbook is changed and packed again: else the checksums would keep every change out."""
    chance = random.Random(seed)  # noqa: S311 - to be repeatable, not secret
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = {name: package.read(name) for name in package.namelist()}
    except Exception:
        return atheris.Mutate(data, max_size)
    if not entries or chance.random() < 0.1:
        return atheris.Mutate(data, max_size)
    name = chance.choice(sorted(entries))
    entries[name] = atheris.Mutate(entries[name], max_size)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for each, content in entries.items():
            package.writestr(each, content)
    changed = packed.getvalue()
    return changed if len(changed) <= max_size else atheris.Mutate(data, max_size)


def reader(code: str) -> Callable[[bytes], None]:
    """All that happens to a file, on both sides of the sandbox's door, in this process."""
    ask = {"format": code, "sheet": "", "headings": list(columns_by_heading()), "most_rows": 200_000}

    def read(data: bytes) -> None:
        said = b"".join(map(encode_message, answer_messages(ask, io.BytesIO(data))))
        with contextlib.suppress(DocumentProblems):
            import_content(received_content(ReaderAnswer(read_messages(io.BytesIO(said), len(said)), code, stumbled)))

    def stumbled() -> str:
        raise AssertionError(f"{code}: the reader did not come to its end")

    return read


def main(code: str, number: str, seed: str = "1") -> None:
    with tempfile.TemporaryDirectory() as corpus:
        for place, content in enumerate(seeds(code)):
            (Path(corpus) / str(place)).write_bytes(content)
        dictionary = Path(corpus).with_suffix(".words")
        dictionary.write_text("".join(f'"{escaped(word)}"\n' for word in [*WORDS, "\t", "\n", '"', " + ", "\ufeff"]))
        longest = 4 * LONGEST_INPUT if code in PACKAGES else LONGEST_INPUT
        options = [f"-runs={number}", f"-seed={seed}", f"-timeout={SLOWEST}", f"-rss_limit_mb={LARGEST}"]
        options += [f"-max_len={longest}", f"-dict={dictionary}", "-print_final_stats=1", corpus]
        if code in PACKAGES:
            atheris.Setup(["fuzz", *options], reader(code), custom_mutator=mutate_package)
        else:
            atheris.Setup(["fuzz", *options], reader(code))
        atheris.Fuzz()


def escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
