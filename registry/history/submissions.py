"""Submitted forms, so that a second click repeats the response of the first instead of the change."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.http import HttpRequest
from django.utils import timezone

#: Level and text of a message, and whether it is HTML.
type Said = tuple[int, str, bool]

LIFETIME = timedelta(hours=1)
#: Submissions between two removals of expired ones.
CLEAN_EVERY = 50
#: The field with the token of a form, which is different on each rendered page.
TOKEN_FIELD = "csrfmiddlewaretoken"  # noqa: S105 - the name of the field


class Submission(models.Model):
    """A form that was submitted, changed something, and redirected to another page."""

    history_untracked_because = "remembers for an hour what a form was answered"

    key = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    address = models.TextField()
    #: The messages on the next page.
    said = models.JSONField(default=list)

    class Meta:
        verbose_name = "answered form"
        verbose_name_plural = "answered forms"
        default_permissions = ()

    def __str__(self) -> str:
        return self.key

    @classmethod
    def from_request(cls, request: HttpRequest) -> Self | None:
        """Return the unsaved submission of a request, None without a form's token or with an uploaded file."""
        token = request.POST.get(TOKEN_FIELD)
        if not token or request.FILES:
            return None
        content = json.dumps([request.user.pk, request.get_full_path(), sorted(request.POST.lists())])
        return cls(key=hashlib.sha256(content.encode()).hexdigest(), user_id=request.user.pk)

    def earlier(self) -> Self | None:
        """Return the recent submission of the same form, if there is one."""
        recent = timezone.now() - LIFETIME
        return type(self).objects.filter(key=self.key, created_at__gt=recent).first()

    def keep(self, address: str, messages: list[Said]) -> None:
        """Save the response, in the transaction of the change."""
        type(self).objects.filter(key=self.key).delete()
        self.address, self.said = address, messages
        self.save()
        if self.pk % CLEAN_EVERY == 0:
            type(self).objects.filter(created_at__lte=timezone.now() - LIFETIME).delete()
