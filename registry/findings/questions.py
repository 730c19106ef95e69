"""Open questions: what nobody has assessed or classified yet, as one list to work through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registry.findings.conditions import (
    ARTICLE_NOT_ASSESSED,
    CRIMINAL_DATA_NOT_ASSESSED,
    CRIMINAL_DATA_WITHOUT_GROUND,
    IDENTITY_NUMBERS_NOT_ASSESSED,
    IDENTITY_NUMBERS_WITHOUT_GROUND,
    IMPACT_ASSESSMENT_UNANSWERED,
    OUR_ROLE_NOT_ASSESSED,
    ROLE_NOT_ASSESSED,
    SPECIAL_CATEGORIES_NOT_ASSESSED,
    SPECIAL_CATEGORIES_WITHOUT_GROUND,
    WITHOUT_COUNTRY,
    WITHOUT_IMPACT_ASSESSMENT,
    WITHOUT_LEGAL_BASIS,
    WITHOUT_REVIEW_INTERVAL,
)
from registry.findings.rule import Rule
from registry.history.recording import with_names
from registry.history.state_cache import cached_by_state
from registry.models import (
    LegalBasis,
    MechanismKind,
    ProcessingActivity,
    Status,
    Tracked,
    Transfer,
    TransferMechanism,
    Vendor,
    YesNoUnknown,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, eq=False)
class OpenQuestion:
    code: str
    title: StrOrPromise
    model: type[Tracked]
    condition: Q
    #: The field that answers it.
    field: str

    def works_through(self, rule: Rule) -> bool:
        """Return whether answering the question corrects the findings of a rule."""
        return rule.model is self.model and isinstance(rule.condition, Q) and IN_USE & rule.condition == self.condition

    @property
    def entries(self) -> QuerySet[Tracked]:
        return with_names(self.model._default_manager.filter(self.condition).order_by("pk"))

    def after(self, key: int) -> Tracked | None:
        """Return the next entry with this question, else the first one; None if all are answered."""
        return self.entries.filter(pk__gt=key).first() or self.entries.exclude(pk=key).first()

    def path(self, entry: Tracked) -> str:
        """Return the address of the form that answers the question for an entry."""
        name = f"admin:registry_{self.model._meta.model_name}_change"
        return f"{reverse(name, args=[entry.pk])}?question={self.code}#id_{self.field}"


IN_USE = Q(status=Status.ACTIVE)
IN_REGISTER = Q(activity__status=Status.ACTIVE)
CONCLUDED_BY_SIGNATURE = Q(mechanism__must_be_signed=True) | Q(mechanism__kind=MechanismKind.STANDARD_CLAUSES)

QUESTIONS: Sequence[OpenQuestion] = (
    OpenQuestion(
        "mechanism",
        _("What is this mechanism?"),
        TransferMechanism,
        Q(kind=MechanismKind.UNCLASSIFIED),
        "kind",
    ),
    OpenQuestion(
        "instrument",
        _("Which instrument is meant?"),
        Transfer,
        IN_REGISTER & Q(mechanism__names_a_group=True),
        "mechanism",
    ),
    OpenQuestion(
        "recipient",
        _("Is the recipient on the list, or in the sector?"),
        Transfer,
        IN_REGISTER & Q(mechanism__recipient_must_qualify=True, recipient_qualifies=YesNoUnknown.UNKNOWN),
        "recipient_qualifies",
    ),
    OpenQuestion(
        "signed_on",
        _("When were the clauses signed?"),
        Transfer,
        IN_REGISTER & CONCLUDED_BY_SIGNATURE & Q(signed_on=None),
        "signed_on",
    ),
    OpenQuestion(
        "checked_on",
        _("When was it checked that the recipient is on the list?"),
        Transfer,
        IN_REGISTER
        & Q(mechanism__check_holds_months__isnull=False, recipient_qualifies=YesNoUnknown.YES, checked_on=None),
        "checked_on",
    ),
    OpenQuestion(
        "added_data",
        _("Does the processor add personal data of its own?"),
        Transfer,
        IN_REGISTER
        & Q(
            mechanism__assessed_only_with_added_data=True,
            processor_adds_data=YesNoUnknown.UNKNOWN,
            assessed_on=None,
        ),
        "processor_adds_data",
    ),
    OpenQuestion("article", _("Which article is this legal basis?"), LegalBasis, ARTICLE_NOT_ASSESSED, "article"),
    OpenQuestion(
        "country", _("In which country is the data?"), ProcessingActivity, IN_USE & WITHOUT_COUNTRY, "country"
    ),
    OpenQuestion(
        "legal_basis",
        _("What is the legal basis?"),
        ProcessingActivity,
        IN_USE & WITHOUT_LEGAL_BASIS,
        "legal_basis",
    ),
    OpenQuestion("role", _("What is this vendor?"), Vendor, IN_USE & ROLE_NOT_ASSESSED, "role"),
    OpenQuestion(
        "special_categories",
        _("Are there special categories among the data?"),
        ProcessingActivity,
        IN_USE & SPECIAL_CATEGORIES_NOT_ASSESSED,
        "special_categories",
    ),
    OpenQuestion(
        "special_categories_ground",
        _("Which point of Art. 9(2) allows the special categories?"),
        ProcessingActivity,
        IN_USE & SPECIAL_CATEGORIES_WITHOUT_GROUND,
        "special_categories_ground",
    ),
    OpenQuestion(
        "identity_numbers",
        _("Are there personal identity numbers among the data?"),
        ProcessingActivity,
        IN_USE & IDENTITY_NUMBERS_NOT_ASSESSED,
        "identity_numbers",
    ),
    OpenQuestion(
        "identity_numbers_ground",
        _("What allows the personal identity numbers?"),
        ProcessingActivity,
        IN_USE & IDENTITY_NUMBERS_WITHOUT_GROUND,
        "identity_numbers_ground",
    ),
    OpenQuestion(
        "criminal_data",
        _("Are there data on crimes?"),
        ProcessingActivity,
        IN_USE & CRIMINAL_DATA_NOT_ASSESSED,
        "criminal_data",
    ),
    OpenQuestion(
        "criminal_data_ground",
        _("What allows the data on crimes?"),
        ProcessingActivity,
        IN_USE & CRIMINAL_DATA_WITHOUT_GROUND,
        "criminal_data_ground",
    ),
    OpenQuestion(
        "our_role",
        _("What are we in this activity?"),
        ProcessingActivity,
        IN_USE & OUR_ROLE_NOT_ASSESSED,
        "our_role",
    ),
    OpenQuestion(
        "impact_assessment",
        _("Is an impact assessment needed?"),
        ProcessingActivity,
        IN_USE & WITHOUT_IMPACT_ASSESSMENT & IMPACT_ASSESSMENT_UNANSWERED,
        "impact_assessment",
    ),
    OpenQuestion(
        "data_subjects", _("Whose data are they?"), ProcessingActivity, IN_USE & Q(data_subjects=""), "data_subjects"
    ),
    OpenQuestion(
        "retention", _("How long are the data kept?"), ProcessingActivity, IN_USE & Q(retention=""), "retention"
    ),
    OpenQuestion(
        "security_measures",
        _("Which security measures are there?"),
        ProcessingActivity,
        IN_USE & Q(security_measures=""),
        "security_measures",
    ),
    OpenQuestion(
        "review_interval",
        _("How often is this vendor reviewed?"),
        Vendor,
        IN_USE & WITHOUT_REVIEW_INTERVAL,
        "review_interval_months",
    ),
)

QUESTIONS_BY_CODE: Mapping[str, OpenQuestion] = {question.code: question for question in QUESTIONS}


def question_about(rule: Rule) -> OpenQuestion | None:
    """Return the question whose answers correct the findings of a rule, if there is one."""
    return next((question for question in QUESTIONS if question.works_through(rule)), None)


@cached_by_state
def count_open_questions() -> Mapping[OpenQuestion, int]:
    """Count the entries that leave each question open, in one query for each kind of entry."""
    counts: dict[str, int] = {}
    for model in {question.model for question in QUESTIONS}:
        # Named apart from fields: conditions would mean the count.
        aggregates = {alias(each): Count("pk", filter=each.condition) for each in QUESTIONS if each.model is model}
        counts |= model._default_manager.order_by().aggregate(**aggregates)
    return {question: counts[alias(question)] for question in QUESTIONS}


def alias(question: OpenQuestion) -> str:
    return f"count_of_{question.code}"
