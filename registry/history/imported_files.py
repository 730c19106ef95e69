"""Imported files, kept with the change sets of their imports."""

from __future__ import annotations

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from registry.history.change_sets import ChangeSet, current


class ImportedFile(models.Model):
    """An imported file as it was uploaded. Its digest is part of the change set, and so of the chain."""

    history_untracked_because = "is part of the record: its change set has its digest"
    history_append_only = True

    change_set = models.OneToOneField(ChangeSet, models.PROTECT, related_name="imported_file")
    file_name = models.CharField(_("file"), max_length=255)
    content = models.BinaryField()

    class Meta:
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.file_name


def describe_import(
    file_name: str, sha256: str, *, source: str | None = None, reason: str | None = None, **details: object
) -> None:
    """Describe the open change set as the import of a file. Call ``keep_file()`` once something was written."""
    current().describe(source=source, reason=reason, file=file_name[:255], sha256=sha256, file_kept=True, **details)


def keep_file(file_name: str, content: bytes) -> None:
    """Keep the imported file where the open change set has written something."""
    change_set = current().row
    if change_set is not None:
        file = ImportedFile(change_set=change_set, file_name=file_name[:255], content=content)
        if connection.vendor == "postgresql":
            insert_on_postgresql(file)
        else:
            file.save()


def insert_on_postgresql(file: ImportedFile) -> None:
    """Insert the file with its content as a binary parameter: written out in SQL, it takes seven times its size."""
    import psycopg  # only here: where the database is SQLite, it need not be installed

    values = file.change_set_id, file.file_name, file.content
    with psycopg.Cursor(connection.connection) as cursor:
        table = ImportedFile._meta.db_table
        cursor.execute(
            f"INSERT INTO {table} (change_set_id, file_name, content) VALUES (%s, %s, %b)",  # noqa: S608 - of the schema
            values,
        )
