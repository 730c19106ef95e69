"""Conditions that rules and questions share, as queries."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q

from registry.law.transfers import Law
from registry.models import Agreement, AgreementKind, Article, Role, SpecialCategories
from registry.models.agreements import AgreementQuerySet

#: An agreement that ends within this time is a finding; the page *Due* looks as far ahead.
NOTICE_PERIOD = timedelta(days=90)

ROLE_NOT_ASSESSED = Q(role=Role.NOT_ASSESSED)
SPECIAL_CATEGORIES_NOT_ASSESSED = Q(special_categories=SpecialCategories.NOT_ASSESSED)
WITHOUT_LEGAL_BASIS = Q(legal_basis=None)
#: Of legal bases.
ARTICLE_NOT_ASSESSED = Q(article=Article.NOT_ASSESSED)


def processing_agreements() -> AgreementQuerySet:
    """Return the data processing agreements of the vendor of the outer query."""
    agreements: AgreementQuerySet = Agreement.objects.filter(vendor=OuterRef("pk"), kind=AgreementKind.PROCESSING)
    return agreements


def without_processing_agreement(law: Law) -> Q:
    """Match processors without a data processing agreement in force on the day."""
    return Q(role=Role.PROCESSOR) & ~Q(Exists(processing_agreements().in_force(law.on)))


def agreement_ends_soon(law: Law) -> Q:
    """Match vendors whose data processing agreement ends within the notice period, with none that lasts longer."""
    end = law.on + NOTICE_PERIOD
    ending = processing_agreements().ending(law.on, end)
    lasting = processing_agreements().in_force(law.on).exclude(valid_until__lte=end)
    return Q(Exists(ending)) & ~Q(Exists(lasting))
