"""Verdicts on transfers and their reasons in words, in the language of the reader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from registry.core import languages
from registry.law.citations import cite, cite_instrument
from registry.law.countries import COUNTRIES
from registry.law.evidence import (
    DAYS_OF_EVIDENCE,
    FIRST_DAYS_OF_MECHANISM,
    LAST_DAYS_OF_MECHANISM,
    Mechanism,
    check_lapses_after,
)
from registry.law.obstacles import before
from registry.law.periods import periods
from registry.law.sources import eur_lex
from registry.law.verdicts import Reason, ReasonedVerdict, Verdict

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

VERDICT_NAMES: Mapping[Verdict, StrPromise] = {
    Verdict.NO_TRANSFER: gettext_lazy("no transfer"),
    Verdict.COVERED: gettext_lazy("covered"),
    Verdict.NEEDS_CHECK: gettext_lazy("needs check"),
    Verdict.NOT_COVERED: gettext_lazy("not covered"),
}

#: By the code of a reason: the fact and, where it helps, what to do.
REASONS: Mapping[str, str] = {
    "eu": gettext_noop("%(country)s is in the EU."),
    "eea": gettext_noop("%(country)s is in the EEA."),
    "eu_territory": gettext_noop("EU law applies in %(country)s."),
    "eu_transition": gettext_noop("EU law applied in %(country)s until %(period_end)s, in the transition period."),
    "tca_bridge": gettext_noop(
        "%(country)s was treated as before until %(period_end)s, by the bridging clause of the trade agreement."
    ),
    "decision": gettext_noop(
        "%(country)s has an adequacy decision (Art. 45): %(instrument)s, in force from %(valid_from)s."
    ),
    "decision_for_some": gettext_noop(
        "The adequacy decision for %(country)s, %(instrument)s, covers some recipients only. Whether this one is"
        " among them is not recorded."
    ),
    "decision_for_one_organisation": gettext_noop(
        "An international organisation is treated like a third country wherever it sits (Art. 44). The adequacy"
        " decision %(instrument)s covers one organisation only. Whether the recipient is that one is not recorded."
    ),
    "nothing_recorded_for_organisation": gettext_noop(
        "An international organisation is treated like a third country wherever it sits (Art. 44), and no transfer"
        " mechanism (Art. 46) is recorded."
    ),
    "country_not_stated": gettext_noop("Nobody has stated in which country the data is."),
    "country_unknown": gettext_noop("The country %(country)s is not known."),
    "country_unclear": gettext_noop(
        "Whether EU law or an adequacy decision applies to %(country)s is not settled. A person has to decide."
    ),
    "before_the_data": gettext_noop("The reference data on %(country)s begins after %(on)s."),
    "nothing_recorded": gettext_noop(
        "%(country)s is a third country without an adequacy decision (Art. 45), and no transfer mechanism (Art. 46) is"
        " recorded."
    ),
    "nothing_recorded_any_more": gettext_noop(
        "The adequacy decision for %(country)s, %(instrument)s, ended on %(valid_until)s, and no transfer mechanism"
        " (Art. 46) is recorded."
    ),
    "not_recorded_to_have_joined": gettext_noop(
        "In %(country)s %(named)s covers only organisations that have joined it, and it is not recorded that this"
        " transfer relies on it. Nor is any other transfer mechanism (Art. 46) recorded."
    ),
    "mechanism": gettext_noop("%(named)s is valid on %(on)s, and what it asks for is recorded."),
    "unclassified": gettext_noop("%(mechanism)s is unclassified and covers nothing. Classify it."),
    "not_recurring": gettext_noop("%(named)s cannot be the ground for recurring transfers."),
    "other_country": gettext_noop("%(named)s does not apply to %(country)s."),
    "not_yet_valid": gettext_noop("%(named)s is not valid until %(valid_from)s."),
    "ended": gettext_noop("%(named)s ended on %(valid_until)s."),
    "ended_by": gettext_noop("%(named)s ended on %(valid_until)s by %(ended_by)s."),
    "no_decision_meant": gettext_noop("%(mechanism)s: no adequacy decision for %(country)s is in force on %(on)s."),
    "not_yet_signed": gettext_noop("%(mechanism)s: signed on %(signed_on)s, which is after %(on)s."),
    "signed_too_late": gettext_noop(
        "%(mechanism)s: signed on %(signed_on)s. The last day to conclude it was %(last_day_new)s."
    ),
    "recipient_does_not_qualify": gettext_noop(
        "%(mechanism)s: the recipient is recorded as not on the list, or not in the sector."
    ),
    "ambiguous": gettext_noop("%(mechanism)s stands for several instruments. State which one is meant."),
    "start_not_recorded": gettext_noop("%(mechanism)s: the day from which it is valid is not recorded."),
    "authorised_later": gettext_noop("%(mechanism)s: authorised on %(authorised_on)s, which is after %(on)s."),
    "unsettled": gettext_noop(
        "%(named)s: whether it still holds from %(unsettled_from)s is not settled. A person has to decide."
    ),
    "signing_not_recorded": gettext_noop(
        "%(mechanism)s covers only where it is signed. The day of signing is not recorded."
    ),
    "signing_in_time_not_recorded": gettext_noop(
        "%(mechanism)s could be concluded until %(last_day_new)s. The day of signing is not recorded."
    ),
    "signed_before_it_was_valid": gettext_noop(
        "%(mechanism)s: signed on %(signed_on)s, before it began on %(valid_from)s."
    ),
    "recipient_not_recorded": gettext_noop(
        "%(mechanism)s: whether the recipient is on the list, or in the sector, is not recorded."
    ),
    "recipient_checked_later": gettext_noop(
        "%(mechanism)s: the recipient was checked on %(checked_on)s, after %(on)s."
    ),
    "check_not_dated": gettext_noop(
        "%(mechanism)s: the recipient is recorded as on the list, but not on which day that was checked."
    ),
    "checked_before_it_was_valid": gettext_noop(
        "%(mechanism)s: the recipient was checked on %(checked_on)s, before it began on %(valid_from)s."
    ),
    "check_lapsed": gettext_noop(
        "%(mechanism)s: the recipient was checked on %(checked_on)s. The check held until %(check_holds_until)s. Check"
        " again whether the recipient is on the list."
    ),
    "check_holds_not_recorded": gettext_noop(
        "%(mechanism)s: how long a check of the recipient holds is not recorded at the mechanism."
    ),
    "authorisation_not_recorded": gettext_noop(
        "%(mechanism)s: the day of the supervisory authority's authorisation is not recorded."
    ),
    "approval_not_recorded": gettext_noop(
        "%(mechanism)s: the day on which the supervisory authority approved the rules is not recorded."
    ),
    "authorised_before_it_was_valid": gettext_noop(
        "%(mechanism)s: authorised on %(authorised_on)s, before it began on %(valid_from)s."
    ),
    "assessment_not_recorded": gettext_noop(
        "%(mechanism)s: a transfer impact assessment is required from %(needs_assessment_from)s. None is recorded for"
        " %(on)s."
    ),
    "assessed_too_early": gettext_noop(
        "%(mechanism)s: a transfer impact assessment is required from %(needs_assessment_from)s. The recorded one of"
        " %(assessed_on)s was made before and does not count."
    ),
    "added_data_not_recorded": gettext_noop(
        "%(mechanism)s: whether the processor adds personal data of its own is not recorded. If it does, a transfer"
        " impact assessment is required."
    ),
    "importer_under_gdpr": gettext_noop(
        "%(mechanism)s is not made for a recipient that is itself subject to the GDPR (Art. 3(2)), as this one is"
        " recorded to be."
    ),
    "contested": gettext_noop("%(mechanism)s is contested: %(contested_by)s."),
}

#: By the code of a reason: the field of a transfer to fill in. Other reasons need another mechanism.
FIELDS: Mapping[str, str] = {
    "not_yet_signed": "signed_on",
    "signed_too_late": "signed_on",
    "signing_not_recorded": "signed_on",
    "signed_before_it_was_valid": "signed_on",
    "recipient_not_recorded": "recipient_qualifies",
    "recipient_does_not_qualify": "recipient_qualifies",
    "recipient_checked_later": "checked_on",
    "check_not_dated": "checked_on",
    "checked_before_it_was_valid": "checked_on",
    "check_lapsed": "checked_on",
    "authorised_later": "authorised_on",
    "authorisation_not_recorded": "authorised_on",
    "authorised_before_it_was_valid": "authorised_on",
    "assessment_not_recorded": "assessed_on",
    "assessed_too_early": "assessed_on",
    "added_data_not_recorded": "processor_adds_data",
    "importer_under_gdpr": "importer_under_gdpr",
}


def explain_verdict(reasoned: ReasonedVerdict) -> str:
    """Return all reasons and warnings of a verdict, in sentences."""
    return " ".join(map(explain_reason, (*reasoned.reasons, *reasoned.warnings)))


def explain_reason(reason: Reason) -> str:
    return _(REASONS[text_code(reason)]) % parameters(reason)


def text_code(reason: Reason) -> str:
    """Return the key of ``REASONS``: some reasons have a sentence of their own for some mechanisms."""
    mechanism = reason.mechanism
    if mechanism is None:
        return reason.code
    own_texts = {
        "nothing_recorded": "nothing_recorded_any_more",
        "ended": "ended_by" if mechanism.ended_by else "",
        "signing_not_recorded": "signing_in_time_not_recorded" if before(mechanism.last_day_new, reason.on) else "",
        "authorisation_not_recorded": "approval_not_recorded" if mechanism.kind == "corporate_rules" else "",
    }
    return own_texts.get(reason.code) or reason.code


def parameters(reason: Reason) -> dict[str, str]:
    """Return what the sentence of a reason is filled in with."""
    country = COUNTRIES.get(reason.country)
    period_end = next((each.last for each in periods().get(reason.country, ()) if each.holds(reason.on)), None)
    values = {
        "country": country.name(languages.active_language()) if country else reason.country,
        "on": date_text(reason.on),
        "period_end": date_text(period_end),
    }
    if reason.mechanism is not None:
        values |= mechanism_parameters(reason.mechanism)
    if reason.evidence is not None:
        values |= {name: date_text(getattr(reason.evidence, name)) for name in DAYS_OF_EVIDENCE}
    if reason.mechanism is not None and reason.evidence is not None:
        values["check_holds_until"] = date_text(check_lapses_after(reason.mechanism, reason.evidence))
    return values


def mechanism_parameters(mechanism: Mechanism) -> dict[str, str]:
    days = (*FIRST_DAYS_OF_MECHANISM, *LAST_DAYS_OF_MECHANISM)
    return {name: date_text(getattr(mechanism, name)) for name in days} | {
        "mechanism": mechanism.label,
        "named": name_with_source(mechanism),
        "instrument": cite_instrument(mechanism.instrument) or mechanism.label,
        "ended_by": cite_instrument(mechanism.ended_by),
        "contested_by": cite_instrument(mechanism.contested_by),
    }


def name_with_source(mechanism: Mechanism) -> str:
    """Return the label with article and instrument, such as "Privacy Shield (Art. 45, 2016/1250)"."""
    source = ", ".join(filter(None, (cite(mechanism.article), cite_instrument(mechanism.instrument))))
    return f"{mechanism.label} ({source})" if source else mechanism.label


def date_text(value: date | None) -> str:
    return value.isoformat() if value else "–"


def source_links(reasoned: ReasonedVerdict) -> list[tuple[str, str]]:
    """Return name and address of the decisions and court judgments that the reasons of a verdict name."""
    language = languages.active_language()
    links: dict[str, str] = {}
    for reason in (*reasoned.reasons, *reasoned.warnings):
        mechanism = reason.mechanism
        if mechanism is None:
            continue
        if mechanism.celex:
            named = cite_instrument(mechanism.instrument) or mechanism.celex
            links[named] = eur_lex(mechanism.celex, language)
        if mechanism.ended_by_celex and text_code(reason) in {"ended_by", "nothing_recorded_any_more"}:
            named = cite_instrument(mechanism.ended_by) or mechanism.ended_by_celex
            links[named] = eur_lex(mechanism.ended_by_celex, language)
    return list(links.items())
