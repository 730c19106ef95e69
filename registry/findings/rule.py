"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy

from registry.findings.citations import citation
from registry.law.transfers import Law
from registry.models import ProcessingActivity, Status, Vendor

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
    #: Articles of the GDPR, such as "28(3)(g)"; empty where another act alone is cited.
    article: str
    severity: Severity
    model: type[Vendor | ProcessingActivity]
    #: Which entries violate it by the law of a day: a condition on ``findings.entries_with_standing()``.
    condition: Q | Callable[[Law], Q]
    #: What is wrong with an entry of ``model``, in the active language.
    explain: Callable[[Any, Law], str]
    remedy: StrOrPromise
    #: The id of the part of the entry's page where it is corrected.
    field: str
    #: Chapter and sections of the Swedish Data Protection Act, such as "3:10".
    act: str = ""
    #: The status of the entries that it applies to.
    statuses: Collection[str] = (Status.ACTIVE,)
    #: The name of the page that corrects it at a click; it takes the key of the entry.
    correction: str = ""
    #: Whether it finds entries that mean the same as another one, so that merging the two corrects it.
    of_duplicates: bool = False

    def violated(self, law: Law) -> Q:
        """Return the condition under which entries violate the rule by the law of a day, their status included."""
        return Q(status__in=self.statuses) & self.violated_if_it_applies(law)

    def violated_if_it_applies(self, law: Law) -> Q:
        """Return the condition under which entries with one of its statuses violate the rule."""
        return self.condition if isinstance(self.condition, Q) else self.condition(law)

    @property
    def citation(self) -> str:
        """Return the provisions that it rests on, in the active language."""
        return citation(self.article, self.act)
