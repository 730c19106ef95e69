"""Uploaded files between preview and confirmation."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import batched
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registry.core.people import Person
from registry.models.users import User

LIFETIME = timedelta(hours=2)
#: Uploads of one person that are kept at a time.
MOST_WAITING = 5


def new_token() -> str:
    return secrets.token_urlsafe(32)


class UploadAim(models.TextChoices):
    IMPORT = "import"
    COMPARE = "compare"
    DRAFTS = "drafts"


class UploadQuerySet(models.QuerySet["Upload"]):
    def waiting_for(self, user: Person) -> Self:
        """Return the uploads that a person may still confirm."""
        return self.filter(user=user.pk, created_at__gt=timezone.now() - LIFETIME).defer("content")

    def expired(self) -> Self:
        return self.filter(created_at__lte=timezone.now() - LIFETIME)


class Upload(models.Model):
    """A person's uploaded file between preview and confirmation, valid for a while and for one import.

    It is stored in the database, so that any server process can continue with it.
    """

    history_untracked_because = "waits for two hours to be confirmed"

    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    file_name = models.CharField(max_length=255)
    format_code = models.CharField(max_length=20)
    #: The sheet of a workbook, where the person chose one.
    sheet = models.TextField(blank=True, default="", db_default="")
    #: What was chosen where the file and somebody else changed the same cell, by the key of the conflict.
    choices = models.JSONField(default=dict, db_default={})
    #: What is to be done with the file.
    aim = models.CharField(max_length=10, choices=UploadAim, default=UploadAim.IMPORT, db_default=UploadAim.IMPORT)
    #: The names of the vendors that become drafts.
    drafts = models.JSONField(default=list, db_default=[])
    #: What was answered where the file is somebody else's list, by the key of the question.
    answers = models.JSONField(default=dict, db_default={})
    #: The name under which the answers are kept once the list was imported or compared; empty: not.
    matching_name = models.CharField(max_length=80, blank=True, default="", db_default="")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    #: The state of the register and the language of the stored preview, and the preview without its pages.
    previewed = models.CharField(max_length=100, blank=True, default="", db_default="")
    preview = models.JSONField(null=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        default_permissions = ()

    def __str__(self) -> str:
        return self.file_name

    @classmethod
    def keep(cls, user: User, file_name: str, format_code: str, content: bytes, aim: str = UploadAim.IMPORT) -> Upload:
        """Store an upload. The oldest of the person are deleted beyond ``MOST_WAITING``."""
        cls.objects.expired().delete()
        digest = hashlib.sha256(content).hexdigest()
        upload = cls.objects.create(
            user=user, file_name=file_name[:255], format_code=format_code, content=content, sha256=digest, aim=aim
        )
        mine = cls.objects.filter(user=user).order_by("-pk").values_list("pk", flat=True)
        cls.objects.filter(pk__in=list(mine[MOST_WAITING:])).delete()
        return upload

    def keep_preview(self, state: str, preview: dict[str, object], pages: Iterable[PreviewPage]) -> None:
        """Store a preview in place of an earlier one."""
        self.preview, self.previewed = preview, state
        with transaction.atomic():
            self.save(update_fields=["preview", "previewed"])
            self.pages.all().delete()
            for batch in batched(pages, 50):
                PreviewPage.objects.bulk_create(batch)

    def choose(self, sheet: str) -> None:
        """Choose the sheet of the workbook to import, which outdates the preview."""
        self.sheet, self.previewed = sheet, ""
        self.save(update_fields=["sheet", "previewed"])

    def choose_for_conflicts(self, choices: Mapping[str, str]) -> None:
        """Add choices for conflicts, which outdates the preview."""
        self.choices, self.previewed = {**self.choices, **choices}, ""
        self.save(update_fields=["choices", "previewed"])

    def answer(self, answers: Mapping[str, str], matching_name: str = "") -> None:
        """Add answers to questions about the list, which outdates the preview."""
        self.answers, self.previewed = {**self.answers, **answers}, ""
        self.matching_name = matching_name or self.matching_name
        self.save(update_fields=["answers", "matching_name", "previewed"])


class PreviewPage(models.Model):
    """A page of the preview of an import."""

    history_untracked_because = "says what an upload would do, and goes with it"

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="pages")
    part = models.CharField(max_length=10)
    number = models.PositiveIntegerField()
    content = models.JSONField()

    class Meta:
        verbose_name = _("page of a preview")
        verbose_name_plural = _("pages of previews")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("upload", "part", "number"), name="preview_page_once"),)

    def __str__(self) -> str:
        return f"{self.upload}: {self.part} {self.number}"
