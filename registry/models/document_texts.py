"""The texts around the table of the document."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from registry.core.fields import CleanLineField, CleanTextField, days_are_possible, validate_recorded_day
from registry.document import MESSAGES, frame_problem
from registry.history.tracked import Tracked


class DocumentText(Tracked):
    """The texts around the table of the document. There is one row, because there is one document."""

    THE_ONE = 1

    title = CleanLineField(_("title"), blank=True, default="")
    dated = models.DateField(
        _("dated"),
        null=True,
        blank=True,
        help_text=_("The day after the title."),
        validators=[validate_recorded_day],
    )
    heading = CleanLineField(_("heading"), blank=True, default="")
    introduction = CleanTextField(_("introduction"), blank=True, default="")
    closing = CleanTextField(_("closing sentence"), blank=True, default="")

    class Meta:
        verbose_name = _("text of the document")
        verbose_name_plural = _("text of the document")
        base_manager_name = "objects"
        constraints = (
            models.CheckConstraint(
                condition=Q(id=1), name="one_document", violation_error_message=_("There is one document.")
            ),
            models.CheckConstraint(condition=days_are_possible("dated"), name="document_day_is_possible"),
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
        self.clean_fields()
        self.clean()
        super().save(**kwargs)

    def __str__(self) -> str:
        return self.title or str(self._meta.verbose_name)

    @classmethod
    def load(cls) -> DocumentText:
        """Return the texts, or empty ones that are not saved yet."""
        return cls.objects.filter(pk=cls.THE_ONE).first() or cls(pk=cls.THE_ONE)
