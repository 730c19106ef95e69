"""The series of editions: the texts around a published list, which rows and columns it has, and who may read it.

The first one is the document that imports bring and exports write.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, count
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Max, Q
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from registry.core.fields import (
    CleanLineField,
    CleanTextField,
    KeyField,
    days_are_possible,
    validate_link,
    validate_recorded_day,
)
from registry.document import MESSAGES, frame_problem
from registry.history.change_sets import current
from registry.history.tracked import Tracked

#: Names in addresses that are pages of their own.
RESERVED = ("check",)
#: The columns of a list that names none: those of the document.
DOCUMENT_COLUMN_KEYS = ("vendor", "purpose", "personal_data", "country", "legal_ground")


class DocumentText(Tracked):
    """A series of editions: a list that is published again and again. The document is the first series.

    Its keys are given here and not by the database, for that of the document is known in advance.
    """

    THE_ONE = 1

    name = CleanLineField(
        _("name"),
        blank=True,
        default="",
        db_default="",
        help_text=_("How the series is called here and in its address, such as “For customers”."),
    )
    name_key = KeyField(source="name", db_default="")
    #: The name in addresses and names of files: ASCII. Given with the first save where nobody chose one.
    slug = models.SlugField(
        _("name in addresses"),
        max_length=80,
        blank=True,
        default="",
        db_default="",
        help_text=_("Small letters, digits and hyphens. It stays as it is once an edition is published."),
    )
    language = models.CharField(_("language"), max_length=2, choices=settings.LANGUAGES, default="sv", db_default="sv")
    title = CleanLineField(_("title"), blank=True, default="")
    dated = models.DateField(
        _("dated"),
        null=True,
        blank=True,
        help_text=_("The day after the title: that of the edition that was prepared last."),
        validators=[validate_recorded_day],
    )
    heading = CleanLineField(_("heading"), blank=True, default="")
    introduction = CleanTextField(_("introduction"), blank=True, default="")
    closing = CleanTextField(_("closing sentence"), blank=True, default="")
    #: The filters of the register as in the address of the list; empty: all activities in the register.
    rows = models.TextField(_("rows"), blank=True, default="", db_default="")
    #: The keys of the columns, with blanks between; empty: those of the document.
    columns = models.TextField(_("columns"), blank=True, default="", db_default="")
    address = models.URLField(
        _("address"),
        blank=True,
        default="",
        db_default="",
        validators=[validate_link],
        help_text=_("Where the editions are published if it is another web server. It is printed on each."),
    )
    is_public = models.BooleanField(
        _("readable without signing in"),
        default=False,
        db_default=False,
        help_text=_("Published editions are then served at addresses of this server that need no sign-in."),
    )
    by_one_person = models.BooleanField(
        _("one person may prepare and approve"),
        default=False,
        db_default=False,
        help_text=_(
            "For a team of one. Each edition that the same person prepared and approved says so in its record."
        ),
    )

    class Meta:
        verbose_name = _("series of editions")
        verbose_name_plural = _("series of editions")
        base_manager_name = "objects"
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=days_are_possible("dated"), name="document_day_is_possible"),
            models.UniqueConstraint(
                fields=("name_key",),
                condition=~Q(name_key=""),
                name="series_once_by_name",
                violation_error_message=_("There is a series of this name."),
            ),
            models.UniqueConstraint(
                fields=("slug",),
                condition=~Q(slug=""),
                name="series_once_by_address",
                violation_error_message=_("Another series has this name in addresses."),
            ),
            models.CheckConstraint(
                condition=~Q(slug__in=RESERVED),
                name="series_address_is_free",
                violation_error_message=_("This name in addresses is taken by a page. Choose another one."),
            ),
        )

    def clean(self) -> None:
        """Refuse texts that could not be read back from the document."""
        code = frame_problem(
            title=self.title,
            dated=self.dated,
            heading=self.heading,
            introduction=self.introduction,
            closing=self.closing,
        )
        if code:
            raise ValidationError(gettext(MESSAGES[code]), code=code)

    def save(self, **kwargs: object) -> None:
        if self._state.adding and not self.pk:
            self.pk = self.next_key()
        self.slug = self.slug or self.free_slug()
        self.clean_fields()
        self.clean()
        super().save(**kwargs)

    def __str__(self) -> str:
        return self.name or self.title or str(self._meta.verbose_name)

    @classmethod
    def load(cls) -> DocumentText:
        """Return the document, or an empty one that is not saved yet."""
        return cls.objects.filter(pk=cls.THE_ONE).first() or cls(pk=cls.THE_ONE)

    @classmethod
    def next_key(cls) -> int:
        """Return a key that no series had, and that is not the document's."""
        current().begin()
        return max(cls.THE_ONE, cls.history.aggregate(newest=Max("id"))["newest"] or 0) + 1

    def free_slug(self) -> str:
        """Return a name in addresses that no other series has, after the name of the series or its title."""
        wanted = slugify(self.name or self.title)[:70].strip("-") or f"series-{self.pk}"
        taken = {*RESERVED, *type(self).objects.exclude(pk=self.pk).values_list("slug", flat=True)}
        return next(slug for slug in chain([wanted], (f"{wanted}-{n}" for n in count(2))) if slug not in taken)

    @classmethod
    def undo_hindrance(cls, now: Mapping[str, Any], then: Mapping[str, Any] | None) -> str:
        """What readers know the address of stays there."""
        moves = then is not None and then["slug"] != now["slug"]
        if moves and cls.objects.filter(pk=now["id"], editions__published_on__isnull=False).exists():
            return gettext("Editions of the series are published at its present address.")
        return ""

    @property
    def column_keys(self) -> tuple[str, ...]:
        return tuple(self.columns.split()) or DOCUMENT_COLUMN_KEYS
