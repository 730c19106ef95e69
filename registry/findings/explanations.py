"""What is wrong with an entry, in one sentence in the active language: the texts of findings.

Each function takes the entry that violates a rule and the law of the day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry.core import languages
from registry.findings.conditions import IDENTITY_NUMBER_WORDS, NOTICE_PERIOD
from registry.law.countries import COUNTRIES
from registry.law.standing import contested_cover, is_needless
from registry.law.transfers import Law
from registry.law.verdicts import Verdict
from registry.law.wording import date_text, explain_reason, explain_verdict
from registry.models import AgreementKind, ImpactAssessment, ProcessingActivity, Vendor

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


def explain_agreement(vendor: Vendor, law: Law, kinds: Iterable[AgreementKind], nothing_recorded: StrOrPromise) -> str:
    """Say why no agreement of these kinds is in force; ``nothing_recorded`` is what to say where there is none."""
    agreements = [each for each in vendor.agreements.all() if each.kind in kinds]
    if not agreements:
        return str(nothing_recorded) % {"vendor": vendor}
    newest = max(agreements, key=lambda each: (each.valid_until or date.max, each.pk))
    if newest.signed_on is None:
        return _("The agreement %s has no day of signing.") % newest.reference
    if newest.signed_on > law.on:
        return _("The agreement was signed on %s only.") % date_text(newest.signed_on)
    return _("The agreement ended on %s.") % date_text(newest.valid_until)


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


def explain_identity_numbers(activity: ProcessingActivity, law: Law) -> str:
    words = "|".join(map(re.escape, IDENTITY_NUMBER_WORDS))
    mentioned = re.search(rf"({words})\w*", activity.personal_data, re.IGNORECASE)
    word = mentioned[0] if mentioned else ""
    return _("The personal data mentions “%s”, and nobody has said whether there are any, and on what ground.") % word


def explain_impact_assessment(activity: ProcessingActivity, law: Law) -> str:
    if activity.impact_assessment == ImpactAssessment.NOT_NEEDED:
        return _("No impact assessment is needed, it says, but not why.")
    return _("Nobody has said whether an impact assessment is needed.")


def explain_contested(activity: ProcessingActivity, law: Law) -> str:
    warnings = contested_cover(law, activity.country, activity.transfers.all())
    return " ".join([*dict.fromkeys(map(explain_reason, warnings)), _("Nothing else covers the transfer.")])


def explain_needless_mechanism(activity: ProcessingActivity, law: Law) -> str:
    sentences = []
    for transfer in activity.transfers.all():
        if is_needless(law, activity.country, transfer):
            words = {
                "mechanism": transfer.label,
                "why": explain_verdict(law.verdict_without_evidence(transfer.country or activity.country)),
            }
            sentences.append(_("%(mechanism)s is recorded where no mechanism is needed: %(why)s") % words)
    return " ".join(sentences)


def explain_return(vendor: Vendor, law: Law) -> str:
    words = {"vendor": vendor, "day": date_text(vendor.ended_on), "returned": date_text(vendor.data_returned_on)}
    if vendor.data_returned_on is None:
        text = _("%(vendor)s has ended (last day: %(day)s). No day is recorded when it deleted or returned the data.")
    else:
        text = _("%(vendor)s has ended (last day: %(day)s). The data was deleted or returned on %(returned)s only.")
    return text % words


def explain_seat(vendor: Vendor, law: Law) -> str:
    country = COUNTRIES.get(vendor.country)
    name = country.name(languages.active_language()) if country else vendor.country
    return _(
        "%(vendor)s has its seat in %(country)s, and all its activities are in the EU or the EEA. Is the data reached"
        " from there? Remote access is a transfer."
    ) % {"vendor": vendor, "country": name}


def explain_sub_processors(vendor: Vendor, law: Law) -> str:
    """Name the sub-processors; they come with their verdicts, from ``findings.with_related()``."""
    verdicts = [(each, getattr(each, "verdict", None)) for each in vendor.sub_processors.all()]
    names = ", ".join(str(each) for each, verdict in verdicts if verdict == Verdict.NOT_COVERED.value)
    return _("%(vendor)s engages %(names)s, with a transfer that is not covered. It answers for that.") % {
        "vendor": vendor,
        "names": names,
    }


def fixed(text: StrOrPromise) -> Callable[[object, Law], str]:
    """Return an explanation that is the same for all entries but for ``%(entry)s``."""

    def explain(entry: object, law: Law) -> str:
        return str(text) % {"entry": entry}

    return explain
