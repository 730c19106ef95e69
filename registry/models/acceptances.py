"""Accepted findings."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.core.fields import CleanTextField, days_are_possible, validate_recorded_day
from registry.history.tracked import Tracked
from registry.models.activities import ProcessingActivity
from registry.models.vendors import Vendor


class Acceptance(Tracked):
    """The acceptance of a finding about one entry by a person, for a reason, until a day. The finding stays visible."""

    belongs_to = ("vendor", "activity")

    rule = models.SlugField(_("rule"), max_length=60)
    vendor = models.ForeignKey(
        Vendor, models.CASCADE, verbose_name=_("vendor"), null=True, blank=True, related_name="acceptances"
    )
    activity = models.ForeignKey(
        ProcessingActivity,
        models.CASCADE,
        verbose_name=_("processing activity"),
        null=True,
        blank=True,
        related_name="acceptances",
    )
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("accepted by"), related_name="acceptances"
    )
    why = CleanTextField(_("why"), help_text=_("Why it may stay as it is until then."))
    until = models.DateField(
        _("until"), help_text=_("The last day. After it the finding is open again."), validators=[validate_recorded_day]
    )

    class Meta:
        verbose_name = _("accepted finding")
        verbose_name_plural = _("accepted findings")
        ordering = ("until", "id")
        base_manager_name = "objects"
        constraints = (
            models.UniqueConstraint(
                fields=("rule", "vendor"),
                name="accepted_once_for_a_vendor",
                violation_error_message=_("This finding is accepted already: change that acceptance."),
            ),
            models.UniqueConstraint(
                fields=("rule", "activity"),
                name="accepted_once_for_an_activity",
                violation_error_message=_("This finding is accepted already: change that acceptance."),
            ),
            models.CheckConstraint(
                condition=Q(vendor=None, activity__isnull=False) | Q(vendor__isnull=False, activity=None),
                name="acceptance_is_of_one_entry",
                violation_error_message=_("A finding is about a vendor or about an activity."),
            ),
            models.CheckConstraint(
                condition=~Q(why=""),
                name="acceptance_has_a_reason",
                violation_error_message=_("Say why the finding is accepted."),
            ),
            models.CheckConstraint(condition=days_are_possible("until"), name="acceptance_day_is_possible"),
        )

    def __str__(self) -> str:
        """Return the name without that of the entry, which is deleted first."""
        return f"{self.rule} – {self.until}"
