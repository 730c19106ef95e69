from __future__ import annotations

import re

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections, router

from registry.history.chain_walk import Progress
from registry.history.snapshots import snapshot
from registry.history.stored import DoesNotFit
from registry.history.triggers import unprotected_tables
from registry.history.verify import Proof, verify
from registry.law.verdicts import Verdict
from registry.models import Seal
from registry.models.stored_verdicts import wrong_verdicts

DIGEST = re.compile(r"[0-9a-f]{64}")


class Command(BaseCommand):
    help = (
        "Proves that the history is as it was written, and the register as its history says. Exit status 0 when all"
        " fits, 1 with the first thing that does not on standard error, 2 for wrong use. See docs/audit.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since",
            metavar="DIGEST",
            help="a head digest noted on an earlier day; proves that the history of that day is still contained",
        )

    def handle(self, *args: object, since: str | None = None, verbosity: int = 1, **options: object) -> None:
        if since is not None:
            since = since.strip().lower()
            if not DIGEST.fullmatch(since):
                raise CommandError("--since needs a digest: 64 characters, 0 to 9 and a to f.", returncode=2)
        try:
            proof = verify(self.progress(verbosity), since)
        except DoesNotFit as finding:
            raise CommandError(f"History does not fit: {finding}") from None
        self.check_verdicts()
        self.report(proof, since)
        self.check_triggers()

    def check_verdicts(self) -> None:
        """Compare stored verdicts, which follow from the entries and have no history, with computed ones."""
        with snapshot(router.db_for_read(Seal)):
            for stored, verdict in wrong_verdicts():
                raise CommandError(
                    f"A stored verdict does not fit: “{stored.activity}” has {Verdict(stored.verdict).code} until"
                    f" {stored.last_day}, and the law says {verdict.code}. It was changed outside the register. Store"
                    " it again: manage.py renew_verdicts --all"
                )

    def progress(self, verbosity: int) -> Progress | None:
        if verbosity < 2 and not (verbosity and self.stderr.isatty()):
            return None
        return lambda done, total: self.stderr.write(f"{done:,} of {total:,} rows", self.style.NOTICE)

    def report(self, proof: Proof, since: str | None) -> None:
        self.stdout.write(
            f"All fits: {proof.change_sets} change sets, {proof.history_rows} history rows, {proof.live_rows} entries,"
            f" {proof.people} users and groups."
        )
        if proof.left_open:
            self.stdout.write(
                f"Not compared, for an older release changed them last: {', '.join(proof.left_open)}."
                " The next manage.py migrate puts their state on record."
            )
        if proof.contained is not None:
            upto = f"up to change set {proof.contained}" if proof.contained else "no change set yet"
            self.stdout.write(f"The history that had the head {since} ({upto}) is contained in it.")
        self.stdout.write(f"Head: {proof.head}")

    def check_triggers(self) -> None:
        unprotected = unprotected_tables(connections[router.db_for_write(Seal)])
        if unprotected:
            raise CommandError(
                f"But anybody could change it: no append-only triggers on {', '.join(unprotected)}."
                " To install them: manage.py migrate"
            )
