"""What a form was answered, so that a second click does it once and gets the answer of the first."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

LIFETIME = timedelta(hours=1)
#: Every so many, those that are too old are removed.
CLEANED_EVERY = 50
#: The secret of a form: each page that is rendered has one of its own.
SECRET = "csrfmiddlewaretoken"  # noqa: S105 - the name of the field


class Submission(models.Model):
    """A form that was sent, did something, and led to another page."""

    history_untracked_because = "remembers for an hour what a form was answered"

    key = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    address = models.TextField()
    #: Level and text of what the next page says.
    said = models.JSONField(default=list)

    class Meta:
        verbose_name = "answered form"
        verbose_name_plural = "answered forms"
        default_permissions = ()

    def __str__(self) -> str:
        return self.key

    @classmethod
    def from_request(cls, request: Any) -> Self | None:
        """What this request sends; None where no form of a page does, or one with a file: that is not small."""
        secret = request.POST.get(SECRET)
        if not secret or request.FILES:
            return None
        sent = json.dumps([request.user.pk, request.get_full_path(), sorted(request.POST.lists())])
        return cls(key=hashlib.sha256(sent.encode()).hexdigest(), user_id=request.user.pk)

    def earlier(self) -> Self | None:
        """The same form as it was answered before."""
        recent = timezone.now() - LIFETIME
        return type(self).objects.filter(key=self.key, created_at__gt=recent).first()

    def keep(self, address: str, said: list[tuple[int, str]]) -> None:
        """In the transaction of what the form did."""
        type(self).objects.filter(key=self.key).delete()
        self.address, self.said = address, said
        self.save()
        if self.pk % CLEANED_EVERY == 0:
            type(self).objects.filter(created_at__lte=timezone.now() - LIFETIME).delete()
