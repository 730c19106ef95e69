"""The preview of an import: what it would change, page by page.

It is computed once and stored with the upload, in one language, and is valid until the register changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any, NamedTuple, Self

from django.db import router
from django.utils.translation import get_language

from registry.core.progress import READING, report_progress
from registry.document import DocumentProblems, Problem, legal_ground
from registry.files.columns import DOCUMENT_COLUMNS
from registry.files.format_registry import FORMATS_BY_CODE
from registry.files.formats.sheets import WhichSheet
from registry.files.import_content import ImportContent, ImportRow
from registry.files.importing.all_problems import all_problems
from registry.files.importing.file_notes import file_notes
from registry.files.importing.last_changes import FieldOfEntry, last_changes
from registry.files.importing.marked_copy import marked_copy
from registry.files.importing.plan import EntryPlan, ImportPlan
from registry.files.importing.planner import plan_import
from registry.files.importing.problems import problem_texts
from registry.files.importing.reading import read_drafts, read_file
from registry.files.importing.three_way import OpenConflicts
from registry.files.matching.matching import Matched, OpenQuestions
from registry.files.matching.register_facts import RegisterFacts
from registry.files.nested import nested_text
from registry.files.sandbox import read_grids
from registry.history.field_changes import FieldChange
from registry.history.snapshots import snapshot
from registry.models import Upload, head_digest
from registry.models.uploads import PreviewPage, UploadAim

#: How many new legal bases, mechanisms and cells that others changed are named.
MOST_NAMED = 200
ENTRIES_PER_PREVIEW_PAGE = 100
#: The parts of a plan and its preview. The first one that is not empty is shown first.
PREVIEW_PARTS = ("changed", "new", "missing")

HeadingAndText = tuple[str, str]
ChangeValues = tuple[str, str, str, bool] | tuple[str, str, str, bool, str]


@dataclass(frozen=True)
class ShownChange(FieldChange):
    """A change, and who changed the cell before and when, if the file does not say which state it left."""

    who: str = ""


class ShownEntry(NamedTuple):
    """An entry that would be new or changed, or that is not in the file."""

    line: int | None
    name: str
    #: The values of a new entry, without those that are among the changes, such as its vendor's.
    values: Sequence[HeadingAndText] = ()
    change_values: Sequence[ChangeValues] = ()

    @property
    def changes(self) -> list[ShownChange]:
        return [ShownChange(*each) for each in self.change_values]

    @classmethod
    def of(cls, entry: EntryPlan, authors: Mapping[FieldOfEntry, str]) -> Self:
        changes = [
            (*values_of_change(change), authors.get(entry.sources[place], "") if place in entry.sources else "")
            for place, change in enumerate(entry.changes)
        ]
        changing = {label for label, *_values in changes}
        texts = [] if entry.import_row is None else import_row_texts(entry.import_row)
        return cls(entry.line, entry.name, [each for each in texts if each[0] not in changing], changes)


@dataclass(frozen=True)
class StoredEntries(Sequence[ShownEntry]):
    """The stored entries of a part. Only the pages asked for are read."""

    upload: Upload
    part: str
    length: int

    def __len__(self) -> int:
        return self.length

    def __iter__(self) -> Iterator[ShownEntry]:
        for number in range(-(-self.length // ENTRIES_PER_PREVIEW_PAGE)):
            yield from self.page(number)

    def __getitem__(self, at: object) -> Any:
        """Return the entries of a slice that lies within one page."""
        if not isinstance(at, slice):
            raise TypeError("Entries are read by the page.")
        number, start = divmod(at.start, ENTRIES_PER_PREVIEW_PAGE)
        return self.page(number)[start : start + at.stop - at.start]

    def page(self, number: int) -> list[ShownEntry]:
        page = self.upload.pages.filter(part=self.part, number=number).first()
        return [ShownEntry(*values) for values in page.content] if page else []


@dataclass(frozen=True)
class Preview:
    new: Sequence[ShownEntry] = ()
    changed: Sequence[ShownEntry] = ()
    missing: Sequence[ShownEntry] = ()
    unchanged: int = 0
    texts: Sequence[FieldChange] = ()
    #: What the file says besides its rows, and what was passed over, in words.
    notes: Sequence[str] = ()
    #: Headings of columns that the import ignores.
    ignored: Sequence[str] = ()
    #: Texts recognised as mechanisms, and new labels that nobody has assessed or classified.
    recognised: Sequence[str] = ()
    #: Names in the file that are other names of vendors, each with the vendor's own name.
    other_names: Sequence[tuple[str, str]] = ()
    new_vendors: Sequence[str] = ()
    #: New vendors that may be in the register already, each with the one that is.
    alike_vendors: Sequence[tuple[str, str]] = ()
    new_bases: Sequence[str] = ()
    new_mechanisms: Sequence[str] = ()
    #: Somebody matched the list with the register; it is none of our own files.
    matched: bool = False
    of_others: bool = False
    #: What of it is not taken: lines with their texts, and columns.
    passed_lines: Sequence[tuple[int, str]] = ()
    passed_columns: Sequence[str] = ()
    summary: str = ""
    #: The digest of the plan, which the confirmation repeats.
    digest: str = ""
    #: Whether the file says which state of the register it left; what that export left out, in words.
    knows_its_state: bool = False
    left_out: str = ""
    #: How many cells others changed since the file left, and the first of them: line, entry, heading, values, who.
    kept_count: int = 0
    kept: Sequence[Sequence[Any]] = ()
    #: Why the file cannot be imported.
    problems: Sequence[str] = ()

    @property
    def changes_anything(self) -> bool:
        return bool(self.new or self.changed or self.texts)


def preview_of(upload: Upload) -> Preview:
    """Return the preview of an upload, computed if none is stored that is still valid.

    Raises ``WhichSheet``, ``OpenQuestions`` and ``OpenConflicts``, where a person has to choose first.
    """
    state = f"{head_digest()} {get_language()}"
    if upload.preview is None or upload.previewed != state:
        report_progress(READING)
        try:
            content = read_upload(upload)
            notes = file_notes(content)
            with snapshot(router.db_for_write(Upload)):
                plan = plan_import(content, for_preview=True, choices=upload.choices)
        except (WhichSheet, OpenConflicts, OpenQuestions):
            raise
        except DocumentProblems as refused:
            if is_temporary(refused):
                return Preview(problems=problem_texts(refused.problems))
            upload.keep_preview(state, {"problems": problem_texts(all_problems(refused).problems)}, ())
        else:
            upload.keep_preview(state, preview_summary(plan, notes), pages_of(upload, plan))
    stored: dict[str, Any] = dict(upload.preview or {})
    stored |= {part: StoredEntries(upload, part, count) for part, count in stored.pop("counts", {}).items()}
    return Preview(**{**stored, "texts": [FieldChange(*values) for values in stored.get("texts", ())]})


def marked_upload(upload: Upload) -> bytes:
    """Return a copy of a refused upload with its problems marked. Raises ``DocumentProblems`` if it has no cells."""
    problems: Sequence[Problem] = ()
    try:
        plan_import(read_upload(upload), choices=upload.choices)
    except DocumentProblems as refused:
        problems = all_problems(refused).problems
    except (OpenConflicts, OpenQuestions):
        pass
    format_ = FORMATS_BY_CODE[upload.format_code]()
    return marked_copy(read_grids(format_.code, bytes(upload.content)), problems, upload.sheet)


def is_temporary(refused: DocumentProblems) -> bool:
    """Return whether the server is the reason, not the file."""
    return any(problem.code == "readers_are_busy" for problem in refused.problems)


def read_upload(upload: Upload) -> ImportContent:
    """Return the content of an upload. Raises what ``read_file()`` raises."""
    if upload.aim == UploadAim.DRAFTS:
        format_ = FORMATS_BY_CODE[upload.format_code]()
        return read_drafts(format_, bytes(upload.content), upload.sheet, upload.answers, set(upload.drafts))
    return read_file(FORMATS_BY_CODE[upload.format_code](), bytes(upload.content), upload.sheet, upload.answers)


def preview_summary(plan: ImportPlan, notes: Sequence[str]) -> dict[str, object]:
    return {
        "notes": notes,
        "counts": {part: len(getattr(plan, part)) for part in PREVIEW_PARTS},
        "unchanged": plan.unchanged,
        "texts": list(map(values_of_change, plan.texts)),
        "ignored": list(plan.ignored),
        "recognised": plan.recognised[:MOST_NAMED],
        "other_names": plan.other_names[:MOST_NAMED],
        "new_vendors": plan.new_vendors[:MOST_NAMED] if plan.matched else [],
        "new_bases": plan.new_bases[:MOST_NAMED],
        "new_mechanisms": plan.new_mechanisms[:MOST_NAMED],
        "knows_its_state": plan.comparison is not None,
        "left_out": plan.comparison.left_out if plan.comparison else "",
        "kept_count": len(plan.kept),
        "kept": [
            (each.line, each.entry, each.heading, each.before, each.now, each.who) for each in plan.kept[:MOST_NAMED]
        ],
        "alike_vendors": alike_vendors(plan.new_vendors),
        **matching_summary(plan.matched),
        "summary": plan.summary,
        "digest": plan.digest,
    }


def alike_vendors(names: Sequence[str]) -> list[tuple[str, str]]:
    """Return new vendors whose names differ from one in the register by legal form and punctuation only, with that."""
    facts = RegisterFacts()
    return [(name, known) for name in names[:MOST_NAMED] if (known := facts.vendor_alike(name)) and known != name]


def matching_summary(matched: Matched | None) -> dict[str, object]:
    """Return how a list was matched, and which of its lines and columns are not taken."""
    if matched is None:
        return {}
    lines = [(line, f"{sheet}: {text}" if sheet else text) for sheet, line, text in matched.passed_lines]
    return {
        "matched": True,
        "of_others": not matched.own,
        "passed_lines": lines[:MOST_NAMED],
        "passed_columns": matched.passed_columns[:MOST_NAMED],
    }


def pages_of(upload: Upload, plan: ImportPlan) -> Iterator[PreviewPage]:
    authors = last_changes(plan.changed) if plan.comparison is None else {}
    for part in PREVIEW_PARTS:
        for number, batch in enumerate(batched(getattr(plan, part), ENTRIES_PER_PREVIEW_PAGE)):
            entries = [
                ShownEntry(None, str(each)) if part == "missing" else ShownEntry.of(each, authors) for each in batch
            ]
            yield PreviewPage(upload=upload, part=part, number=number, content=entries)


def values_of_change(change: FieldChange) -> tuple[str, str, str, bool]:
    return change.label, change.before, change.after, change.prose


def import_row_texts(import_row: ImportRow) -> Iterator[HeadingAndText]:
    """Yield the values of a row by heading, without vendor and purpose, which are the name of the entry."""
    row = import_row.row
    own = (row.personal_data, row.country, legal_ground(row.legal_basis, row.mechanisms))
    details = ((column, column.type.write(value)) for column, value in import_row.details.items())
    for column, cell in (*zip(DOCUMENT_COLUMNS[2:], own, strict=True), *details):
        if cell is not None and cell != "":
            yield column.heading, nested_text(cell)
