"""The rules about vendors."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from registry.findings.conditions import (
    ROLE_NOT_ASSESSED,
    WITHOUT_ACTIVITY,
    WITHOUT_REVIEW_INTERVAL,
    agreement_ends_soon,
    ended_without_return,
    seat_outside_all_activities,
    with_uncovered_sub_processor,
    without_agreement,
)
from registry.findings.duplicates import duplicate_vendors
from registry.findings.explanations import (
    explain_agreement,
    explain_agreement_end,
    explain_return,
    explain_review,
    explain_seat,
    explain_sub_processors,
    fixed,
)
from registry.findings.rule import Rule, Severity
from registry.models import AgreementKind, Role, Status, Vendor
from registry.models.reviews import review_due

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def agreement_rule(
    code: str, title: StrOrPromise, article: str, role: Role, kinds: Collection[AgreementKind], nothing: StrOrPromise
) -> Rule:
    """Return the rule that vendors in a role need an agreement of one of these kinds.

    ``nothing`` explains that none is recorded.
    """
    return Rule(
        code,
        title,
        article,
        Severity.HIGH,
        Vendor,
        condition=lambda law: without_agreement(law, role, kinds),
        explain=lambda vendor, law: explain_agreement(vendor, law, kinds, nothing),
        remedy=_("Record the agreement with the day it was signed."),
        field="agreements-group",
    )


VENDOR_RULES: Sequence[Rule] = (
    agreement_rule(
        "no_processing_agreement",
        _("Processor without a data processing agreement in force"),
        "28(3)",
        Role.PROCESSOR,
        [AgreementKind.PROCESSING],
        _("No data processing agreement with %(vendor)s is recorded."),
    ),
    agreement_rule(
        "no_sub_processing_agreement",
        _("Sub-processor without a data processing agreement in force"),
        "28(4)",
        Role.SUB_PROCESSOR,
        [AgreementKind.PROCESSING],
        _("No data processing agreement between %(vendor)s and the vendor that engages it is recorded."),
    ),
    agreement_rule(
        "no_group_agreement",
        _("Group company without an agreement in force"),
        "26(1), 28(3)",
        Role.GROUP_COMPANY,
        [AgreementKind.PROCESSING, AgreementKind.ARRANGEMENT],
        _("No agreement with %(vendor)s is recorded. Companies of one group need an agreement like any others."),
    ),
    agreement_rule(
        "no_joint_arrangement",
        _("Joint controller without an arrangement in force"),
        "26(1)",
        Role.JOINT_CONTROLLER,
        [AgreementKind.ARRANGEMENT],
        _("No arrangement with %(vendor)s is recorded that says which of the two has which duties."),
    ),
    Rule(
        "sub_processor_not_covered",
        _("Sub-processor with a transfer that is not covered"),
        "28(4), 44",
        Severity.HIGH,
        Vendor,
        condition=with_uncovered_sub_processor,
        explain=explain_sub_processors,
        remedy=_("Have the vendor see to a mechanism that holds, or to another sub-processor."),
        field="sub-processors",
    ),
    Rule(
        "role_not_assessed",
        _("Role not assessed"),
        "4(7), 4(8), 26, 28",
        Severity.MEDIUM,
        Vendor,
        condition=ROLE_NOT_ASSESSED,
        explain=fixed(_("Nobody has said what %(entry)s is: processor, controller or something else.")),
        remedy=_("Say which role the vendor has."),
        field="id_role",
    ),
    Rule(
        "agreement_ends_soon",
        _("Data processing agreement ends within 90 days"),
        "28(3)",
        Severity.MEDIUM,
        Vendor,
        condition=agreement_ends_soon,
        explain=explain_agreement_end,
        remedy=_("Renew it and record the new one, or end the vendor."),
        field="agreements-group",
    ),
    Rule(
        "no_return_of_data",
        _("Ended vendor without proof that the data was deleted or returned"),
        "28(3)(g)",
        Severity.MEDIUM,
        Vendor,
        condition=ended_without_return,
        explain=explain_return,
        remedy=_("Ask for the confirmation, and record its day and the link to it."),
        field="id_data_returned_on",
        statuses=(Status.ACTIVE, Status.ENDED),
    ),
    Rule(
        "seat_in_third_country",
        _("Seat in a third country, all activities in the EU or EEA"),
        "44–49",
        Severity.MEDIUM,
        Vendor,
        condition=seat_outside_all_activities,
        explain=explain_seat,
        remedy=_("Find out whether the data can be reached from there, and record that as a transfer of the activity."),
        field="id_country",
    ),
    Rule(
        "review_overdue",
        _("Review overdue"),
        "24(1), 28(1)",
        Severity.MEDIUM,
        Vendor,
        condition=lambda law: review_due(law.on - timedelta(days=1)),
        explain=explain_review,
        remedy=_("Review the vendor and mark it as reviewed."),
        field="id_last_reviewed_on",
    ),
    Rule(
        "vendor_twice",
        _("Duplicate vendor"),
        "5(1)(d)",
        Severity.MEDIUM,
        Vendor,
        condition=lambda _law: duplicate_vendors(),
        explain=fixed(_("The name of another vendor reads the same as %(entry)s.")),
        remedy=_("Correct the name, or merge the two."),
        field="id_name",
        of_duplicates=True,
    ),
    Rule(
        "no_review_interval",
        _("No review interval"),
        "24(1), 28(1)",
        Severity.LOW,
        Vendor,
        condition=WITHOUT_REVIEW_INTERVAL,
        explain=fixed(_("How often %(entry)s is reviewed is not stated.")),
        remedy=_("State the interval in months."),
        field="id_review_interval_months",
    ),
    Rule(
        "no_activity",
        _("Active vendor without an activity"),
        "30(1)",
        Severity.LOW,
        Vendor,
        condition=WITHOUT_ACTIVITY,
        explain=fixed(_("No activity of %(entry)s is in the register.")),
        remedy=_("Record what the vendor does with the data, or end the vendor."),
        field="activities-group",
    ),
)
