"""A plan: what an import would write, and writing it. It says the same of itself as long as it would do the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

from registry.files.import_rows import ImportRow
from registry.history.bulk_writes import Writes
from registry.history.field_changes import FieldChange
from registry.models import (
    DocumentText,
    LegalBasis,
    MechanismKind,
    ProcessingActivity,
    Status,
    TransferMechanism,
)


@dataclass(slots=True)
class EntryPlan:
    line: int
    activity: ProcessingActivity
    is_new: bool
    changes: list[FieldChange] = field(default_factory=list)
    #: All that the file says of a new entry, where the plan is to be shown.
    says: ImportRow | None = None

    @property
    def name(self) -> str:
        return str(self.activity)


@dataclass
class ImportPlan:
    entries: list[EntryPlan]
    unchanged: int
    missing: list[ProcessingActivity]
    texts: list[FieldChange]
    document_text: DocumentText | None
    writes: dict[type[Any], Writes]
    #: Columns of the file that an import passes over.
    ignored: Sequence[str] = ()
    #: Texts in the place of the legal basis that were taken for the mechanisms that they name.
    recognised: Sequence[str] = ()

    @property
    def new_bases(self) -> list[str]:
        """The labels of legal bases that nobody has assessed yet."""
        return [basis.label for basis in self.writes[LegalBasis].new]

    @property
    def new_mechanisms(self) -> list[str]:
        """The labels of mechanisms that nobody knows: they are unclassified, and cover nothing."""
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
        said = [
            [(entry.is_new, entry.name, list(map(astuple, entry.changes))) for entry in self.entries],
            list(map(astuple, self.texts)),
            [activity.pk for activity in self.missing],
            self.unchanged,
        ]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()

    def apply(self, *, end_missing: bool = False) -> None:
        if end_missing:
            for activity in self.missing:
                activity.status = Status.ENDED
                self.writes[ProcessingActivity].change(activity, "status")
        for model, writes in self.writes.items():
            writes.write(model)
        if self.document_text is not None:
            self.document_text.save()
