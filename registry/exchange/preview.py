"""What an import would do, as it is shown: page by page, and as a table to take along.

It is worked out once and kept with the upload, in the words of one language, for as long as the register stays as it
was then.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from django.db import router
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registry.audit.timeline import FieldChange
from registry.document import DocumentProblems, legal_ground
from registry.exchange.columns import OWN
from registry.exchange.facts import said
from registry.exchange.findings import table
from registry.exchange.formats import BY_CODE
from registry.exchange.incoming import Incoming, IncomingRow
from registry.exchange.kinds import Cell
from registry.exchange.plan import plan
from registry.exchange.planned import EntryPlan, Plan
from registry.exchange.problems import said as in_words
from registry.exchange.progress import READING, tell
from registry.exchange.sheets import WhichSheet
from registry.exchange.tables import Table
from registry.models import Upload, head_digest
from registry.models.moments import snapshot

#: What a cell of Excel holds.
LONGEST_CELL = 32_767

Says = tuple[str, str]
Changes = tuple[str, str, str, bool]


class ShownEntry(NamedTuple):
    """An entry that would be new, or changed."""

    line: int
    name: str
    #: Of a new one what the file says, by heading; what would change besides, such as its vendor's, is told apart.
    says: Sequence[Says]
    would_change: Sequence[Changes]

    @property
    def changes(self) -> list[FieldChange]:
        return [FieldChange(*each) for each in self.would_change]

    @classmethod
    def of(cls, entry: EntryPlan) -> Self:
        changes = list(map(values_of, entry.changes))
        changing = {label for label, *_values in changes}
        says = [] if entry.says is None else [each for each in said_in(entry.says) if each[0] not in changing]
        return cls(entry.line, entry.name, says, changes)


@dataclass(frozen=True)
class Preview:
    new: Sequence[ShownEntry] = ()
    changed: Sequence[ShownEntry] = ()
    unchanged: int = 0
    missing: Sequence[str] = ()
    texts: Sequence[FieldChange] = ()
    #: Headings of columns that an import passes over.
    ignored: Sequence[str] = ()
    summary: str = ""
    #: Of the plan; what is confirmed.
    digest: str = ""
    #: Why nothing of it can be imported.
    problems: Sequence[str] = ()

    @property
    def changes_anything(self) -> bool:
        return bool(self.new or self.changed or self.texts)

    @classmethod
    def of(cls, planned: Plan) -> Self:
        return cls(
            list(map(ShownEntry.of, planned.new)),
            list(map(ShownEntry.of, planned.changed)),
            planned.unchanged,
            list(map(str, planned.missing)),
            planned.texts,
            planned.ignored,
            planned.summary,
            planned.digest,
        )

    def packed(self) -> bytes:
        values = {**vars(self), "texts": list(map(values_of, self.texts))}
        return zlib.compress(json.dumps(values, ensure_ascii=False).encode(), level=1)

    @classmethod
    def unpacked(cls, packed: bytes) -> Self:
        values = json.loads(zlib.decompress(packed))
        entries = {part: [ShownEntry(*each) for each in values[part]] for part in ("new", "changed")}
        return cls(**{**values, **entries, "texts": [FieldChange(*each) for each in values["texts"]]})


def values_of(change: FieldChange) -> Changes:
    return change.label, change.before, change.after, change.prose


def said_in(incoming: IncomingRow) -> Iterator[Says]:
    row = incoming.row
    ground = legal_ground(row.legal_basis, row.mechanisms)
    own = (row.vendor, row.purpose, row.personal_data, row.country, ground)
    details = ((column, column.kind.write(value)) for column, value in incoming.details.items())
    for column, cell in (*zip(OWN, own, strict=True), *details):
        if cell is not None and cell != "":
            yield column.heading, said(cell)


def previewed(upload: Upload) -> Preview:
    """Raises ``WhichSheet``."""
    state = f"{head_digest()} {get_language()}"
    if upload.preview is not None and upload.previewed == state:
        return Preview.unpacked(bytes(upload.preview))
    tell(READING)
    try:
        incoming = file_of(upload)
        with snapshot(router.db_for_write(Upload)):
            preview = Preview.of(plan(incoming, to_be_shown=True))
    except WhichSheet:
        raise
    except DocumentProblems as refused:
        preview = Preview(problems=in_words(refused.problems))
    upload.keep_preview(preview.packed(), state)
    return preview


def file_of(upload: Upload) -> Incoming:
    return BY_CODE[upload.format_code]().read(bytes(upload.content), upload.sheet)


def preview_table(preview: Preview, *, who: str, file_name: str) -> Table:
    headings = [
        (_("What happens"), 14),
        (_("Line"), 8),
        (_("Entry"), 48),
        (_("Field"), 24),
        (_("Before"), 48),
        (_("After"), 48),
    ]
    about = [(_("Exported by"), who), (_("File"), file_name), (_("Counts"), preview.summary)]
    return table(headings, rows(preview), _("Preview"), about)


def rows(preview: Preview) -> Iterator[list[Cell]]:
    for change in preview.texts:
        yield [_("changed"), None, _("Text of the document"), change.label, change.before, change.after]
    for entry in preview.changed:
        yield from changes_of(_("changed"), entry)
    for entry in preview.new:
        for text in cells_of(entry.says):
            yield [_("new"), entry.line, entry.name, "", "", text]
        yield from changes_of(_("new"), entry)
    for name in preview.missing:
        yield [_("not in the file"), None, name, "", "", ""]


def changes_of(what: str, entry: ShownEntry) -> Iterator[list[Cell]]:
    for change in entry.changes:
        yield [what, entry.line, entry.name, change.label, change.before, change.after]


def cells_of(says: Sequence[Says]) -> Iterator[str]:
    """In as few cells as can hold it: a row for each value would be more than a sheet has."""
    held: list[str] = []
    for heading, text in says:
        line = f"{heading}: {text}"
        if held and sum(map(len, held)) + len(held) + len(line) > LONGEST_CELL:
            yield "\n".join(held)
            held = []
        held.append(line)
    yield "\n".join(held)
