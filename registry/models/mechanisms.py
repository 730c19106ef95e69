"""Transfer mechanisms: the dated instruments of GDPR chapter V, and the wordings that stand for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.core.counts import count_of
from registry.core.fields import (
    CleanLineField,
    CleanTextField,
    KeyField,
    days_are_possible,
    validate_recorded_day,
)
from registry.core.text import unique_key
from registry.history.querysets import TrackedQuerySet
from registry.history.tracked import Tracked
from registry.law.catalogue import code_of
from registry.models.labels import is_label, validate_label

#: The longest time for which a check may hold, in months: ten years.
LONGEST_CHECK = 120


class MechanismKind(models.TextChoices):
    UNCLASSIFIED = "unclassified", _("unclassified")
    ADEQUACY = "adequacy", _("adequacy decision")
    STANDARD_CLAUSES = "standard_clauses", _("standard contractual clauses")
    CORPORATE_RULES = "corporate_rules", _("binding corporate rules")
    OTHER_SAFEGUARD = "other_safeguard", _("other safeguard")
    DEROGATION = "derogation", _("derogation")


def is_mechanism_wording(wording: str, kind: str | None) -> bool:
    """Return whether a wording stands for a classified mechanism.

    ``kind``: that of the register's mechanism with this wording; None where there is none: the catalogue decides.
    """
    return code_of(wording) is not None if kind is None else kind != MechanismKind.UNCLASSIFIED


class KnownWordings:
    """The wordings of classified mechanisms: ``"SCC" in wordings``."""

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self.kinds = kinds

    def __contains__(self, text: str) -> bool:
        return is_mechanism_wording(text, self.kinds.get(unique_key(text)))


class TransferMechanismQuerySet(TrackedQuerySet[Any]):
    def called(self, text: str) -> TransferMechanism | None:
        """Return the mechanism with this code, label or other wording, None where there is none."""
        key = unique_key(text)
        return self.filter(Q(code=text) | Q(label_key=key) | Q(aliases__label_key=key)).distinct().first()

    def known_wordings(self) -> KnownWordings:
        """Return the wordings of classified mechanisms: those of the register, else those of the catalogue."""
        aliases = apps.get_model("registry", "MechanismAlias")._default_manager
        kinds = dict(aliases.values_list("label_key", "mechanism__kind")) | dict(self.values_list("label_key", "kind"))
        return KnownWordings(kinds)

    def with_use(self) -> Self:
        return self.annotate(transfer_count=count_of(apps.get_model("registry", "Transfer"), "mechanism"))


class TransferMechanism(Tracked):
    """A dated instrument of GDPR chapter V. One that is unclassified never covers anything."""

    #: A past state has the names of that time, but the law as it is known today.
    history_past_fields = ("code", "label", "label_key", "name_sv", "name_en")

    code = models.SlugField(_("code"), unique=True, max_length=60)
    label = CleanLineField(
        _("label"), validators=[validate_label], help_text=_("As documents word it: “Privacy Shield”.")
    )
    label_key = KeyField(source="label")
    name_sv = CleanLineField(_("name in Swedish"), blank=True, default="")
    name_en = CleanLineField(_("name in English"), blank=True, default="")
    kind = models.CharField(_("kind"), max_length=20, choices=MechanismKind, default=MechanismKind.UNCLASSIFIED)
    article = CleanLineField(_("article"), blank=True, default="")
    instrument = CleanLineField(
        _("instrument"), blank=True, default="", help_text=_("Number of the decision, such as 2016/1250.")
    )
    celex = CleanLineField(_("CELEX number"), blank=True, default="")
    names_a_group = models.BooleanField(
        _("ambiguous"),
        default=False,
        help_text=_("“SCC” stands for several instruments. It covers nothing until it is stated which one is meant."),
    )
    countries = CleanLineField(
        _("countries"), blank=True, default="", help_text=_("Codes separated by spaces. Empty: any country.")
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True, validators=[validate_recorded_day])
    last_day_new = models.DateField(
        _("last day to conclude it"),
        null=True,
        blank=True,
        help_text=_("After that day nobody can begin to use it."),
        validators=[validate_recorded_day],
    )
    valid_until = models.DateField(
        _("valid until"), null=True, blank=True, help_text=_("The last valid day."), validators=[validate_recorded_day]
    )
    ended_by = CleanLineField(_("ended by"), blank=True, default="", help_text=_("Judgment or decision."))
    ended_by_celex = CleanLineField(_("CELEX number of what ended it"), blank=True, default="")
    contested_by = CleanLineField(
        _("contested by"), blank=True, default="", help_text=_("A case that may end it. It covers until then.")
    )
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("replaced by"), null=True, blank=True, related_name="replaces"
    )
    recipient_must_qualify = models.BooleanField(
        _("recipient must qualify"),
        default=False,
        help_text=_("The recipient must be on a list, or inside a sector."),
    )
    self_certified = models.BooleanField(
        _("self-certified"),
        default=False,
        help_text=_("Holds only for organisations that joined it, so it counts only where a transfer relies on it."),
    )
    check_holds_months = models.PositiveSmallIntegerField(
        _("a check holds (months)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_CHECK)],
        help_text=_("How long a check that the recipient qualifies counts. Empty: without limit."),
    )
    needs_authorisation = models.BooleanField(
        _("needs authorisation"),
        default=False,
        db_column="needs_permission",
        help_text=_("A supervisory authority must have authorised it, or approved the rules (Art. 46(3), 47)."),
    )
    must_be_signed = models.BooleanField(
        _("must be signed"),
        default=False,
        db_default=False,
        help_text=_("Covers only where a day of signing is recorded. Standard contractual clauses always do."),
    )
    is_processing_agreement = models.BooleanField(
        _("is a data processing agreement"),
        default=False,
        db_default=False,
        help_text=_("Signed, it is the agreement of Art. 28 too: modules 2 and 3 of the clauses of 2021."),
    )
    needs_assessment_from = models.DateField(
        _("assessment needed from"),
        null=True,
        blank=True,
        help_text=_("From this day a transfer impact assessment is needed."),
        validators=[validate_recorded_day],
    )
    assessed_only_with_added_data = models.BooleanField(
        _("assessment only with added data"),
        default=False,
        db_default=False,
        help_text=_("An assessment is needed only where the processor adds personal data of its own."),
    )
    for_importers_outside_gdpr = models.BooleanField(
        _("for importers outside the GDPR"),
        default=False,
        db_default=False,
        help_text=_("Not made for a recipient that is itself subject to the GDPR (Art. 3(2))."),
    )
    unsettled_from = models.DateField(
        _("unsettled from"),
        null=True,
        blank=True,
        help_text=_("From this day it is not settled whether it still holds, and a person has to look."),
        validators=[validate_recorded_day],
    )
    recurring = models.BooleanField(
        _("recurring flows"),
        default=True,
        help_text=_("Can be the ground for recurring transfers. Derogations cannot."),
    )
    notes = CleanTextField(_("notes"), blank=True, default="")

    objects = TransferMechanismQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("transfer mechanism")
        verbose_name_plural = _("transfer mechanisms")
        ordering = ("label_key",)
        base_manager_name = "objects"
        constraints = (
            models.UniqueConstraint(
                fields=("label_key",),
                name="mechanism_label_once",
                violation_error_message=_("A mechanism with this label exists already."),
            ),
            models.CheckConstraint(
                condition=~Q(label=""), name="mechanism_has_a_label", violation_error_message=_("A label is needed.")
            ),
            models.CheckConstraint(condition=is_label("label"), name="mechanism_label_is_one"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_from=None) | Q(valid_until__gte=F("valid_from")),
                name="mechanism_ends_after_it_starts",
                violation_error_message=_("A mechanism cannot end before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(last_day_new=None) | Q(valid_from=None) | Q(last_day_new__gte=F("valid_from")),
                name="mechanism_is_concluded_after_it_starts",
                violation_error_message=_("The last day to conclude a mechanism cannot be before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(last_day_new=None) | Q(valid_until=None) | Q(last_day_new__lte=F("valid_until")),
                name="mechanism_is_concluded_before_it_ends",
                violation_error_message=_("A mechanism cannot be concluded after it has ended."),
            ),
            models.CheckConstraint(
                condition=Q(replaced_by=None) | ~Q(replaced_by=F("id")),
                name="mechanism_does_not_replace_itself",
                violation_error_message=_("A mechanism cannot replace itself."),
            ),
            models.CheckConstraint(
                condition=days_are_possible("valid_from", "last_day_new", "valid_until", "needs_assessment_from"),
                name="mechanism_days_are_possible",
            ),
            models.CheckConstraint(
                condition=days_are_possible("unsettled_from"), name="mechanism_unsettled_day_is_possible"
            ),
            models.CheckConstraint(
                condition=Q(check_holds_months=None) | Q(check_holds_months__range=(1, LONGEST_CHECK)),
                name="mechanism_check_holds_a_possible_time",
                violation_error_message=_("A check holds for at least one month, and at most ten years."),
            ),
        )

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        if MechanismAlias.objects.filter(label_key=unique_key(self.label)).exclude(mechanism=self.pk).exists():
            raise ValidationError({"label": _("This wording stands for another mechanism.")})


class MechanismAlias(Tracked):
    """Another wording of a mechanism, by which an import recognises it."""

    belongs_to = ("mechanism",)

    mechanism = models.ForeignKey(
        TransferMechanism, models.CASCADE, verbose_name=_("transfer mechanism"), related_name="aliases"
    )
    label = CleanLineField(
        _("wording"),
        validators=[validate_label],
        help_text=_("As documents word it: “SCC”, “Standardavtalsklausuler”."),
    )
    label_key = KeyField(source="label")

    class Meta:
        verbose_name = _("wording of a mechanism")
        verbose_name_plural = _("wordings of mechanisms")
        ordering = ("label_key",)
        base_manager_name = "objects"
        constraints = (
            models.UniqueConstraint(
                fields=("label_key",),
                name="mechanism_alias_once",
                violation_error_message=_("This wording stands for a mechanism already."),
            ),
            models.CheckConstraint(
                condition=~Q(label=""),
                name="mechanism_alias_has_a_label",
                violation_error_message=_("A label is needed."),
            ),
            models.CheckConstraint(condition=is_label("label"), name="mechanism_alias_is_a_label"),
        )

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        other = TransferMechanism.objects.filter(label_key=unique_key(self.label)).exclude(pk=self.mechanism_id).first()
        if other is not None:
            raise ValidationError({"label": _("This is the label of another mechanism.")})
