"""The rules of the register as data: each with its article, its severity, a condition, a text and a remedy.

Lists, filters, pages, ``check_register`` and the table in docs/findings.md follow from ``RULES``; ``findings.py``
counts and lists the entries that violate them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Model, Q, TextChoices
from django.utils.translation import gettext_lazy

from registry.findings.conditions import (
    ROLE_NOT_ASSESSED,
    SPECIAL_CATEGORIES_NOT_ASSESSED,
    WITHOUT_LEGAL_BASIS,
    agreement_ends_soon,
    without_processing_agreement,
)
from registry.findings.duplicates import duplicate_activities, duplicate_vendors, with_mechanism_as_legal_basis
from registry.findings.explanations import (
    explain_agreement,
    explain_agreement_end,
    explain_ended_vendor,
    explain_legal_basis,
    explain_mechanism_as_legal_basis,
    explain_review,
    explain_transfer,
    fixed,
)
from registry.law.transfers import Law
from registry.law.verdicts import Verdict
from registry.models import Article, ProcessingActivity, Status, Vendor
from registry.models.reviews import review_due

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Severity(TextChoices):
    HIGH = "high", gettext_lazy("high")
    MEDIUM = "medium", gettext_lazy("medium")
    LOW = "low", gettext_lazy("low")


@dataclass(frozen=True)
class Rule:
    """A rule about the entries of one model."""

    code: str
    title: StrOrPromise
    article: str
    severity: Severity
    model: type[Vendor | ProcessingActivity]
    #: Which entries violate it by the law of a day: a condition on ``findings.entries_in_use()``.
    violated: Callable[[Law], Q]
    #: What is wrong with an entry of ``model``, in the active language.
    explain: Callable[[Any, Law], str]
    remedy: StrOrPromise
    #: The id of the part of the entry's page where it is corrected.
    field: str


RULES: Sequence[Rule] = (
    Rule(
        "transfer_not_covered",
        gettext_lazy("Transfer not covered"),
        "44–46",
        Severity.HIGH,
        ProcessingActivity,
        violated=lambda law: Q(verdict=Verdict.NOT_COVERED.value),
        explain=explain_transfer,
        remedy=gettext_lazy("Record a mechanism that holds, or end the activity."),
        field="transfers-group",
    ),
    Rule(
        "no_processing_agreement",
        gettext_lazy("Processor without a data processing agreement in force"),
        "28(3)",
        Severity.HIGH,
        Vendor,
        violated=without_processing_agreement,
        explain=explain_agreement,
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
        explain=explain_ended_vendor,
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
        explain=explain_transfer,
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
        explain=explain_legal_basis,
        remedy=gettext_lazy("State a legal basis, and say which article it is."),
        field="id_legal_basis",
    ),
    Rule(
        "special_categories_not_assessed",
        gettext_lazy("Special categories not assessed"),
        "9",
        Severity.MEDIUM,
        ProcessingActivity,
        violated=lambda law: SPECIAL_CATEGORIES_NOT_ASSESSED,
        explain=fixed(gettext_lazy("Nobody has said whether there are special categories among the data.")),
        remedy=gettext_lazy("Say whether there are any."),
        field="id_special_categories",
    ),
    Rule(
        "role_not_assessed",
        gettext_lazy("Role not assessed"),
        "4(7), 4(8), 28",
        Severity.MEDIUM,
        Vendor,
        violated=lambda law: ROLE_NOT_ASSESSED,
        explain=fixed(gettext_lazy("Nobody has said what %(entry)s is: processor, controller or something else.")),
        remedy=gettext_lazy("Say which role the vendor has."),
        field="id_role",
    ),
    Rule(
        "agreement_ends_soon",
        gettext_lazy("Data processing agreement ends within 90 days"),
        "28(3)",
        Severity.MEDIUM,
        Vendor,
        violated=agreement_ends_soon,
        explain=explain_agreement_end,
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
        explain=explain_review,
        remedy=gettext_lazy("Review the vendor and mark it as reviewed."),
        field="id_last_reviewed_on",
    ),
    Rule(
        "vendor_twice",
        gettext_lazy("Duplicate vendor"),
        "5(1)(d)",
        Severity.MEDIUM,
        Vendor,
        violated=lambda law: duplicate_vendors(),
        explain=fixed(gettext_lazy("The name of another vendor reads the same as %(entry)s.")),
        remedy=gettext_lazy("Move everything to one of them, then delete the other."),
        field="id_name",
    ),
    Rule(
        "activity_twice",
        gettext_lazy("Duplicate activity, legal basis or mechanism"),
        "5(1)(d)",
        Severity.LOW,
        ProcessingActivity,
        violated=lambda law: duplicate_activities(),
        explain=fixed(
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
        violated=lambda law: with_mechanism_as_legal_basis(),
        explain=explain_mechanism_as_legal_basis,
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
        explain=fixed(gettext_lazy("The data subjects are not stated.")),
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
        explain=fixed(gettext_lazy("The categories of personal data are not stated.")),
        remedy=gettext_lazy("Name the categories of data."),
        field="id_personal_data",
    ),
)

RULES_BY_CODE: Mapping[str, Rule] = {rule.code: rule for rule in RULES}


def rules_of(model: type[Model]) -> list[Rule]:
    """Return the rules about the entries of a model, in their order."""
    return [rule for rule in RULES if rule.model is model]
