"""In place of django-simple-history's command, which deletes."""

from django.core.management.base import BaseCommand, CommandError

from registry.history.triggers import REFUSED


class Command(BaseCommand):
    help = "Refuses: history is kept for ever."
    requires_system_checks = ()
    refusal = (
        f"{REFUSED}: this command would delete it. Where space is short, move the database to a larger disk;"
        " where a law asks for erasure, see docs/audit.md."
    )

    def run_from_argv(self, argv: list[str]) -> None:
        super().run_from_argv(argv[:2])

    def handle(self, *args: object, **options: object) -> None:
        raise CommandError(self.refusal)
