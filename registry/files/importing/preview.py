"""What an import would do, as it is shown: page by page, and as a table to take along.

It is worked out once and kept with the upload, in the words of one language, for as long as the register stays as it
was then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, NamedTuple, Self

from django.db import router
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registry.core.progress import READING, report_progress
from registry.document import DocumentProblems, legal_ground
from registry.files.columns import DOCUMENT_COLUMNS
from registry.files.format_registry import FORMATS_BY_CODE
from registry.files.formats.cells import Cell
from registry.files.formats.sheets import WhichSheet
from registry.files.formats.table import Table
from registry.files.import_rows import ImportContent, ImportRow
from registry.files.importing.plan import EntryPlan, ImportPlan
from registry.files.importing.planner import plan_import
from registry.files.importing.problems import problem_texts
from registry.files.nested import cell_text
from registry.files.reports.findings import report_table
from registry.history.field_changes import FieldChange
from registry.history.snapshots import snapshot
from registry.models import Upload, head_digest
from registry.models.uploads import PreviewPage

#: What a cell of Excel holds.
LONGEST_PREVIEW_CELL = 32_767

#: So many legal bases and mechanisms are named; the rest is among the entries.
MOST_NAMED = 200
#: As many as a page shows.
ENTRIES_PER_PREVIEW_PAGE = 100
#: Of a plan and its preview, in the order in which the first that holds something is shown.
PREVIEW_PARTS = ("changed", "new", "missing")

Says = tuple[str, str]
Changes = tuple[str, str, str, bool]


class ShownEntry(NamedTuple):
    """An entry that would be new, or changed, or that is not in the file."""

    line: int | None
    name: str
    #: Of a new one what the file says, by heading; what would change besides, such as its vendor's, is told apart.
    says: Sequence[Says] = ()
    would_change: Sequence[Changes] = ()

    @property
    def changes(self) -> list[FieldChange]:
        return [FieldChange(*each) for each in self.would_change]

    @classmethod
    def of(cls, entry: EntryPlan) -> Self:
        changes = list(map(change_values, entry.changes))
        changing = {label for label, *_values in changes}
        says = [] if entry.says is None else [each for each in import_row_texts(entry.says) if each[0] not in changing]
        return cls(entry.line, entry.name, says, changes)


@dataclass(frozen=True)
class StoredEntries(Sequence[ShownEntry]):
    """The entries of a part, of which the pages asked for are read and no others."""

    upload: Upload
    part: str
    length: int

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[ShownEntry]:
        for number in range(-(-self.length // ENTRIES_PER_PREVIEW_PAGE)):
            yield from self.page(number)

    def __getitem__(self, at: Any) -> Any:
        """Of a slice within a page."""
        if not isinstance(at, slice):
            raise TypeError("Entries are read by the page.")
        number, start = divmod(at.start, ENTRIES_PER_PREVIEW_PAGE)
        return self.page(number)[start : start + at.stop - at.start]

    def page(self, number: int) -> list[ShownEntry]:
        kept = self.upload.pages.filter(part=self.part, number=number).first()
        return [ShownEntry(*values) for values in kept.content] if kept else []


@dataclass(frozen=True)
class Preview:
    new: Sequence[ShownEntry] = ()
    changed: Sequence[ShownEntry] = ()
    missing: Sequence[ShownEntry] = ()
    unchanged: int = 0
    texts: Sequence[FieldChange] = ()
    #: Headings of columns that an import passes over.
    ignored: Sequence[str] = ()
    #: What was taken for the mechanisms that it names; what would be new, and nobody has assessed or classified.
    recognised: Sequence[str] = ()
    new_bases: Sequence[str] = ()
    new_mechanisms: Sequence[str] = ()
    summary: str = ""
    #: Of the plan; what is confirmed.
    digest: str = ""
    #: Why nothing of it can be imported.
    problems: Sequence[str] = ()

    @property
    def changes_anything(self) -> bool:
        return bool(self.new or self.changed or self.texts)


def preview_of(upload: Upload) -> Preview:
    """Raises ``WhichSheet``."""
    state = f"{head_digest()} {get_language()}"
    if upload.preview is None or upload.previewed != state:
        report_progress(READING)
        try:
            incoming = read_upload(upload)
            with snapshot(router.db_for_write(Upload)):
                planned = plan_import(incoming, to_be_shown=True)
        except WhichSheet:
            raise
        except DocumentProblems as refused:
            if is_temporary(refused):
                return Preview(problems=problem_texts(refused.problems))
            upload.keep_preview(state, {"problems": problem_texts(refused.problems)}, ())
        else:
            upload.keep_preview(state, preview_summary(planned), pages_of(upload, planned))
    kept: dict[str, Any] = dict(upload.preview or {})
    kept |= {part: StoredEntries(upload, part, count) for part, count in kept.pop("counts", {}).items()}
    return Preview(**{**kept, "texts": [FieldChange(*values) for values in kept.get("texts", ())]})


def is_temporary(refused: DocumentProblems) -> bool:
    """Whether the server is what stands in the way, and not the file."""
    return any(problem.code == "readers_are_busy" for problem in refused.problems)


def read_upload(upload: Upload) -> ImportContent:
    return FORMATS_BY_CODE[upload.format_code]().read(bytes(upload.content), upload.sheet)


def preview_summary(planned: ImportPlan) -> dict[str, Any]:
    return {
        "counts": {part: len(getattr(planned, part)) for part in PREVIEW_PARTS},
        "unchanged": planned.unchanged,
        "texts": list(map(change_values, planned.texts)),
        "ignored": list(planned.ignored),
        "recognised": planned.recognised[:MOST_NAMED],
        "new_bases": planned.new_bases[:MOST_NAMED],
        "new_mechanisms": planned.new_mechanisms[:MOST_NAMED],
        "summary": planned.summary,
        "digest": planned.digest,
    }


def pages_of(upload: Upload, planned: ImportPlan) -> Iterator[PreviewPage]:
    for part in PREVIEW_PARTS:
        for number, some in enumerate(batched(getattr(planned, part), ENTRIES_PER_PREVIEW_PAGE)):
            shown = [ShownEntry(None, str(each)) if part == "missing" else ShownEntry.of(each) for each in some]
            yield PreviewPage(upload=upload, part=part, number=number, content=shown)


def change_values(change: FieldChange) -> Changes:
    return change.label, change.before, change.after, change.prose


def import_row_texts(incoming: ImportRow) -> Iterator[Says]:
    """Vendor and purpose are its name."""
    row = incoming.row
    own = (row.personal_data, row.country, legal_ground(row.legal_basis, row.mechanisms))
    details = ((column, column.kind.write(value)) for column, value in incoming.details.items())
    for column, cell in (*zip(DOCUMENT_COLUMNS[2:], own, strict=True), *details):
        if cell is not None and cell != "":
            yield column.heading, cell_text(cell)


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
    return report_table(headings, preview_rows(preview), _("Preview"), about)


def preview_rows(preview: Preview) -> Iterator[list[Cell]]:
    for change in preview.texts:
        yield [_("changed"), None, _("Text of the document"), change.label, change.before, change.after]
    for entry in preview.changed:
        yield from change_rows_of(_("changed"), entry)
    for entry in preview.new:
        for text in packed_cells(entry.says):
            yield [_("new"), entry.line, entry.name, "", "", text]
        yield from change_rows_of(_("new"), entry)
    for entry in preview.missing:
        yield [_("not in the file"), None, entry.name, "", "", ""]


def change_rows_of(what: str, entry: ShownEntry) -> Iterator[list[Cell]]:
    for change in entry.changes:
        yield [what, entry.line, entry.name, change.label, change.before, change.after]


def packed_cells(says: Sequence[Says]) -> Iterator[str]:
    """In as few cells as can hold it: a row for each value would be more than a sheet has."""
    held: list[str] = []
    for heading, text in says:
        line = f"{heading}: {text}"
        if held and sum(map(len, held)) + len(held) + len(line) > LONGEST_PREVIEW_CELL:
            yield "\n".join(held)
            held = []
        held.append(line)
    yield "\n".join(held)
