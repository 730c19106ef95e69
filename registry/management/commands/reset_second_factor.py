from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.models import Source, User, change_set


class Command(BaseCommand):
    help = (
        "Removes the second factor of a user who has lost it and proved their identity; they set up another one when"
        " they"
        " sign in. Ends their sessions. Recorded with the reason. Exit status 0, 2 for wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="user name")
        parser.add_argument("--reason", required=True, help="why, and how they proved their identity; kept for ever")

    def handle(self, *args: object, name: str, reason: str, **options: object) -> None:
        if not apps.is_installed("allauth.mfa"):
            raise CommandError("Second factors are not in use: REQUIRE_SECOND_FACTOR is not set.", returncode=2)
        user = User.objects.filter(username=name).first()
        if user is None or not reason.strip():
            raise CommandError("Name an existing user, and give a reason.", returncode=2)
        with change_set(source=Source.COMMAND, reason=reason):
            factors: Any = apps.get_app_config("mfa").get_model("Authenticator")
            factors.objects.filter(user=user).delete()
            user.end_sessions()
        self.stdout.write(f"{name} sets up a second factor at the next sign-in.")
