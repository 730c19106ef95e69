"""The verdict and the findings of an activity as its form stands, before anything is saved. Nothing is written."""

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
from registry.law.evidence import RecordedEvidence
from registry.law.transfers import Law
from registry.law.verdicts import ReasonedVerdict
from registry.models import LegalBasis, ProcessingActivity, Qualifies, Status, Vendor

PREFIX = "transfers"
MOST_TRANSFERS = 100
PLAIN_FIELDS = ("personal_data", "data_subjects", "special_categories", "status")


def form_verdict(typed: QueryDict, law: Law) -> ReasonedVerdict | None:
    """None as long as no country is chosen."""
    country = find(typed.get("country", ""))
    return law.verdict_on_activity(country.code, form_transfers(typed, law)) if country else None


def form_findings(typed: QueryDict, law: Law, judged: ReasonedVerdict) -> list[Rule]:
    """The rules that the entry would violate."""
    entry: Any = ProcessingActivity(**{name: typed.get(name, "").strip() for name in PLAIN_FIELDS})
    entry.vendor = chosen_entry(Vendor, typed.get("vendor", "")) or Vendor()
    entry.legal_basis = chosen_entry(LegalBasis, typed.get("legal_basis", ""))
    entry.verdict = judged.verdict.value
    in_register = entry.status == Status.ACTIVE
    return [rule for rule in rules_of(ProcessingActivity) if in_register and matches(rule.violated(law), entry)]


def chosen_entry(model: type[Any], key: str) -> Any:
    return model.objects.filter(pk=whole_number(key)).first()


def is_among(value: Any, among: Container[Any]) -> bool:
    return value in among


LOOKUPS: Mapping[str, Callable[[Any, Any], bool]] = {"exact": operator.eq, "lt": operator.lt, "in": is_among}


def matches(condition: Q, entry: Any) -> bool:
    """What the database would say of the condition, for an entry that it does not hold."""
    parts = [
        matches(each, entry) if isinstance(each, Q) else matches_lookup(entry, each) for each in condition.children
    ]
    holds = all(parts) if condition.connector == Q.AND else any(parts)
    return holds != condition.negated


def matches_lookup(entry: Any, part: Any) -> bool:
    path, value = part
    names = path.split("__")
    lookup = names.pop() if names[-1] in LOOKUPS else "exact"
    for name in names:
        entry = getattr(entry, name, None)
    if lookup == "in" and isinstance(entry, Model):
        entry = entry.pk
    return bool(LOOKUPS[lookup](entry, value)) if entry is not None else value is None


def form_transfers(typed: QueryDict, law: Law) -> Iterator[RecordedEvidence]:
    """The transfers of the form that name a mechanism and are not to be deleted."""
    mechanisms = {str(mechanism.pk): mechanism for mechanism in law.mechanisms}
    count = whole_number(typed.get(f"{PREFIX}-TOTAL_FORMS", "")) or 0
    for number in range(min(count, MOST_TRANSFERS)):

        def said(name: str, row: str = f"{PREFIX}-{number}") -> str:
            return str(typed.get(f"{row}-{name}", "")).strip()

        mechanism = mechanisms.get(said("mechanism"))
        if mechanism is not None and not said("DELETE"):
            country, qualifies = find(said("country")), said("recipient_qualifies")
            yield RecordedEvidence(
                mechanism,
                country.code if country else "",
                qualifies if qualifies in Qualifies.values else Qualifies.UNKNOWN,
                *(parse_form_day(said(name)) for name in ("checked_on", "signed_on", "assessed_on", "permitted_on")),
            )


def parse_form_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
