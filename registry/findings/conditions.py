"""Conditions that rules and questions share, as queries."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from functools import reduce
from operator import or_

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from registry.law.transfers import Law
from registry.law.verdicts import Verdict
from registry.models import (
    Agreement,
    AgreementKind,
    Answer,
    Article,
    CriminalDataGround,
    IdentityNumbersGround,
    ImpactAssessment,
    OurRole,
    ProcessingActivity,
    Role,
    SpecialCategoriesGround,
    Status,
    Transfer,
)
from registry.models.activities import ActivityQuerySet
from registry.models.agreements import AgreementQuerySet

#: An agreement that ends within this time is a finding; the page *Due* looks as far ahead.
NOTICE_PERIOD = timedelta(days=90)

ROLE_NOT_ASSESSED = Q(role=Role.NOT_ASSESSED)
WITHOUT_REVIEW_INTERVAL = Q(review_interval_months=None)
OUR_ROLE_NOT_ASSESSED = Q(our_role=OurRole.NOT_ASSESSED)
WITHOUT_COUNTRY = Q(country="")
WITHOUT_LEGAL_BASIS = Q(legal_basis=None)
#: Of legal bases.
ARTICLE_NOT_ASSESSED = Q(article=Article.NOT_ASSESSED)

SPECIAL_CATEGORIES_NOT_ASSESSED = Q(special_categories=Answer.NOT_ASSESSED)
SPECIAL_CATEGORIES_WITHOUT_GROUND = Q(
    special_categories=Answer.YES, special_categories_ground=SpecialCategoriesGround.NOT_ASSESSED
)
CRIMINAL_DATA_NOT_ASSESSED = Q(criminal_data=Answer.NOT_ASSESSED)
CRIMINAL_DATA_WITHOUT_GROUND = Q(criminal_data=Answer.YES, criminal_data_ground=CriminalDataGround.NOT_ASSESSED)

#: Beginnings of the words for a personal identity number or a coordination number.
IDENTITY_NUMBER_WORDS = (
    *("personnum", "personnr", "persnr", "pers.nr", "samordningsnum", "samordningsnr"),
    *("personal identity num", "personal identification num", "national identification num", "coordination num"),
)
IDENTITY_NUMBERS_MENTIONED = reduce(or_, (Q(personal_data__icontains=word) for word in IDENTITY_NUMBER_WORDS))
#: The text speaks of them, and nobody has said whether there are any.
IDENTITY_NUMBERS_NOT_ASSESSED = Q(identity_numbers=Answer.NOT_ASSESSED) & IDENTITY_NUMBERS_MENTIONED
IDENTITY_NUMBERS_WITHOUT_GROUND = Q(
    identity_numbers=Answer.YES, identity_numbers_ground=IdentityNumbersGround.NOT_ASSESSED
)

#: No link shows that an impact assessment was made.
WITHOUT_IMPACT_ASSESSMENT = Q(impact_assessment_url="")
#: "Not needed" counts with its reason only.
IMPACT_ASSESSMENT_UNANSWERED = Q(impact_assessment=ImpactAssessment.NOT_ASSESSED) | Q(
    impact_assessment=ImpactAssessment.NOT_NEEDED, impact_assessment_reason=""
)
#: Special categories are a finding of their own.
IMPACT_ASSESSMENT_NOT_ASSESSED = (
    WITHOUT_IMPACT_ASSESSMENT & IMPACT_ASSESSMENT_UNANSWERED & ~Q(special_categories=Answer.YES)
)
IMPACT_ASSESSMENT_MISSING = WITHOUT_IMPACT_ASSESSMENT & Q(impact_assessment=ImpactAssessment.NEEDED)
SPECIAL_CATEGORIES_WITHOUT_IMPACT_ASSESSMENT = (
    WITHOUT_IMPACT_ASSESSMENT & IMPACT_ASSESSMENT_UNANSWERED & Q(special_categories=Answer.YES)
)


def agreements_of_vendor(*kinds: AgreementKind) -> AgreementQuerySet:
    """Return the agreements of these kinds with the vendor of the outer query."""
    agreements: AgreementQuerySet = Agreement.objects.filter(vendor=OuterRef("pk"), kind__in=kinds)
    return agreements


def activities_of_vendor() -> ActivityQuerySet:
    """Return the activities in the register of the vendor of the outer query."""
    activities: ActivityQuerySet = ProcessingActivity.objects.in_register().filter(vendor=OuterRef("pk")).order_by()
    return activities


#: No activity in the register.
WITHOUT_ACTIVITY = ~Q(Exists(activities_of_vendor()))


def without_agreement(law: Law, role: Role, kinds: Collection[AgreementKind]) -> Q:
    """Match vendors in a role without an agreement of one of these kinds in force on the day.

    Where a data processing agreement is one of them, signed clauses that are one count, if they cover all activities.
    """
    missing = Q(role=role) & ~Q(Exists(agreements_of_vendor(*kinds).in_force(law.on)))
    if AgreementKind.PROCESSING not in kinds:
        return missing
    outside_clauses = activities_of_vendor().filter(~Exists(signed_clauses(law)))
    return missing & (Q(Exists(outside_clauses)) | WITHOUT_ACTIVITY)


def signed_clauses(law: Law) -> QuerySet[Transfer]:
    """Return the transfers of the activity of the outer query by clauses that are a data processing agreement."""
    transfers: QuerySet[Transfer] = Transfer.objects.filter(activity=OuterRef("pk")).order_by()
    concluded_in_time = Q(mechanism__last_day_new=None) | Q(signed_on__lte=F("mechanism__last_day_new"))
    in_force = Q(mechanism__valid_until=None) | Q(mechanism__valid_until__gte=law.on)
    return transfers.filter(
        concluded_in_time & in_force,
        mechanism__is_processing_agreement=True,
        signed_on__lte=law.on,
        signed_on__gte=F("mechanism__valid_from"),
    )


def agreement_ends_soon(law: Law) -> Q:
    """Match vendors whose data processing agreement ends within the notice period, with none that lasts longer."""
    end = law.on + NOTICE_PERIOD
    agreements = agreements_of_vendor(AgreementKind.PROCESSING)
    lasting = agreements.in_force(law.on).exclude(valid_until__lte=end)
    return Q(Exists(agreements.ending(law.on, end))) & ~Q(Exists(lasting))


def seat_outside_all_activities(law: Law) -> Q:
    """Match vendors with their seat in a third country, whose activities are all in countries without transfer."""
    within = ["", *law.countries(Verdict.NO_TRANSFER)]
    transfers = Transfer.objects.filter(activity__vendor=OuterRef("pk"), activity__status=Status.ACTIVE).order_by()
    return (
        ~Q(country__in=within)
        & Q(Exists(activities_of_vendor()))
        & ~Q(Exists(activities_of_vendor().exclude(country__in=within)))
        & ~Q(Exists(transfers.exclude(country__in=within)))
    )


def with_uncovered_sub_processor(law: Law) -> Q:
    """Match vendors that engage another one with an activity that is not covered."""
    activities = ProcessingActivity.objects.in_register().filter(vendor__engaged_by__isnull=False).order_by()
    uncovered = activities.with_verdict(law).filter(verdict=Verdict.NOT_COVERED.value)
    # One list for all vendors: looked up for each vendor, it would take the database their number squared.
    return Q(pk__in=uncovered.values("vendor__engaged_by"))


def has_ended(law: Law, vendor: str = "") -> Q:
    """Match vendors that have ended by the day; ``vendor`` is the lookup to the vendor with its underscores."""
    return Q(**{f"{vendor}status": Status.ENDED}) | Q(**{f"{vendor}ended_on__lt": law.on})


def ended_without_return(law: Law) -> Q:
    """Match processors that have ended, without a day by which the data was deleted or returned."""
    not_returned = Q(data_returned_on=None) | Q(data_returned_on__gt=law.on)
    return has_ended(law) & Q(role__in=(Role.PROCESSOR, Role.SUB_PROCESSOR)) & not_returned
