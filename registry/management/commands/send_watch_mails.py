from __future__ import annotations

import sys
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from registry.models import Source, User, change_set
from registry.web.watching.letters import letter_to


class Command(BaseCommand):
    help = (
        "Mails each person what others changed in the entries and views that they watch, in their language: run it once"
        " a day. Exit status 0 when all was sent, 1 when something could not be, 2 for wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="print what would be sent, and send nothing")

    def handle(self, *args: object, dry_run: bool, **options: object) -> None:
        if not settings.SITE_URL:
            raise CommandError("SITE_URL is missing: the address of the register, for the links.", returncode=2)
        people = User.objects.filter(is_active=True, is_staff=True, watches__isnull=False)
        sent = [self.tell(user, dry_run) for user in people.distinct().order_by("username")]
        if not all(sent):
            sys.exit(1)

    def tell(self, user: User, dry_run: bool) -> bool:
        """Send one mail and note it; if it cannot be sent, nothing is noted. Return whether that worked."""
        with translation.override(user.language):
            if dry_run:
                if letter := letter_to(user):
                    self.stdout.write(f"{user.username} <{user.email}>: {letter.subject}\n\n{letter.text}")
                return True
            try:
                with change_set(source=Source.COMMAND) as opened:
                    opened.begin()  # so that two of these commands tell nobody the same
                    letter = letter_to(user)
                    if not letter:
                        return True
                    if not user.email:
                        raise OSError("no address")  # noqa: TRY301 - the same message and the same end
                    letter.remember()
                    EmailMessage(letter.subject, letter.text, to=[user.email]).send()
            except (OSError, SMTPException) as error:
                self.stderr.write(f"{user.username}: not sent, to be tried again: {error}")
                return False
            self.stdout.write(f"{user.username} <{user.email}>: {len(letter.items) + len(letter.views)} sent")
            return True
