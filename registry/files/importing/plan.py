"""The plan of an import: what it would write. Two plans with the same digest do the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING

from registry.files.import_content import ImportRow
from registry.files.importing.three_way import ChangeByOthers, StateComparison
from registry.history.bulk_writes import Writes
from registry.history.field_changes import FieldChange
from registry.models import (
    DocumentText,
    LegalBasis,
    MechanismKind,
    ProcessingActivity,
    Status,
    Tracked,
    TransferMechanism,
    Vendor,
)

if TYPE_CHECKING:
    from registry.files.matching.matching import Matched


@dataclass(slots=True)
class EntryPlan:
    """What happens to one activity."""

    line: int
    activity: ProcessingActivity
    is_new: bool
    changes: list[FieldChange] = field(default_factory=list)
    #: The model, the key and the field of a change, by its index among the changes.
    sources: dict[int, tuple[type[Tracked], int, str]] = field(default_factory=dict)
    #: The row of a new entry, if the plan is for a preview.
    import_row: ImportRow | None = None

    @property
    def name(self) -> str:
        return str(self.activity)

    def add_change(self, change: FieldChange, target: Tracked, name: str) -> None:
        """Add a change of a field of the target, which is the activity or what belongs to it."""
        self.sources[len(self.changes)] = (type(target), target.pk, name)
        self.changes.append(change)


@dataclass
class ImportPlan:
    """What an import would write, and what it ignores."""

    entries: list[EntryPlan]
    unchanged: int
    missing: list[ProcessingActivity]
    texts: list[FieldChange]
    document_text: DocumentText | None
    writes: dict[type[Tracked], Writes]
    #: Headings of columns that the import ignores.
    ignored: Sequence[str] = ()
    #: Texts in the column of the legal basis that were recognised as mechanisms.
    recognised: Sequence[str] = ()
    #: The file beside the state that it left; None for a file that does not say.
    comparison: StateComparison | None = None

    @property
    def kept(self) -> list[ChangeByOthers]:
        """Return what others changed since the file left, and what stays."""
        return self.comparison.kept if self.comparison else []

    #: Names in the file that are other names of vendors, each with the vendor's own name.
    other_names: Sequence[tuple[str, str]] = ()
    #: How somebody else's list was matched.
    matched: Matched | None = None

    @property
    def new_vendors(self) -> list[str]:
        return [vendor.name for vendor in self.writes[Vendor].new]

    @property
    def new_bases(self) -> list[str]:
        """Return the labels of new legal bases, which nobody has assessed."""
        return [basis.label for basis in self.writes[LegalBasis].new]

    @property
    def new_mechanisms(self) -> list[str]:
        """Return the labels of new unclassified mechanisms, which cover nothing."""
        new = self.writes[TransferMechanism].new
        return [mechanism.label for mechanism in new if mechanism.kind == MechanismKind.UNCLASSIFIED]

    @property
    def new(self) -> list[EntryPlan]:
        return [entry for entry in self.entries if entry.is_new]

    @property
    def changed(self) -> list[EntryPlan]:
        return [entry for entry in self.entries if not entry.is_new]

    @property
    def summary(self) -> str:
        return (
            f"{len(self.new)} new, {len(self.changed)} changed, {self.unchanged} unchanged, {len(self.missing)} missing"
        )

    @property
    def changes_anything(self) -> bool:
        return bool(self.entries or self.texts)

    @property
    def digest(self) -> str:
        """Return a digest of everything that the preview shows."""
        parts = [
            [(entry.is_new, entry.name, list(map(astuple, entry.changes))) for entry in self.entries],
            list(map(astuple, self.texts)),
            [activity.pk for activity in self.missing],
            self.unchanged,
        ]
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()

    def apply(self, *, end_missing: bool = False) -> None:
        """Write the plan inside the open change set, and end the activities that are not in the file if asked to."""
        if end_missing:
            for activity in self.missing:
                activity.status = Status.ENDED
                self.writes[ProcessingActivity].change(activity, "status")
        for model, writes in self.writes.items():
            writes.write(model)
        if self.document_text is not None:
            self.document_text.save()
