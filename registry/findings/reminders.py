"""What owners are reminded of: reviews and agreements, once for the same state."""

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
from registry.law.wording import date_text
from registry.models import Agreement, ChangeSet, Source, User, Vendor
from registry.models.reviews import review_due

#: A review is announced so long before it is due.
REVIEW_NOTICE = timedelta(days=30)


@dataclass(frozen=True)
class Reminder:
    #: Names the state: the same state is not mailed twice to the same person.
    key: str
    text: str
    path: str


def reminders(owner: User, on: date) -> list[Reminder]:
    """All that is due for an owner, in the language that is active."""
    return [*review_reminders(owner, on), *agreement_reminders(owner, on)]


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


def already_sent() -> dict[int, set[str]]:
    """The keys on record, by the person they were sent to."""
    sent: defaultdict[int, set[str]] = defaultdict(set)
    for details in ChangeSet.objects.filter(source=Source.REMINDER).values_list("details", flat=True):
        sent[details["to"]].update(details["items"])
    return sent


def letter(due: Iterable[Reminder]) -> tuple[str, str]:
    """Subject and text."""
    due = list(due)
    count = len(due)
    subject = ngettext(
        "Register of processors: %(count)s thing is due", "Register of processors: %(count)s things are due", count
    )
    lines = [f"- {each.text}\n  {settings.SITE_URL}{each.path}" for each in due]
    first = _("You own these entries in the register of processors:")
    return subject % {"count": count}, "\n\n".join([first, *lines]) + "\n"
