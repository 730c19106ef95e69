"""Verification of the imported files: each change set of an import has its file, and there are no others."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from registry.history import stored
from registry.history.change_sets import ChangeSet
from registry.history.imported_files import ImportedFile
from registry.history.stored import DoesNotFit


@dataclass(frozen=True)
class FileRecord:
    """Name and digest of an imported file, as its change set has them."""

    name: str
    sha256: str

    @classmethod
    def from_details(cls, details: object) -> FileRecord | None:
        """Return the record in the details of a change set, None where it imported no file that is kept."""
        if not isinstance(details, dict) or details.get("file_kept") is not True:
            return None
        return cls(str(details.get("file")), str(details.get("sha256")))


def check_files(expected: dict[int, FileRecord]) -> None:
    """Compare the kept files with the records of their change sets. Raises ``DoesNotFit``."""
    missing = dict(expected)
    for row in stored.stored_rows(ImportedFile._base_manager.all(), "change_set_id", "id", without=("content",)):
        record = missing.pop(row["change_set_id"], None)
        if record is None:
            raise DoesNotFit(
                f"change set {row['change_set_id']} imported no file, or not two, but a file {row['file_name']} is"
                " kept for it: it was added outside the register."
            )
        check_file(row["id"], row["change_set_id"], row["file_name"], record)
    for key, record in missing.items():
        raise DoesNotFit(f"change set {key}: the imported file {record.name} is gone.")


def check_file(file: int, change_set: int, file_name: str, record: FileRecord) -> bytes:
    """Return the content of a kept file. Raises ``DoesNotFit`` where it is not the one that its change set records."""
    if file_name != record.name:
        raise DoesNotFit(
            f"change set {change_set}: the imported file {record.name} was changed: it is kept as {file_name}."
        )
    contents = [row["content"] for row in stored.stored_rows(ImportedFile._base_manager.filter(pk=file), "id")]
    if hashlib.sha256(*contents).hexdigest() != record.sha256:
        raise DoesNotFit(f"change set {change_set}: the imported file {record.name} was changed.")
    content: bytes = contents[0]
    return content


def imported_file(change_set: int) -> tuple[str, bytes] | None:
    """Return name and content of the file that a change set imported, None where none is kept.

    Raises ``DoesNotFit`` where it is not the file that the change set records.
    """
    change_sets = {row["id"]: row for row in stored.stored_rows(ChangeSet._base_manager.filter(pk=change_set), "id")}
    files = list(
        stored.stored_rows(
            ImportedFile._base_manager.filter(change_set=change_set), "change_set_id", without=("content",)
        )
    )
    if not files:
        return None
    record = FileRecord.from_details(change_sets[change_set]["details"]) if change_sets else None
    if record is None:
        raise DoesNotFit(f"change set {change_set} imported no file, but one is kept for it.")
    return record.name, check_file(files[0]["id"], change_set, files[0]["file_name"], record)
