"""What is wrong in the register, or not yet known to be right, on a day: rules as data.

Columns, filters, pages, ``check_register`` and the table in the documentation all follow from ``RULES``. A finding may
be accepted by a person until a day; it stays visible then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    TextChoices,
)
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registry.core.order import in_order_of_names
from registry.findings.duplicates import named_as_mechanisms, twin_activities, twin_vendors
from registry.law.transfers import Law
from registry.law.verdicts import Verdict
from registry.law.wording import date_text, explain_verdict
from registry.models import (
    Acceptance,
    Agreement,
    AgreementKind,
    Article,
    ProcessingActivity,
    Role,
    SpecialCategories,
    Status,
    Vendor,
)
from registry.models.reviews import review_due

#: An agreement that ends within so many days is a finding.
SOON = timedelta(days=90)

#: What is not known yet: the same as a finding and as an open question.
ROLE_OPEN = Q(role=Role.NOT_ASSESSED)
SPECIAL_CATEGORIES_OPEN = Q(special_categories=SpecialCategories.NOT_ASSESSED)
WITHOUT_LEGAL_BASIS = Q(legal_basis=None)
#: Of a legal basis.
ARTICLE_OPEN = Q(article=Article.NOT_ASSESSED)

Entry = Any


class Severity(TextChoices):
    HIGH = "high", gettext_lazy("high")
    MEDIUM = "medium", gettext_lazy("medium")
    LOW = "low", gettext_lazy("low")


@dataclass(frozen=True)
class Rule:
    code: str
    title: Any
    article: str
    severity: Severity
    model: type[Vendor | ProcessingActivity]
    #: Which entries violate it by the law of a day: of ``in_question()``, which knows the verdict.
    violated: Callable[[Law], Q]
    #: What is wrong, in the words of the entry.
    says: Callable[[Entry, Law], str]
    remedy: Any
    #: The part of the entry's page that puts it right.
    field: str


def agreements(**which: Any) -> QuerySet[Agreement]:
    return Agreement.objects.filter(vendor=OuterRef("pk"), kind=AgreementKind.PROCESSING, **which)


def ending_soon(law: Law) -> Q:
    ending = agreements().ending(law.on, law.on + SOON)  # type: ignore[attr-defined]
    later = agreements().in_force(law.on).exclude(valid_until__lte=law.on + SOON)  # type: ignore[attr-defined]
    return Q(Exists(ending)) & ~Q(Exists(later))


def says_transfer(activity: Entry, law: Law) -> str:
    return explain_verdict(law.verdict_on_activity(activity.country, activity.transfers.all()))


def says_ground(activity: Entry, law: Law) -> str:
    if activity.legal_basis is None:
        return _("No legal basis is stated.")
    return _("“%s” has not been assessed: which article is it?") % activity.legal_basis


def says_mechanism_as_ground(activity: Entry, law: Law) -> str:
    return _("“%s” is a transfer mechanism, not a legal basis.") % activity.legal_basis


def says_agreement(vendor: Entry, law: Law) -> str:
    known = [each for each in vendor.agreements.all() if each.kind == AgreementKind.PROCESSING]
    if not known:
        return _("No data processing agreement with %s is recorded.") % vendor
    newest = max(known, key=lambda each: (each.valid_until or date.max, each.pk))
    if newest.signed_on is None:
        return _("The data processing agreement %s has no day of signing.") % newest.reference
    if newest.signed_on > law.on:
        return _("The data processing agreement was signed on %s only.") % date_text(newest.signed_on)
    return _("The data processing agreement ended on %s.") % date_text(newest.valid_until)


def says_ending(vendor: Entry, law: Law) -> str:
    ends = [a.valid_until for a in vendor.agreements.all() if a.kind == AgreementKind.PROCESSING and a.valid_until]
    last = min(each for each in ends if law.on <= each <= law.on + SOON)
    left = (last - law.on).days
    text = ngettext(
        "The agreement ends on %(day)s, in %(left)s day.", "The agreement ends on %(day)s, in %(left)s days.", left
    )
    return text % {"day": date_text(last), "left": left}


def says_review(vendor: Entry, law: Law) -> str:
    if vendor.review_due_on is None:
        return _("%s has never been reviewed.") % vendor
    if vendor.last_reviewed_on is None:
        return _("Never reviewed. The first review was due on %s.") % date_text(vendor.review_due_on)
    words = {"last": date_text(vendor.last_reviewed_on), "due": date_text(vendor.review_due_on)}
    return _("Last reviewed on %(last)s; the next review was due on %(due)s.") % words


def says_ended(activity: Entry, law: Law) -> str:
    words = {"vendor": activity.vendor, "day": date_text(activity.vendor.ended_on)}
    return _("%(vendor)s has ended (last day: %(day)s), but this activity is still in the register.") % words


def says(text: Any) -> Callable[[Entry, Law], str]:
    return lambda entry, law: str(text) % {"entry": entry}


RULES: Sequence[Rule] = (
    Rule(
        "transfer_not_covered",
        gettext_lazy("Transfer not covered"),
        "44–46",
        Severity.HIGH,
        ProcessingActivity,
        violated=lambda law: Q(verdict=Verdict.NOT_COVERED.value),
        says=says_transfer,
        remedy=gettext_lazy("Record a mechanism that holds, or end the activity."),
        field="transfers-group",
    ),
    Rule(
        "no_processing_agreement",
        gettext_lazy("Processor without a data processing agreement in force"),
        "28(3)",
        Severity.HIGH,
        Vendor,
        violated=lambda law: Q(role=Role.PROCESSOR) & ~Q(Exists(agreements().in_force(law.on))),  # type: ignore[attr-defined]
        says=says_agreement,
        remedy=gettext_lazy("Record the agreement with the day it was signed."),
        field="agreements-group",
    ),
    Rule(
        "ended_vendor",
        gettext_lazy("Ended vendor with an active activity"),
        "28(3)(g)",
        Severity.HIGH,
        ProcessingActivity,
        violated=lambda law: Q(vendor__status=Status.ENDED) | Q(vendor__ended_on__lt=law.on),
        says=says_ended,
        remedy=gettext_lazy("End the activity, and see that the data was deleted or returned."),
        field="id_status",
    ),
    Rule(
        "transfer_needs_check",
        gettext_lazy("Transfer needs check"),
        "44–46",
        Severity.MEDIUM,
        ProcessingActivity,
        violated=lambda law: Q(verdict=Verdict.NEEDS_CHECK.value),
        says=says_transfer,
        remedy=gettext_lazy("Record the missing fact about the transfer."),
        field="transfers-group",
    ),
    Rule(
        "legal_basis_not_assessed",
        gettext_lazy("Legal basis not assessed"),
        "6(1)",
        Severity.MEDIUM,
        ProcessingActivity,
        violated=lambda law: WITHOUT_LEGAL_BASIS | Q(legal_basis__article=Article.NOT_ASSESSED),
        says=says_ground,
        remedy=gettext_lazy("State a legal basis, and say which article it is."),
        field="id_legal_basis",
    ),
    Rule(
        "special_categories_not_assessed",
        gettext_lazy("Special categories not assessed"),
        "9",
        Severity.MEDIUM,
        ProcessingActivity,
        violated=lambda law: SPECIAL_CATEGORIES_OPEN,
        says=says(gettext_lazy("Nobody has said whether there are special categories among the data.")),
        remedy=gettext_lazy("Say whether there are any."),
        field="id_special_categories",
    ),
    Rule(
        "role_not_assessed",
        gettext_lazy("Role not assessed"),
        "4(7), 4(8), 28",
        Severity.MEDIUM,
        Vendor,
        violated=lambda law: ROLE_OPEN,
        says=says(gettext_lazy("Nobody has said what %(entry)s is: processor, controller or something else.")),
        remedy=gettext_lazy("Say which role the vendor has."),
        field="id_role",
    ),
    Rule(
        "agreement_ends_soon",
        gettext_lazy("Data processing agreement ends within 90 days"),
        "28(3)",
        Severity.MEDIUM,
        Vendor,
        violated=ending_soon,
        says=says_ending,
        remedy=gettext_lazy("Renew it and record the new one, or end the vendor."),
        field="agreements-group",
    ),
    Rule(
        "review_overdue",
        gettext_lazy("Review overdue"),
        "24(1), 28(1)",
        Severity.MEDIUM,
        Vendor,
        violated=lambda law: review_due(law.on - timedelta(days=1)),
        says=says_review,
        remedy=gettext_lazy("Review the vendor and mark it as reviewed."),
        field="id_last_reviewed_on",
    ),
    Rule(
        "vendor_twice",
        gettext_lazy("Duplicate vendor"),
        "5(1)(d)",
        Severity.MEDIUM,
        Vendor,
        violated=lambda law: twin_vendors(),
        says=says(gettext_lazy("The name of another vendor reads the same as %(entry)s.")),
        remedy=gettext_lazy("Move everything to one of them, then delete the other."),
        field="id_name",
    ),
    Rule(
        "activity_twice",
        gettext_lazy("Duplicate activity, legal basis or mechanism"),
        "5(1)(d)",
        Severity.LOW,
        ProcessingActivity,
        violated=lambda law: twin_activities(),
        says=says(
            gettext_lazy("Its purpose, its legal basis or a mechanism exists twice, in spellings that read the same.")
        ),
        remedy=gettext_lazy("Use one spelling everywhere, then delete the other."),
        field="id_purpose",
    ),
    Rule(
        "mechanism_as_legal_basis",
        gettext_lazy("Transfer mechanism recorded as the legal basis"),
        "6(1), 44",
        Severity.MEDIUM,
        ProcessingActivity,
        violated=lambda law: named_as_mechanisms(),
        says=says_mechanism_as_ground,
        remedy=gettext_lazy("Record the mechanism as a transfer, and state the legal basis of the processing."),
        field="id_legal_basis",
    ),
    Rule(
        "no_data_subjects",
        gettext_lazy("No data subjects stated"),
        "30(1)(c)",
        Severity.LOW,
        ProcessingActivity,
        violated=lambda law: Q(data_subjects=""),
        says=says(gettext_lazy("Whose data it is, is not stated.")),
        remedy=gettext_lazy("Name the categories of people: customers, employees and so on."),
        field="id_data_subjects",
    ),
    Rule(
        "no_personal_data",
        gettext_lazy("No personal data stated"),
        "30(1)(c)",
        Severity.LOW,
        ProcessingActivity,
        violated=lambda law: Q(personal_data=""),
        says=says(gettext_lazy("Which data it is, is not stated.")),
        remedy=gettext_lazy("Name the categories of data."),
        field="id_personal_data",
    ),
)

BY_CODE: Mapping[str, Rule] = {rule.code: rule for rule in RULES}


@dataclass(frozen=True)
class Finding:
    rule: Rule
    entry: Entry
    says: str
    acceptance: Acceptance | None = None

    @property
    def is_open(self) -> bool:
        return self.acceptance is None

    @property
    def vendor(self) -> Vendor:
        return self.entry if isinstance(self.entry, Vendor) else self.entry.vendor

    @property
    def path(self) -> str:
        """To the field that puts it right."""
        name = self.rule.model._meta.model_name
        return reverse(f"admin:registry_{name}_change", args=[self.entry.pk]) + f"#{self.rule.field}"


def rules_of(model: type[Any]) -> list[Rule]:
    return [rule for rule in RULES if rule.model is model]


def in_question(model: type[Any], law: Law) -> Any:
    """The entries that rules speak of: those in use."""
    if model is Vendor:
        return Vendor.objects.active()
    return ProcessingActivity.objects.in_register().with_verdict(law)


def violating(rule: Rule, law: Law) -> Any:
    return in_question(rule.model, law).filter(rule.violated(law))


@dataclass(frozen=True)
class Counted:
    """How many findings of a rule there are."""

    open: int
    accepted: int


def counted(law: Law) -> dict[Rule, Counted]:
    """Count the findings of all rules, in one query for each kind of entry, and one for what is accepted."""
    accepted: defaultdict[str, list[int]] = defaultdict(list)
    standing = Acceptance.objects.filter(until__gte=law.on).order_by()
    for code, vendor, activity in standing.values_list("rule", "vendor_id", "activity_id"):
        accepted[code].append(vendor or activity)
    counts: dict[str, int] = {}
    for model in (Vendor, ProcessingActivity):
        wanted = {}
        for rule in rules_of(model):
            violated = rule.violated(law)
            wanted[rule.code] = Count("pk", filter=violated)
            if rule.code in accepted:
                wanted[f"{rule.code}_accepted"] = Count("pk", filter=violated & Q(pk__among=accepted[rule.code]))
        counts |= in_question(model, law).order_by().aggregate(**wanted)
    of_rules = {rule: (counts[rule.code], counts.get(f"{rule.code}_accepted", 0)) for rule in RULES}
    return {rule: Counted(total - standing, standing) for rule, (total, standing) in of_rules.items()}


def with_all(entries: Any) -> Any:
    """With all that findings speak of, in a fixed number of queries."""
    if entries.model is Vendor:
        return entries.select_related("owner").prefetch_related("agreements", acceptances())
    return entries.whole_rows().select_related("vendor__owner", "legal_basis").prefetch_related(acceptances())


def acceptances() -> Prefetch[Any]:
    return Prefetch("acceptances", Acceptance.objects.select_related("accepted_by"))


def finding(rule: Rule, entry: Entry, law: Law) -> Finding:
    standing = (each for each in entry.acceptances.all() if each.rule == rule.code and each.until >= law.on)
    return Finding(rule, entry, rule.says(entry, law), next(standing, None))


def findings_of(model: type[Any], keys: Iterable[int], law: Law) -> dict[int, list[Finding]]:
    """Return the findings about some entries of one kind, by their key: all rules in one query, and a fixed number of
    queries for what the findings speak of."""
    violated = violations(model, keys, law)
    concerned = [key for key, rules in violated.items() if rules]
    entries = {entry.pk: entry for entry in with_all(model.objects.filter(pk__among=concerned))} if concerned else {}
    return {key: [finding(rule, entries[key], law) for rule in rules] for key, rules in violated.items()}


def violations(model: type[Any], keys: Iterable[int], law: Law) -> dict[int, list[Rule]]:
    """Return the rules that some entries of one kind violate, by their key, in one query."""
    rules = rules_of(model)
    holds = [ExpressionWrapper(rule.violated(law), BooleanField()) for rule in rules]
    found: dict[int, list[Rule]] = {key: [] for key in keys}
    rows = in_question(model, law).filter(pk__among=list(found)).order_by().values_list("pk", *holds)
    for key, *said in rows:
        found[key] = [rule for rule, is_so in zip(rules, said, strict=True) if is_so]
    return found


def open_violations(model: type[Any], keys: Iterable[int], law: Law) -> dict[int, list[Rule]]:
    """Return those of the rules whose findings nobody has accepted, by the key of the entry."""
    found = violations(model, keys, law)
    owner = "vendor_id" if model is Vendor else "activity_id"
    standing = Acceptance.objects.filter(until__gte=law.on, **{f"{owner}__among": list(found)}).order_by()
    accepted_rules = set(standing.values_list(owner, "rule"))
    return {key: [rule for rule in rules if (key, rule.code) not in accepted_rules] for key, rules in found.items()}


def findings(rule: Rule, law: Law) -> Iterator[Finding]:
    """All findings of one rule, in the order of the register."""
    order = (in_order_of_names("name_key"),) if rule.model is Vendor else ("position", "pk")
    for entry in with_all(violating(rule, law)).order_by(*order):
        yield finding(rule, entry, law)
