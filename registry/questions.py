"""What nobody has assessed or classified yet, as one list to work through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registry.models import (
    Article,
    LegalBasis,
    MechanismKind,
    ProcessingActivity,
    Qualifies,
    Role,
    SpecialCategories,
    Status,
    Tracked,
    Transfer,
    TransferMechanism,
    Vendor,
)


@dataclass(frozen=True)
class Question:
    code: str
    title: Any
    model: type[Tracked]
    still_open: Q
    #: The field that answers it.
    field: str
    #: What the name of an entry speaks of.
    named_with: Sequence[str] = ()

    @property
    def entries(self) -> QuerySet[Any]:
        found = self.model._default_manager.filter(self.still_open).order_by("pk")
        return found.select_related(*self.named_with) if self.named_with else found

    def after(self, key: int) -> Any:
        """The next entry, or the first where there is none behind; None where all are answered."""
        return self.entries.filter(pk__gt=key).first() or self.entries.exclude(pk=key).first()

    def path(self, entry: Any) -> str:
        name = f"admin:registry_{self.model._meta.model_name}_change"
        return f"{reverse(name, args=[entry.pk])}?question={self.code}#id_{self.field}"


IN_REGISTER = Q(activity__status=Status.ACTIVE)

QUESTIONS: Sequence[Question] = (
    Question(
        "mechanism",
        _("What is this mechanism?"),
        TransferMechanism,
        Q(kind=MechanismKind.UNCLASSIFIED),
        "kind",
    ),
    Question(
        "instrument",
        _("Which instrument is meant?"),
        Transfer,
        IN_REGISTER & Q(mechanism__names_a_group=True),
        "mechanism",
        ("activity__vendor", "mechanism"),
    ),
    Question(
        "recipient",
        _("Is the recipient on the list, or in the sector?"),
        Transfer,
        IN_REGISTER & Q(mechanism__recipient_must_qualify=True, recipient_qualifies=Qualifies.UNKNOWN),
        "recipient_qualifies",
        ("activity__vendor", "mechanism"),
    ),
    Question(
        "article", _("Which article is this legal basis?"), LegalBasis, Q(article=Article.NOT_ASSESSED), "article"
    ),
    Question(
        "legal_basis",
        _("What is the legal basis?"),
        ProcessingActivity,
        Q(status=Status.ACTIVE, legal_basis=None),
        "legal_basis",
        ("vendor",),
    ),
    Question("role", _("What is this vendor?"), Vendor, Q(status=Status.ACTIVE, role=Role.NOT_ASSESSED), "role"),
    Question(
        "special_categories",
        _("Are there special categories among the data?"),
        ProcessingActivity,
        Q(status=Status.ACTIVE, special_categories=SpecialCategories.NOT_ASSESSED),
        "special_categories",
        ("vendor",),
    ),
)

BY_CODE: Mapping[str, Question] = {question.code: question for question in QUESTIONS}
