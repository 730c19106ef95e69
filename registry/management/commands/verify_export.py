from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from registry.editions.checking import ProvenEdition, edition_of, proven_edition
from registry.files.verify_export import ExportOrigin, verify_export
from registry.history.stored import StoredRow
from registry.models import ChangeSet, EditionState


class Command(BaseCommand):
    help = (
        "Checks whether a file is unchanged since the register exported it, and which state of the register it shows;"
        " of a file of an edition, which one it is, and whether it holds. Exit status 0: unchanged; 1: changed since,"
        " not from here, or of an edition that was withdrawn or never published; 2: wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, file: Path, **options: object) -> None:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}.", returncode=2) from None
        digest = hashlib.sha256(content).hexdigest()
        edition = proven_edition(digest)
        if edition is not None:
            if not self.report_edition(edition, digest):
                sys.exit(1)
            return
        origin = verify_export(content)
        if origin.export is None:
            self.report_unknown(origin)
            sys.exit(1)
        self.report(origin, origin.export)

    def report_unknown(self, origin: ExportOrigin) -> None:
        if origin.doubt:
            self.stdout.write(f"Not proven: the record of this export does not fit. {origin.doubt}")
            self.stdout.write("Whether the file is unchanged cannot be told. Run manage.py verify_history.")
            return
        self.stdout.write("Changed since it was exported, or not from this register: no export on record is this.")
        if origin.head and origin.state is not None:
            self.stdout.write(f"It says that it shows the state of {when(origin.state)}. That proves nothing.")
        elif origin.head:
            self.stdout.write(f"It says that it shows the head {origin.head}, which this history does not have.")

    def report_edition(self, proven: ProvenEdition, digest: str) -> bool:
        """Say which edition a file is. Return whether it is proven, published and not withdrawn."""
        if proven.doubt:
            self.stdout.write(f"Not proven: the record of an edition with this file does not fit. {proven.doubt}")
            self.stdout.write("Whether the file is unchanged cannot be told. Run manage.py verify_history.")
            return False
        newest, published = proven.newest, proven.published
        self.stdout.write(f"Unchanged: edition {newest['entry_name']}, form {proven.form}, dated {newest['day']}.")
        if published is None:
            self.stdout.write("It was never published: it is prepared only.")
        else:
            self.stdout.write(
                f"Published {newest['published_on']} by {published['user_name'] or 'a command'}"
                f"{' (published elsewhere, and recorded here)' if newest['elsewhere'] else ''}."
            )
            self.stdout.write(self.standing(newest, digest))
        self.stdout.write(f"Digest of its content: {newest['content_sha256']}")
        if newest["head"]:
            self.stdout.write(f"It shows the head {newest['head']}")
        self.stdout.write(
            f"The edition is on record as change set {newest['change_set_id']}, whose seal fits. Run manage.py"
            " verify_history for the whole chain."
        )
        return published is not None and newest["withdrawn_on"] is None

    def standing(self, newest: StoredRow, digest: str) -> str:
        if newest["withdrawn_on"] is not None:
            return f"Withdrawn {newest['withdrawn_on']}: {newest['withdrawn_because'] or 'no reason is stated'}."
        file = edition_of(digest)
        if file is None or file.edition.pk != newest["id"]:
            return "The register says something else of this edition than its history. Run manage.py verify_history."
        if file.period.holds:
            return f"It holds, from {file.period.holds_from}."
        if file.period.following is not None and file.period.state == EditionState.SUPERSEDED:
            by = file.period.following
            now = f" Edition {file.holding.edition.number} holds now." if file.holding else ""
            return f"It holds no longer: edition {by.number} took its place on {by.holds_from}.{now}"
        return f"It holds from {file.period.holds_from}, which is a coming day."

    def report(self, origin: ExportOrigin, export: ChangeSet) -> None:
        details = {"of": "register", "format": "?", "rows": "?", **export.details}
        self.stdout.write(
            f"Unchanged: exported {when(export)}, by {export.user_name or 'a command'}"
            f" ({details['of']}, {details['format']}, rows: {details['rows']})."
        )
        state = f"of {when(origin.state)}" if origin.state else "before the first change"
        self.stdout.write(f"It shows the state {state}.")
        self.stdout.write(f"Head: {origin.head}")
        self.stdout.write(
            f"The export is on record as change set {export.pk}, whose seal fits. Run manage.py verify_history for the"
            " whole chain."
        )


def when(change_set: ChangeSet) -> str:
    return f"{timezone.localtime(change_set.created_at):%Y-%m-%d %H:%M:%S} (change set {change_set.pk})"
