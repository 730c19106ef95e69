"""How lists of others were matched with the register: answers that are kept for the next file of the same shape."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registry.core.order import in_order_of_names
from registry.models.users import User

LONGEST_NAME = 80


class MatchingQuerySet(models.QuerySet["Matching"]):
    def in_order(self) -> MatchingQuerySet:
        return self.select_related("changed_by").order_by(in_order_of_names("name"), "pk")

    def for_shape(self, shape: str) -> Matching | None:
        """Return the newest matching of files of a shape."""
        return self.filter(shape=shape).order_by("-changed_at", "-pk").first()

    def remember(self, name: str, shape: str, answers: Mapping[str, str], user: User) -> Matching:
        """Keep answers under a name, in place of earlier ones with the same name."""
        values = {"shape": shape, "answers": dict(answers), "changed_by": user, "changed_at": timezone.now()}
        return self.update_or_create(name=name.strip()[:LONGEST_NAME], defaults=values)[0]


class Matching(models.Model):
    """The answers to the questions about a list of a certain shape, which all who may import share."""

    history_untracked_because = "says how a list is read; each import keeps the answers that it was made with"

    name = models.CharField(_("name"), max_length=LONGEST_NAME, unique=True)
    #: A digest of the headings: ``registry.files.matching``.
    shape = models.CharField(max_length=64, db_index=True, editable=False)
    #: By the key of the question.
    answers = models.JSONField(default=dict, editable=False)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)

    objects = MatchingQuerySet.as_manager()

    class Meta:
        verbose_name = _("matching")
        verbose_name_plural = _("matchings")
        default_permissions = ()
        constraints = (models.CheckConstraint(condition=~Q(name=""), name="matching_has_a_name"),)

    def __str__(self) -> str:
        return self.name
