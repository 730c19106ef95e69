from __future__ import annotations

import sys
from datetime import date
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from registry.findings.reminders import Reminder, already_sent, letter, reminders
from registry.management.arguments import day_argument
from registry.models import Source, User, change_set


class Command(BaseCommand):
    help = (
        "Mails each owner which reviews and agreements are due, once for the same state, in the language of the owner."
        " Exit status 0 when all was sent, 1 when something could not be, 2 for wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="print what would be sent, and send nothing")
        parser.add_argument("--on", type=day_argument, metavar="DAY", help="YYYY-MM-DD; left out: today")

    def handle(self, *args: object, dry_run: bool, on: date | None, **options: object) -> None:
        if not settings.SITE_URL:
            raise CommandError("SITE_URL is missing: the address of the register, for the links.", returncode=2)
        owners = User.objects.filter(is_active=True, vendors__isnull=False).distinct().order_by("username")
        sent = [self.remind(owner, on or timezone.localdate(), dry_run) for owner in owners]
        if not all(sent):
            sys.exit(1)

    def remind(self, owner: User, on: date, dry_run: bool) -> bool:
        """Send one mail and record it; if it cannot be sent, nothing is recorded. Return whether that worked."""
        with translation.override(owner.language):
            if dry_run:
                return self.show(owner, self.new(owner, on))
            try:
                with change_set(source=Source.REMINDER) as opened:
                    opened.begin()
                    due = self.new(owner, on)
                    if not due:
                        return True
                    if not owner.email:
                        raise OSError("no address")  # noqa: TRY301 - the same message and the same end
                    opened.describe(to=owner.pk, address=owner.email, items=[each.key for each in due])
                    opened.write_row()
                    subject, text = letter(due)
                    EmailMessage(subject, text, to=[owner.email]).send()
            except (OSError, SMTPException) as error:
                self.stderr.write(f"{owner.username}: not sent, to be tried again: {error}")
                return False
            self.stdout.write(f"{owner.username} <{owner.email}>: {len(due)} sent")
            return True

    def new(self, owner: User, on: date) -> list[Reminder]:
        known = already_sent().get(owner.pk, set())
        return [each for each in reminders(owner, on) if each.key not in known]

    def show(self, owner: User, due: list[Reminder]) -> bool:
        for each in due:
            self.stdout.write(f"{owner.username} <{owner.email}>: {each.text}")
        return True
