"""Commands of libraries that the register refuses."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError


class RefusedCommand(BaseCommand):
    """A command that only says why it is refused, whatever its arguments."""

    requires_system_checks = ()
    refusal = ""

    def run_from_argv(self, argv: list[str]) -> None:
        super().run_from_argv(argv[:2])

    def handle(self, *args: object, **options: object) -> None:
        raise CommandError(self.refusal)
