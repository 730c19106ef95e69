"""The verdict and the findings of a form of an activity before it is saved."""

from __future__ import annotations

import operator
from collections.abc import Callable, Container, Iterator, Mapping
from datetime import date
from typing import Any

from django.db.models import Model, Q
from django.http import QueryDict

from registry.core.text import whole_number
from registry.findings.rules import Rule, rules_of
from registry.law.countries import find
from registry.law.evidence import ANSWERS, DAYS_OF_EVIDENCE, RecordedEvidence
from registry.law.standing import standing_of
from registry.law.transfers import Law
from registry.law.verdicts import ReasonedVerdict
from registry.models import LegalBasis, ProcessingActivity, Vendor, YesNoUnknown

PREFIX = "transfers"
MOST_TRANSFERS = 100
PLAIN_FIELDS = (
    *("status", "our_role", "on_behalf_of", "personal_data", "data_subjects"),
    *("special_categories", "special_categories_ground", "criminal_data", "criminal_data_ground"),
    *("identity_numbers", "identity_numbers_ground", "retention", "security_measures"),
    *("impact_assessment", "impact_assessment_reason", "impact_assessment_url"),
)


def form_verdict(form: QueryDict, law: Law) -> ReasonedVerdict | None:
    """Return the verdict of the form by the law, or None where it has no country, nor an empty one."""
    country = form_country(form)
    return None if country is None else law.verdict_on_activity(country, form_transfers(form, law))


def form_country(form: QueryDict) -> str | None:
    """Return the code of the country, empty where nobody has stated it; None where the form has no such thing."""
    text = form.get("country")
    if text is None or not text.strip():
        return None if text is None else ""
    country = find(text)
    return country.code if country else None


def form_findings(form: QueryDict, law: Law) -> list[Rule]:
    """Return the rules that the entry would violate; none without a country."""
    country = form_country(form)
    if country is None:
        return []
    entry: Any = ProcessingActivity(**{name: form.get(name, "").strip() for name in PLAIN_FIELDS})
    entry.country = country
    entry.vendor = chosen_entry(Vendor, form.get("vendor", "")) or Vendor()
    entry.legal_basis = chosen_entry(LegalBasis, form.get("legal_basis", ""))
    standing = standing_of(law, country, form_transfers(form, law))
    entry.verdict, entry.contested, entry.needless = standing.verdict.value, standing.contested, standing.needless
    return [rule for rule in rules_of(ProcessingActivity) if matches(rule.violated(law), entry)]


def chosen_entry[Entry: Model](model: type[Entry], key: str) -> Entry | None:
    return model._default_manager.filter(pk=whole_number(key)).first()


def is_among(value: object, among: Container[object]) -> bool:
    return value in among


def contains(value: str, text: str) -> bool:
    return text.lower() in value.lower()


LOOKUPS: Mapping[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq,
    "lt": operator.lt,
    "in": is_among,
    "icontains": contains,
}


def matches(condition: Q, entry: object) -> bool:
    """Return whether an unsaved entry matches a condition, as the database would."""
    parts = [
        matches(each, entry) if isinstance(each, Q) else matches_lookup(entry, each) for each in condition.children
    ]
    holds = all(parts) if condition.connector == Q.AND else any(parts)
    return holds != condition.negated


def matches_lookup(entry: object, part: Any) -> bool:
    path, value = part
    names = path.split("__")
    lookup = names.pop() if names[-1] in LOOKUPS else "exact"
    for name in names:
        entry = getattr(entry, name, None)
    if lookup == "in" and isinstance(entry, Model):
        entry = entry.pk
    return bool(LOOKUPS[lookup](entry, value)) if entry is not None else value is None


def form_transfers(form: QueryDict, law: Law) -> Iterator[RecordedEvidence]:
    """Yield the transfers of the form that say anything and are not marked for deletion."""
    mechanisms = {str(mechanism.pk): mechanism for mechanism in law.mechanisms}
    count = whole_number(form.get(f"{PREFIX}-TOTAL_FORMS", "")) or 0
    for number in range(min(count, MOST_TRANSFERS)):

        def value(name: str, row: str = f"{PREFIX}-{number}") -> str:
            return str(form.get(f"{row}-{name}", "")).strip()

        country = find(value("country"))
        facts: dict[str, Any] = {name: parse_answer(value(name)) for name in ANSWERS}
        facts |= {name: parse_form_day(value(name)) for name in DAYS_OF_EVIDENCE}
        mechanism = mechanisms.get(value("mechanism"))
        evidence = RecordedEvidence(mechanism, country.code if country else "", **facts)
        if evidence != RecordedEvidence(None) and not value("DELETE"):
            yield evidence


def parse_answer(text: str) -> str:
    return text if text in YesNoUnknown.values else YesNoUnknown.UNKNOWN


def parse_form_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
