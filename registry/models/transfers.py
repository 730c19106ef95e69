"""Transfers: that an activity relies on a mechanism for a country."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from registry.core.fields import (
    CleanLineField,
    days_are_possible,
    validate_link,
    validate_recorded_day,
)
from registry.history.tracked import Tracked
from registry.models.activities import ProcessingActivity
from registry.models.countries import CountryField
from registry.models.labels import is_label, validate_label
from registry.models.mechanisms import TransferMechanism


class YesNoUnknown(models.TextChoices):
    """A fact of a transfer."""

    UNKNOWN = "unknown", _("unknown")
    YES = "yes", _("yes")
    NO = "no", _("no")


class Transfer(Tracked):
    """The reliance of an activity on a mechanism for a country, with the evidence.

    Without a mechanism: that the data is transferred there, or can be reached from there, and nothing is agreed. Where
    the country has an adequacy decision for some recipients, such a transfer records whether this one is among them.
    """

    belongs_to = ("activity",)
    named_by = ("activity", "mechanism")

    activity = models.ForeignKey(
        ProcessingActivity, models.CASCADE, verbose_name=_("processing activity"), related_name="transfers"
    )
    mechanism = models.ForeignKey(
        TransferMechanism,
        models.PROTECT,
        verbose_name=_("transfer mechanism"),
        null=True,
        blank=True,
        related_name="transfers",
        help_text=_("Empty: the data can be reached from the country, and no mechanism is agreed."),
    )
    wording = CleanLineField(
        _("wording"),
        blank=True,
        default="",
        validators=[validate_label],
        help_text=_("As the document words it. Empty: the label of the mechanism."),
    )
    country = CountryField(
        verbose_name=_("country"),
        blank=True,
        default="",
        help_text=_("Where support or storage is elsewhere. Empty: the country of the activity."),
    )
    recipient_qualifies = models.CharField(
        _("recipient qualifies"),
        max_length=10,
        choices=YesNoUnknown,
        default=YesNoUnknown.UNKNOWN,
        help_text=_("Is the recipient on the list, or inside the sector, that the mechanism asks for?"),
    )
    checked_on = models.DateField(_("checked on"), null=True, blank=True, validators=[validate_recorded_day])
    signed_on = models.DateField(_("signed on"), null=True, blank=True, validators=[validate_recorded_day])
    assessed_on = models.DateField(
        _("assessed on"),
        null=True,
        blank=True,
        help_text=_("Day of the transfer impact assessment."),
        validators=[validate_recorded_day],
    )
    authorised_on = models.DateField(
        _("authorised on"),
        null=True,
        blank=True,
        db_column="permitted_on",
        help_text=_("Day of the supervisory authority's authorisation, or of its approval of binding corporate rules."),
        validators=[validate_recorded_day],
    )
    processor_adds_data = models.CharField(
        _("processor adds data"),
        max_length=10,
        choices=YesNoUnknown,
        default=YesNoUnknown.UNKNOWN,
        db_default=YesNoUnknown.UNKNOWN,
        help_text=_(
            "Module four of the clauses of 2021: does the processor combine the data with personal data of its own?"
        ),
    )
    importer_under_gdpr = models.CharField(
        _("importer under the GDPR"),
        max_length=10,
        choices=YesNoUnknown,
        default=YesNoUnknown.UNKNOWN,
        db_default=YesNoUnknown.UNKNOWN,
        help_text=_("Is the recipient itself subject to the GDPR for this processing (Art. 3(2))?"),
    )
    evidence_url = models.URLField(_("evidence"), blank=True, default="", max_length=500, validators=[validate_link])
    position = models.PositiveSmallIntegerField(
        _("order"), default=0, help_text=_("Order within the cell of the document.")
    )

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        ordering = ("activity", "position", "id")
        base_manager_name = "objects"
        constraints = (
            models.UniqueConstraint(
                fields=("activity", "mechanism", "country"),
                name="transfer_once",
                violation_error_message=_("This activity already relies on this mechanism for this country."),
            ),
            models.UniqueConstraint(
                fields=("activity", "country"),
                condition=models.Q(mechanism=None),
                name="transfer_without_mechanism_once",
                violation_error_message=_("A transfer to this country without a mechanism is recorded already."),
            ),
            models.CheckConstraint(
                condition=~models.Q(mechanism=None) | models.Q(wording=""),
                name="transfer_without_mechanism_has_no_wording",
                violation_error_message=_("A transfer without a mechanism has no wording."),
            ),
            models.CheckConstraint(condition=is_label("wording"), name="transfer_wording_is_one"),
            models.CheckConstraint(
                condition=days_are_possible("checked_on", "signed_on", "assessed_on", "authorised_on"),
                name="transfer_days_are_possible",
            ),
        )

    def __str__(self) -> str:
        label = self.label or pgettext("transfer", "no mechanism")
        return f"{self.activity}: {label}"

    @property
    def mechanism_code(self) -> str:
        """Return the code of the mechanism; empty without one."""
        return self.mechanism.code if self.mechanism else ""

    @property
    def label(self) -> str:
        """Return the wording in the document, else the label of the mechanism; empty without a mechanism."""
        return self.wording or (self.mechanism.label if self.mechanism else "")
