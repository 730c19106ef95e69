from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.models import Source, User, change_set


class Command(BaseCommand):
    help = (
        "Takes away the second factor of somebody who has lost it and proved who he is; he sets up another one when he"
        " signs in. Ends his sessions. On record with the reason. Exit status 0, 2 for wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="user name")
        parser.add_argument("--reason", required=True, help="why, and how he proved who he is; kept for ever")

    def handle(self, *args: Any, name: str, reason: str, **options: Any) -> None:
        if not apps.is_installed("allauth.mfa"):
            raise CommandError("No second factor is asked for here: REQUIRE_SECOND_FACTOR is not set.", returncode=2)
        user = User.objects.filter(username=name).first()
        if user is None or not reason.strip():
            raise CommandError("Name an existing user, and say why.", returncode=2)
        with change_set(source=Source.COMMAND, reason=reason):
            factors: Any = apps.get_app_config("mfa").get_model("Authenticator")
            factors.objects.filter(user=user).delete()
            user.end_sessions()
        self.stdout.write(f"{name} sets up a second factor at the next sign-in.")
