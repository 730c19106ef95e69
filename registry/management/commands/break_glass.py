from __future__ import annotations

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.accounts.break_glass import path_for
from registry.models import Source, User, record


class Command(BaseCommand):
    help = (
        "Prints a link by which a superuser signs in once, within ten minutes, without the identity provider. Recorded"
        " with the reason. Exit status 0, 2 for wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="user name of an active superuser")
        parser.add_argument("--reason", required=True, help="why; kept for ever")

    def handle(self, *args: object, name: str, reason: str, **options: object) -> None:
        user = User.objects.filter(username=name, is_active=True, is_superuser=True).first()
        if user is None:
            raise CommandError(f"There is no active superuser {name!r}. To create one: createsuperuser.", returncode=2)
        if not reason.strip():
            raise CommandError("--reason must not be empty.", returncode=2)
        record(user=None, source=Source.COMMAND, reason=reason, break_glass=user.get_username())
        self.stdout.write(f"{settings.SITE_URL}{path_for(user)}")
