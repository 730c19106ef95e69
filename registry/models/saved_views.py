"""Saved views of the register."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.core.order import in_order_of_names
from registry.core.people import Person


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def for_person(self, user: Person, list_name: str) -> Self:
        """Return a person's own views of a list and those that others share."""
        views = self.filter(Q(owner=user) | Q(shared=True), list_name=list_name).select_related("owner")
        return views.order_by(in_order_of_names("name"), "pk")


class SavedView(models.Model):
    """A saved view: the query string of an address of a list. Not part of the register, so without history."""

    history_untracked_because = "is how somebody looks at the register, and changes nothing in it"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=80)
    #: The list that it is a view of: ``registry.web.lists``.
    list_name = models.CharField(max_length=20, default="register", db_default="register", editable=False)
    query = models.TextField(blank=True, default="")
    shared = models.BooleanField(_("shared"), default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("owner", "name"), name="saved_view_once_for_a_person"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_has_a_name"),
        )

    def __str__(self) -> str:
        return self.name
