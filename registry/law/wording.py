"""Verdicts and their reasons in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from registry.core import languages
from registry.law.countries import COUNTRIES
from registry.law.evidence import Mechanism
from registry.law.periods import periods
from registry.law.sources import eur_lex
from registry.law.verdicts import Reason, ReasonedVerdict, Verdict

VERDICT_NAMES: Mapping[Verdict, Any] = {
    Verdict.NO_TRANSFER: gettext_lazy("no transfer"),
    Verdict.COVERED: gettext_lazy("covered"),
    Verdict.NEEDS_CHECK: gettext_lazy("needs check"),
    Verdict.NOT_COVERED: gettext_lazy("not covered"),
}

#: By the code of a reason. What is so, and where it helps, what to do.
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
        "The adequacy decision for %(country)s, %(instrument)s, is about some recipients only. Whether this one is"
        " among them is not recorded."
    ),
    "country_unknown": gettext_noop("The country %(country)s is not known."),
    "country_unclear": gettext_noop(
        "Whether EU law or an adequacy decision reaches %(country)s is not settled. A person has to look."
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
        "In %(country)s %(named)s covers only organisations that have joined it, and that this transfer relies on it is"
        " not recorded. Nor is any other transfer mechanism (Art. 46)."
    ),
    "mechanism": gettext_noop("%(named)s holds on %(on)s, and what it asks for is recorded."),
    "unclassified": gettext_noop("%(mechanism)s is unclassified and covers nothing. Say what it is."),
    "not_recurring": gettext_noop("%(named)s cannot carry a flow that recurs."),
    "other_country": gettext_noop("%(named)s does not speak of %(country)s."),
    "not_yet_valid": gettext_noop("%(named)s begins on %(valid_from)s only."),
    "ended": gettext_noop("%(mechanism)s ended on %(valid_until)s: %(decision)s."),
    "not_yet_signed": gettext_noop("%(mechanism)s: signed on %(signed_on)s, after %(on)s."),
    "signed_too_late": gettext_noop(
        "%(mechanism)s: signed on %(signed_on)s. The last day to conclude it was %(last_day_new)s."
    ),
    "recipient_does_not_qualify": gettext_noop(
        "%(mechanism)s: the recipient is recorded as not on the list, or not in the sector."
    ),
    "names_a_group": gettext_noop("%(mechanism)s stands for several instruments. Say which one is meant."),
    "start_not_recorded": gettext_noop("%(mechanism)s: from which day it holds is not recorded."),
    "signing_not_recorded": gettext_noop(
        "%(mechanism)s could be concluded until %(last_day_new)s. The day it was signed is not recorded."
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
    "permission_not_recorded": gettext_noop(
        "%(mechanism)s: the supervisory authority's permission is not recorded for %(on)s."
    ),
    "assessment_not_recorded": gettext_noop(
        "%(mechanism)s: an assessment of the transfer is needed from %(needs_assessment_from)s. None is recorded for"
        " %(on)s."
    ),
    "contested": gettext_noop("%(mechanism)s is contested: %(contested_by)s."),
}

#: The field of a transfer that puts a reason right; the others ask for another mechanism.
FIELDS: Mapping[str, str] = {
    "not_yet_signed": "signed_on",
    "signed_too_late": "signed_on",
    "signing_not_recorded": "signed_on",
    "signed_before_it_was_valid": "signed_on",
    "recipient_not_recorded": "recipient_qualifies",
    "recipient_does_not_qualify": "recipient_qualifies",
    "recipient_checked_later": "checked_on",
    "permission_not_recorded": "permitted_on",
    "assessment_not_recorded": "assessed_on",
}


def explain_reason(reason: Reason) -> str:
    return _(REASONS[text_code(reason)]) % parameters(reason)


def explain_verdict(assessment: ReasonedVerdict) -> str:
    return " ".join(map(explain_reason, (*assessment.reasons, *assessment.warnings)))


def text_code(reason: Reason) -> str:
    ended = reason.code == "nothing_recorded" and reason.mechanism is not None
    return "nothing_recorded_any_more" if ended else reason.code


def parameters(reason: Reason) -> dict[str, str]:
    mechanism, evidence = reason.mechanism, reason.evidence
    country = COUNTRIES.get(reason.country)
    said = {
        "country": country.name(languages.active_language()) if country else reason.country,
        "on": date_text(reason.on),
        "period_end": date_text(next((p.last for p in periods().get(reason.country, ()) if p.holds(reason.on)), None)),
    }
    if mechanism is not None:
        days = ("valid_from", "valid_until", "last_day_new", "needs_assessment_from")
        said |= {name: date_text(getattr(mechanism, name)) for name in days}
        said |= {
            "mechanism": mechanism.label,
            "named": name_with_source(mechanism),
            "instrument": mechanism.instrument or mechanism.label,
            "decision": ", ".join(filter(None, (mechanism.instrument, mechanism.ended_by))) or mechanism.label,
            "contested_by": mechanism.contested_by,
        }
    if evidence is not None:
        said |= {name: date_text(getattr(evidence, name)) for name in ("signed_on", "checked_on")}
    return said


def name_with_source(mechanism: Mechanism) -> str:
    told = ", ".join(filter(None, (article(mechanism), mechanism.instrument)))
    return f"{mechanism.label} ({told})" if told else mechanism.label


def article(mechanism: Mechanism) -> str:
    return f"Art. {mechanism.article}" if mechanism.article[:1].isdigit() else mechanism.article


def date_text(value: date | None) -> str:
    return value.isoformat() if value else "–"


def source_links(assessment: ReasonedVerdict) -> list[tuple[str, str]]:
    """The decisions and judgments that the reasons speak of, and where their text is."""
    language = languages.active_language()
    found: dict[str, str] = {}
    for reason in (*assessment.reasons, *assessment.warnings):
        mechanism = reason.mechanism
        if mechanism is not None and mechanism.celex:
            found[mechanism.instrument or mechanism.celex] = eur_lex(mechanism.celex, language)
        if (
            mechanism is not None
            and mechanism.ended_by_celex
            and text_code(reason) in {"ended", "nothing_recorded_any_more"}
        ):
            found[mechanism.ended_by or mechanism.ended_by_celex] = eur_lex(mechanism.ended_by_celex, language)
    return list(found.items())
