"""What is wrong with an entry, in one sentence in the active language: the texts of findings.

Each function takes the entry that violates a rule and the law of the day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry.findings.conditions import NOTICE_PERIOD
from registry.law.transfers import Law
from registry.law.wording import date_text, explain_verdict
from registry.models import AgreementKind, ProcessingActivity, Vendor

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def explain_transfer(activity: ProcessingActivity, law: Law) -> str:
    return explain_verdict(law.verdict_on_activity(activity.country, activity.transfers.all()))


def explain_legal_basis(activity: ProcessingActivity, law: Law) -> str:
    if activity.legal_basis is None:
        return _("No legal basis is stated.")
    return _("“%s” has not been assessed: which article is it?") % activity.legal_basis


def explain_mechanism_as_legal_basis(activity: ProcessingActivity, law: Law) -> str:
    return _("“%s” is a transfer mechanism, not a legal basis.") % activity.legal_basis


def explain_agreement(vendor: Vendor, law: Law) -> str:
    agreements = [each for each in vendor.agreements.all() if each.kind == AgreementKind.PROCESSING]
    if not agreements:
        return _("No data processing agreement with %s is recorded.") % vendor
    newest = max(agreements, key=lambda each: (each.valid_until or date.max, each.pk))
    if newest.signed_on is None:
        return _("The data processing agreement %s has no day of signing.") % newest.reference
    if newest.signed_on > law.on:
        return _("The data processing agreement was signed on %s only.") % date_text(newest.signed_on)
    return _("The data processing agreement ended on %s.") % date_text(newest.valid_until)


def explain_agreement_end(vendor: Vendor, law: Law) -> str:
    ends = [a.valid_until for a in vendor.agreements.all() if a.kind == AgreementKind.PROCESSING and a.valid_until]
    last = min(each for each in ends if law.on <= each <= law.on + NOTICE_PERIOD)
    left = (last - law.on).days
    text = ngettext(
        "The agreement ends on %(day)s, in %(left)s day.", "The agreement ends on %(day)s, in %(left)s days.", left
    )
    return text % {"day": date_text(last), "left": left}


def explain_review(vendor: Vendor, law: Law) -> str:
    if vendor.review_due_on is None:
        return _("%s has never been reviewed.") % vendor
    if vendor.last_reviewed_on is None:
        return _("Never reviewed. The first review was due on %s.") % date_text(vendor.review_due_on)
    words = {"last": date_text(vendor.last_reviewed_on), "due": date_text(vendor.review_due_on)}
    return _("Last reviewed on %(last)s; the next review was due on %(due)s.") % words


def explain_ended_vendor(activity: ProcessingActivity, law: Law) -> str:
    words = {"vendor": activity.vendor, "day": date_text(activity.vendor.ended_on)}
    return _("%(vendor)s has ended (last day: %(day)s), but this activity is still in the register.") % words


def fixed(text: StrOrPromise) -> Callable[[object, Law], str]:
    """Return an explanation that is the same for all entries but for ``%(entry)s``."""

    def explain(entry: object, law: Law) -> str:
        return str(text) % {"entry": entry}

    return explain
