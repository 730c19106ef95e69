from __future__ import annotations

from django.core.management.base import BaseCommand
from django.utils import translation

from registry.accounts.roles import sync_roles


class Command(BaseCommand):
    help = (
        "Makes the groups Reader, Editor, Auditor and Administrator what docs/security.md says, as one change. Each"
        " migrate does the same. Exit status 0."
    )

    def handle(self, *args: object, **options: object) -> None:
        with translation.override("en"):
            changes = sync_roles()
        for change in changes:
            self.stdout.write(change)
        self.stdout.write(f"{len(changes)} changes." if changes else "Nothing to change.")
