"""Opening uploaded workbooks, which are zip files of XML, within limits and without expanding entities."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from registry.files.formats.table import refuse

MEGABYTE = 1024 * 1024
#: Of all unpacked entries.
MOST_BYTES = 400 * MEGABYTE
#: Sheets of mostly blank cells are compressed to a 150th, bombs to a thousandth. Small entries may have any ratio.
MOST_RATIO, FREE_BYTES = 500, 10 * MEGABYTE
MOST_ENTRIES = 5_000

COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
ENCRYPTED = 0x1 | 0x40 | 0x2000
DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
MACROS = re.compile(r"(?:^|/)vbaproject[^/]*$|^xl/macrosheets/|^(?:basic|scripts)/", re.IGNORECASE)


class Package:
    """The entries of a workbook by name. Raises ``DocumentProblems`` if it is not a workbook, or exceeds a limit."""

    def __init__(self, data: bytes, format_: str) -> None:
        self.format = format_
        if data.startswith(COMPOUND_FILE):
            raise refuse("password_protected" if ENCRYPTED_PACKAGE in data else "old_workbook", line=0)
        try:
            self.zip = zipfile.ZipFile(io.BytesIO(data))
            entries = self.zip.infolist()
        except Exception:  # zipfile raises many kinds of errors for damaged files
            raise self.damaged() from None
        self.entries = {entry.filename.lower(): entry for entry in entries}
        if len(self.entries) != len(entries):
            raise self.damaged()
        if any(entry.flag_bits & ENCRYPTED for entry in entries):
            raise refuse("password_protected", line=0)
        self.check_sizes(entries)
        if any(map(MACROS.search, self.entries)):
            raise refuse("macros", line=0)

    def damaged(self) -> Exception:
        return refuse("unreadable_file", line=0, format=self.format)

    def check_sizes(self, entries: list[zipfile.ZipInfo]) -> None:
        """Refuse packages whose zip directory states too large a size; ``read`` never returns more than that."""
        if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_BYTES:
            raise refuse("unpacks_too_large", line=0, limit=MOST_BYTES // MEGABYTE)
        for entry in entries:
            if entry.file_size > max(FREE_BYTES, MOST_RATIO * entry.compress_size):
                raise refuse("unpacks_too_large", line=0, limit=MOST_BYTES // MEGABYTE)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self.entries

    def read(self, name: str) -> bytes:
        """Return an XML entry. Refuses declarations of entities."""
        entry = self.entries.get(name.lower())
        if entry is None or entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise self.damaged()
        try:
            with self.zip.open(entry) as file:
                content = file.read(entry.file_size)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
            raise self.damaged() from None
        if b"\x00" in content[:64]:  # UTF-16: no spreadsheet program writes it, and it hides declarations
            raise self.damaged()
        if DECLARATION.search(content):
            raise refuse("declares_entities", line=0)
        return content

    def xml_names(self) -> Iterator[str]:
        return (entry.filename for key, entry in self.entries.items() if key.endswith((".xml", ".rels")))

    def walk(self, content: bytes, *, start: Any, end: Any = None, text: Any = None) -> None:
        """Parse XML and call the handlers, with names as ``namespace|name``. Exceptions of handlers are not caught."""
        parser = expat.ParserCreate("UTF-8", "|")
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = text
        try:
            parser.Parse(content, True)
        except expat.ExpatError:
            raise self.damaged() from None
