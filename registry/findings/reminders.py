"""Reminders mailed to owners about reviews, agreements and checks; nobody is told of the same state twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry.core.order import in_order_of_names
from registry.findings.conditions import NOTICE_PERIOD
from registry.history.recording import with_names
from registry.law.wording import date_text
from registry.models import Agreement, ChangeSet, Source, Transfer, User, Vendor
from registry.models.checks_of_recipients import checks_due, last_days_of_checks
from registry.models.reviews import review_due

#: How long before it is due a review is announced.
REVIEW_NOTICE = timedelta(days=30)
#: How long before it lapses the check of a recipient is announced.
CHECK_NOTICE = timedelta(days=31)


@dataclass(frozen=True)
class Reminder:
    #: Identifies the state: no person is mailed the same key twice.
    key: str
    text: str
    path: str


def reminders(owner: User, on: date) -> list[Reminder]:
    """Return what is due for an owner on a day, in the active language."""
    return [*review_reminders(owner, on), *agreement_reminders(owner, on), *check_reminders(owner, on)]


def review_reminders(owner: User, on: date) -> Iterator[Reminder]:
    for vendor in (
        Vendor.objects.active()
        .filter(review_due(on + REVIEW_NOTICE), owner=owner)
        .order_by(in_order_of_names("name_key"))
    ):
        due = vendor.review_due_on
        overdue = due is None or due < on
        words = {"vendor": vendor, "day": date_text(due)}
        if due is None:
            text = _("%(vendor)s has never been reviewed.") % words
        elif overdue:
            text = _("%(vendor)s: the review was due on %(day)s.") % words
        else:
            text = _("%(vendor)s: the next review is due on %(day)s.") % words
        stage = "overdue" if overdue else "ahead"
        yield Reminder(
            f"review:{vendor.pk}:{due}:{stage}", text, reverse("admin:registry_vendor_change", args=[vendor.pk])
        )


def agreement_reminders(owner: User, on: date) -> Iterator[Reminder]:
    agreements = Agreement.objects.ending(on - NOTICE_PERIOD, on + NOTICE_PERIOD).filter(
        vendor__in=Vendor.objects.active().filter(owner=owner)
    )
    for agreement in agreements.select_related("vendor").order_by(
        "valid_until", in_order_of_names("vendor__name_key"), "pk"
    ):
        ended = agreement.valid_until < on
        words = {"agreement": agreement, "day": date_text(agreement.valid_until)}
        text = _("%(agreement)s ended on %(day)s.") if ended else _("%(agreement)s ends on %(day)s.")
        stage = "ended" if ended else "ahead"
        key = f"agreement:{agreement.pk}:{agreement.valid_until}:{stage}"
        yield Reminder(key, text % words, reverse("admin:registry_agreement_change", args=[agreement.pk]))


def check_reminders(owner: User, on: date) -> Iterator[Reminder]:
    ends = last_days_of_checks()
    due = checks_due(on - NOTICE_PERIOD, on + CHECK_NOTICE)
    transfers = Transfer.objects.filter(due, activity__vendor__in=Vendor.objects.active().filter(owner=owner))
    for transfer in with_names(transfers.order_by("pk")):
        end = ends[transfer.pk]
        words = {"transfer": transfer, "day": date_text(end)}
        if end < on:
            text = _("%(transfer)s: the check of the recipient held until %(day)s. Check it again.")
        else:
            text = _("%(transfer)s: the check of the recipient holds until %(day)s. Check it again by then.")
        key = f"check:{transfer.pk}:{end}:{'lapsed' if end < on else 'ahead'}"
        yield Reminder(key, text % words, reverse("admin:registry_transfer_change", args=[transfer.pk]))


def already_sent() -> dict[int, set[str]]:
    """Return the keys of sent reminders, by the primary key of the recipient."""
    sent: defaultdict[int, set[str]] = defaultdict(set)
    for details in ChangeSet.objects.filter(source=Source.REMINDER).values_list("details", flat=True):
        sent[details["to"]].update(details["items"])
    return sent


def letter(due: Iterable[Reminder]) -> tuple[str, str]:
    """Return subject and body of the mail."""
    due = list(due)
    count = len(due)
    subject = ngettext(
        "Register of processors: %(count)s thing is due", "Register of processors: %(count)s things are due", count
    )
    lines = [f"- {each.text}\n  {settings.SITE_URL}{each.path}" for each in due]
    first = _("You own these entries in the register of processors:")
    return subject % {"count": count}, "\n\n".join([first, *lines]) + "\n"
