"""Agreements with vendors."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from registry.core.fields import (
    CleanLineField,
    CleanTextField,
    days_are_possible,
    validate_link,
    validate_recorded_day,
)
from registry.history.querysets import TrackedQuerySet
from registry.history.tracked import Tracked
from registry.models.vendors import Vendor


class AgreementKind(models.TextChoices):
    PROCESSING = "processing", _("data processing agreement")
    STANDARD_CLAUSES = "standard_clauses", _("standard contractual clauses")
    ARRANGEMENT = "arrangement", _("arrangement between joint controllers")
    OTHER = "other", _("other")


class AgreementQuerySet(TrackedQuerySet[Any]):
    def in_force(self, on: date) -> Self:
        """Return the agreements that are signed and not ended on a day. An unknown day of signing does not count."""
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=on), signed_on__lte=on)

    def ending(self, first: date, last: date) -> Self:
        return self.filter(valid_until__range=(first, last))


class Agreement(Tracked):
    belongs_to = named_by = ("vendor",)

    vendor = models.ForeignKey(Vendor, models.CASCADE, verbose_name=_("vendor"), related_name="agreements")
    kind = models.CharField(_("kind"), max_length=20, choices=AgreementKind)
    reference = CleanLineField(_("reference"), blank=True, default="")
    signed_on = models.DateField(_("signed on"), null=True, blank=True, validators=[validate_recorded_day])
    valid_until = models.DateField(
        _("valid until"), null=True, blank=True, help_text=_("The last valid day."), validators=[validate_recorded_day]
    )
    url = models.URLField(_("link"), blank=True, default="", max_length=500, validators=[validate_link])
    notes = CleanTextField(_("notes"), blank=True, default="")

    objects = AgreementQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ("vendor__name_key", "signed_on", "id")
        base_manager_name = "objects"
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(signed_on=None) | Q(valid_until__gte=F("signed_on")),
                name="agreement_ends_after_it_is_signed",
                violation_error_message=_("An agreement cannot end before it is signed."),
            ),
            models.CheckConstraint(
                condition=days_are_possible("signed_on", "valid_until"), name="agreement_days_are_possible"
            ),
        )
        indexes = (models.Index(fields=("valid_until",), name="agreement_by_last_day"),)

    def __str__(self) -> str:
        named = f"{self.get_kind_display()} {self.reference}".strip()
        return f"{self.vendor.name}: {named}"
