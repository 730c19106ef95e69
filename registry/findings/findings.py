"""The findings of a day: which entries violate which rules, counted and listed in a fixed number of queries.

A person may accept a finding until a day. It stays visible then, and is not open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, Model, Prefetch, Q
from django.urls import reverse

from registry.core.order import InOrderOfNames, in_order_of_names
from registry.findings.rules import RULES, Rule, rules_of
from registry.history.state_cache import cached_by_state
from registry.law.transfers import Law
from registry.models import Acceptance, ProcessingActivity, Vendor
from registry.models.activities import ActivityQuerySet
from registry.models.vendors import VendorQuerySet

type Entry = Vendor | ProcessingActivity
type Entries = VendorQuerySet | ActivityQuerySet


@dataclass(frozen=True)
class Finding:
    """One entry that violates one rule, with the acceptance that holds on the day, if any."""

    rule: Rule
    entry: Entry
    explanation: str
    acceptance: Acceptance | None = None

    @property
    def is_open(self) -> bool:
        return self.acceptance is None

    @property
    def vendor(self) -> Vendor:
        return self.entry if isinstance(self.entry, Vendor) else self.entry.vendor

    @property
    def path(self) -> str:
        """Return the address of the field where the entry is corrected."""
        name = self.rule.model._meta.model_name
        return reverse(f"admin:registry_{name}_change", args=[self.entry.pk]) + f"#{self.rule.field}"

    @property
    def correction_path(self) -> str:
        """Return the address of the page that corrects the entry at a click, empty where there is none."""
        return reverse(f"admin:{self.rule.correction}", args=[self.entry.pk]) if self.rule.correction else ""

    @property
    def merge_path(self) -> str:
        """Return the address of the page that merges the entry with another one, empty where that corrects nothing."""
        name = self.rule.model._meta.model_name
        return reverse("admin:merge", args=[name, self.entry.pk]) if self.rule.of_duplicates else ""


def entries_with_standing(model: type[Model], law: Law) -> Entries:
    """Return the entries of a model, activities with what the law says of them. Rules say which they apply to."""
    if model is Vendor:
        return Vendor.objects.all()
    return ProcessingActivity.objects.with_standing(law)


def rules_together(model: type[Model], law: Law) -> tuple[Entries, Mapping[Rule, Q]]:
    """Return the entries that any rule about a model applies to, and under which condition they violate each."""
    rules = rules_of(model)
    statuses = {status for rule in rules for status in rule.statuses}
    conditions = {
        rule: rule.violated_if_it_applies(law) if statuses == set(rule.statuses) else rule.violated(law)
        for rule in rules
    }
    return entries_with_standing(model, law).filter(status__in=sorted(statuses)).order_by(), conditions


def violating_entries(rule: Rule, law: Law) -> Entries:
    return entries_with_standing(rule.model, law).filter(rule.violated(law))


def register_order(rule: Rule) -> Sequence[str | InOrderOfNames]:
    """Return the ordering in which the entries of a rule are listed."""
    return (in_order_of_names("name_key"),) if rule.model is Vendor else ("position", "pk")


@dataclass(frozen=True)
class FindingCounts:
    """How many findings of a rule there are."""

    open: int
    accepted: int


@cached_by_state
def count_findings(law: Law) -> Mapping[Rule, FindingCounts]:
    """Return the number of findings of each rule, in one query for each model and one for the acceptances."""
    accepted_keys: defaultdict[str, list[int]] = defaultdict(list)
    acceptances = Acceptance.objects.filter(until__gte=law.on).order_by()
    for code, vendor, activity in acceptances.values_list("rule", "vendor_id", "activity_id"):
        accepted_keys[code].append(vendor or activity)
    counts: dict[str, int] = {}
    for model in (Vendor, ProcessingActivity):
        aggregates = {}
        entries, conditions = rules_together(model, law)
        for rule, violated in conditions.items():
            aggregates[rule.code] = Count("pk", filter=violated)
            if rule.code in accepted_keys:
                accepted = violated & Q(pk__among=accepted_keys[rule.code])
                aggregates[f"{rule.code}_accepted"] = Count("pk", filter=accepted)
        counts |= entries.aggregate(**aggregates)
    totals = {rule: (counts[rule.code], counts.get(f"{rule.code}_accepted", 0)) for rule in RULES}
    return {rule: FindingCounts(total - accepted, accepted) for rule, (total, accepted) in totals.items()}


def with_related(entries: Entries, law: Law) -> Entries:
    """Return the entries with all that findings say about them, in a fixed number of queries."""
    acceptances: Prefetch[Any] = Prefetch("acceptances", Acceptance.objects.select_related("accepted_by"))
    if isinstance(entries, VendorQuerySet):
        engaged: Prefetch[Any] = Prefetch(
            "sub_processors", Vendor.objects.with_verdict(law).order_by(in_order_of_names("name_key"))
        )
        return entries.select_related("owner").prefetch_related("agreements", engaged, acceptances)
    return entries.whole_rows().select_related("vendor__owner", "legal_basis").prefetch_related(acceptances)


def entries_by_key(model: type[Vendor | ProcessingActivity], keys: Iterable[int], law: Law) -> dict[int, Entry]:
    """Return entries of a model with all that findings say about them."""
    entries: Entries = model._default_manager.filter(pk__among=list(keys))
    return {entry.pk: entry for entry in with_related(entries, law)}


def finding_of(rule: Rule, entry: Entry, law: Law) -> Finding:
    """Return the finding about an entry that violates the rule; the entry comes from ``with_related()``."""
    acceptances = (each for each in entry.acceptances.all() if each.rule == rule.code and each.until >= law.on)
    return Finding(rule, entry, rule.explain(entry, law), next(acceptances, None))


def findings_by_entry(
    model: type[Vendor | ProcessingActivity], keys: Iterable[int], law: Law
) -> dict[int, list[Finding]]:
    """Return the findings about entries of one model by their key, in a fixed number of queries."""
    rules_by_key = violated_rules(model, tuple(keys), law)
    violating_keys = [key for key, rules in rules_by_key.items() if rules]
    entries = entries_by_key(model, violating_keys, law) if violating_keys else {}
    return {key: [finding_of(rule, entries[key], law) for rule in rules] for key, rules in rules_by_key.items()}


@cached_by_state
def violated_rules(model: type[Model], keys: tuple[int, ...], law: Law) -> Mapping[int, Sequence[Rule]]:
    """Return the rules that entries of one model violate by their key, in one query."""
    entries, conditions = rules_together(model, law)
    violated = [ExpressionWrapper(condition, BooleanField()) for condition in conditions.values()]
    rules_by_key: dict[int, list[Rule]] = {key: [] for key in keys}
    for key, *violations in entries.filter(pk__among=list(rules_by_key)).values_list("pk", *violated):
        rules_by_key[key] = list(compress(conditions, violations))
    return rules_by_key


def open_rules(model: type[Model], keys: Iterable[int], law: Law) -> dict[int, list[Rule]]:
    """Return the violated rules whose findings nobody has accepted, by the key of the entry, in two queries."""
    rules_by_key = violated_rules(model, tuple(keys), law)
    owner = "vendor_id" if model is Vendor else "activity_id"
    acceptances = Acceptance.objects.filter(until__gte=law.on, **{f"{owner}__among": list(rules_by_key)}).order_by()
    accepted = set(acceptances.values_list(owner, "rule"))
    return {key: [rule for rule in rules if (key, rule.code) not in accepted] for key, rules in rules_by_key.items()}


def findings_of_rule(rule: Rule, law: Law) -> Iterator[Finding]:
    """Yield all findings of one rule, in the order of the register."""
    for entry in with_related(violating_entries(rule, law), law).order_by(*register_order(rule)):
        yield finding_of(rule, entry, law)
