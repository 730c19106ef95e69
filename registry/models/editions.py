"""Editions: the register as it was published on a day, frozen, approved, and kept for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from registry.core.fields import CleanLineField, CleanTextField, days_are_possible, validate_recorded_day
from registry.history.querysets import TrackedQuerySet
from registry.history.tracked import Tracked
from registry.models.document_texts import DocumentText

#: The fields that hold a day.
DAYS = ("day", "prepared_on", "approved_on", "published_on", "holds_from", "withdrawn_on")


class EditionState(models.TextChoices):
    PREPARED = "prepared", _("prepared")
    APPROVED = "approved", _("approved")
    PUBLISHED = "published", _("published")
    SUPERSEDED = "superseded", _("superseded")
    WITHDRAWN = "withdrawn", _("withdrawn")


class EditionQuerySet(TrackedQuerySet["Edition"]):
    def published(self) -> Self:
        """Return the editions that were published and not withdrawn, the one that holds from the last day first."""
        return self.filter(published_on__isnull=False, withdrawn_on=None).order_by("-holds_from", "-number")

    def pending(self) -> Self:
        """Return the editions that are prepared or approved, and not published."""
        return self.filter(published_on=None)

    def begun(self, by: date) -> Self:
        """Return the published editions that hold by a day, or held: of each series the first one holds on it."""
        return self.published().filter(holds_from__lte=by)

    def in_force(self, series: DocumentText | int, on: date | None = None) -> Edition | None:
        """Return the published edition of a series that holds on a day (today), None where none does."""
        return self.begun(on or timezone.localdate()).filter(series=series).first()


class Edition(Tracked):
    """An edition of a series. What it says is in its files, which are stored by their digests: ``EditionFile``."""

    named_by = ("series",)
    history_files = (("files", "registry.EditionFile"),)

    series = models.ForeignKey(DocumentText, models.PROTECT, verbose_name=_("series"), related_name="editions")
    number = models.PositiveIntegerField(_("number"))
    day = models.DateField(_("dated"), validators=[validate_recorded_day])
    #: The digest of the content: SHA-256 of the JSON file, which is what is approved.
    content_sha256 = models.CharField(_("digest of the content"), max_length=64)
    #: The head of the history before it was prepared, and the change set as at which the register says what it says:
    #: the one that prepared it, or the import of what was published elsewhere.
    head = models.CharField(_("head of the history"), max_length=64, blank=True, default="")
    shows = models.BigIntegerField(_("change set shown"), default=0)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    #: The digests of the files by the name of the form.
    files = models.JSONField(_("files"), default=dict, blank=True)
    #: High findings that were open when it was prepared: ``code:model:key`` and words.
    findings = models.JSONField(_("high findings"), default=dict, blank=True)
    #: Which of these are named, and why the edition is published all the same.
    named_findings = models.JSONField(_("named findings"), default=list, blank=True)
    findings_named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("findings named by"),
        null=True,
        blank=True,
        related_name="+",
    )
    named_because = CleanTextField(_("why it is published all the same"), blank=True, default="")
    #: Whether it was published elsewhere, and is only recorded here.
    elsewhere = models.BooleanField(_("published elsewhere"), default=False)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("prepared by"), null=True, blank=True, related_name="+"
    )
    prepared_on = models.DateField(_("prepared on"), null=True, blank=True, validators=[validate_recorded_day])
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("approved by"), null=True, blank=True, related_name="+"
    )
    approved_on = models.DateField(_("approved on"), null=True, blank=True, validators=[validate_recorded_day])
    #: The digest that was approved. It is no approval of any other content.
    approved_sha256 = models.CharField(_("approved digest"), max_length=64, blank=True, default="")
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("published by"),
        null=True,
        blank=True,
        related_name="+",
    )
    published_on = models.DateField(_("published on"), null=True, blank=True, validators=[validate_recorded_day])
    #: From its day, or from its publication where that was later.
    holds_from = models.DateField(_("holds from"), null=True, blank=True, validators=[validate_recorded_day])
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("withdrawn by"),
        null=True,
        blank=True,
        related_name="+",
    )
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True, validators=[validate_recorded_day])
    withdrawn_because = CleanLineField(_("why it was withdrawn"), blank=True, default="")

    objects = EditionQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        base_manager_name = "objects"
        ordering = ("series", "-number")
        default_permissions = ("view", "add", "change", "delete")
        permissions = (
            ("prepare_edition", _("Can prepare editions")),
            ("approve_edition", _("Can approve editions")),
            ("publish_edition", _("Can publish and withdraw editions")),
            ("open_series", _("Can let series be read without signing in, and one person prepare and approve")),
        )
        constraints = (
            models.UniqueConstraint(fields=("series", "number"), name="edition_once_in_a_series"),
            models.CheckConstraint(
                condition=days_are_possible(*DAYS),
                name="edition_days_are_possible",
            ),
            models.CheckConstraint(
                condition=Q(published_on=None) | Q(elsewhere=True) | Q(approved_sha256=F("content_sha256")),
                name="published_edition_is_approved",
                violation_error_message=_("Only what was approved is published."),
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on=None) | Q(published_on__isnull=False),
                name="withdrawn_edition_was_published",
                violation_error_message=_("Only a published edition is withdrawn."),
            ),
        )

    @classmethod
    def undo_hindrance(cls, now: Mapping[str, object], then: Mapping[str, object] | None) -> str:
        """Only what was prepared and not published is undone: what readers have seen is withdrawn."""
        if now["published_on"] is not None or (then is not None and then["published_on"] is not None):
            return gettext("A published edition is withdrawn, never undone.")
        if then is not None:
            return gettext("An edition does not go back to an earlier step. Prepare it again.")
        return ""

    def __str__(self) -> str:
        return f"{self.series} {self.number} ({self.day:%Y-%m-%d})"

    @property
    def is_approved(self) -> bool:
        return bool(self.approved_sha256) and self.approved_sha256 == self.content_sha256

    @property
    def is_published(self) -> bool:
        return self.published_on is not None and self.withdrawn_on is None

    def state_on(self, on: date, holding: Edition | None) -> EditionState:
        """Return the state on a day, on which ``holding`` is the edition of the series that holds."""
        if self.withdrawn_on is not None:
            return EditionState.WITHDRAWN
        if self.published_on is None:
            return EditionState.APPROVED if self.is_approved else EditionState.PREPARED
        later = holding is not None and (holding.holds_from, holding.number) > (self.holds_from, self.number)
        return EditionState.SUPERSEDED if later else EditionState.PUBLISHED


class EditionFile(models.Model):
    """A file of an edition by its digest, which the history of the edition holds. Kept for ever."""

    history_untracked_because = "is named by its digest in the history of its edition"
    history_append_only = True

    sha256 = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()

    class Meta:
        verbose_name = _("file of an edition")
        verbose_name_plural = _("files of editions")
        default_permissions = ()

    def __str__(self) -> str:
        return self.sha256

    @classmethod
    def keep(cls, content: bytes) -> str:
        """Store a file unless it is there, and return its digest."""
        digest = hashlib.sha256(content).hexdigest()
        cls.objects.get_or_create(sha256=digest, defaults={"content": content})
        return digest
