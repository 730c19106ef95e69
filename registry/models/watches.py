"""What people watch: entries and saved views, of whose changes they are mailed once a day."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registry.core.people import Person
from registry.models.activities import ProcessingActivity
from registry.models.saved_views import SavedView
from registry.models.vendors import Vendor


class WatchQuerySet(models.QuerySet["Watch"]):
    def of(self, user: Person) -> Self:
        """Return the watches of a person with what they are about, in one query. It may have been deleted."""
        return self.filter(user=user.pk).select_related("view__owner").order_by("pk")


class Watch(models.Model):
    """A person watches a vendor, an activity or a saved view. Not part of the register, so without history."""

    history_untracked_because = "is what somebody wants to be told about, and changes nothing in the register"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="watches")
    #: The watch of an entry outlives it, so that its deletion is told: see ``registry.web.watching``.
    vendor = models.ForeignKey(Vendor, models.DO_NOTHING, null=True, related_name="+", db_constraint=False)
    activity = models.ForeignKey(
        ProcessingActivity, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    view = models.ForeignKey(SavedView, models.CASCADE, null=True, related_name="watches")
    created_at = models.DateTimeField(default=timezone.now)
    #: The newest change set that the person has been told about, or that there was when they began to watch.
    told_until = models.BigIntegerField(default=0)
    #: Of a view: its query, and a digest of the cells of each row by key, as the person was last told.
    told_rows = models.JSONField(default=dict)

    objects = WatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("watch")
        verbose_name_plural = _("watches")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("user", "vendor"), name="vendor_watched_once_by_a_person"),
            models.UniqueConstraint(fields=("user", "activity"), name="activity_watched_once_by_a_person"),
            models.UniqueConstraint(fields=("user", "view"), name="view_watched_once_by_a_person"),
            models.CheckConstraint(
                condition=Q(vendor__isnull=False, activity=None, view=None)
                | Q(vendor=None, activity__isnull=False, view=None)
                | Q(vendor=None, activity=None, view__isnull=False),
                name="watch_is_of_one_thing",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id}: {self.vendor_id or self.activity_id or self.view_id}"
