"""Legal bases: the wordings of documents, and the article of the GDPR that each stands for."""

from __future__ import annotations

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.core.fields import CleanLineField, CleanTextField
from registry.core.text import unique_key
from registry.document import mechanisms_in
from registry.history.tracked import Tracked
from registry.models.labels import is_label, validate_label


class Article(models.TextChoices):
    NOT_ASSESSED = "not_assessed", _("not assessed")
    CONSENT = "6(1)(a)", _("Art. 6(1)(a) consent")
    CONTRACT = "6(1)(b)", _("Art. 6(1)(b) contract with the data subject")
    LEGAL_OBLIGATION = "6(1)(c)", _("Art. 6(1)(c) legal obligation")
    VITAL_INTERESTS = "6(1)(d)", _("Art. 6(1)(d) vital interests")
    PUBLIC_TASK = "6(1)(e)", _("Art. 6(1)(e) public task")
    LEGITIMATE_INTERESTS = "6(1)(f)", _("Art. 6(1)(f) legitimate interests")


class LegalBasis(Tracked):
    """A legal basis as documents word it. Its article is open until a person has determined it."""

    label = CleanLineField(
        _("label"), unique=True, validators=[validate_label], help_text=_("The wording, as the document has it.")
    )
    article = models.CharField(
        _("article"),
        max_length=20,
        choices=Article,
        default=Article.NOT_ASSESSED,
        help_text=_("A contract with the vendor is not Art. 6(1)(b): that means a contract with the data subject."),
    )
    notes = CleanTextField(_("notes"), blank=True, default="")

    class Meta:
        verbose_name = _("legal basis")
        verbose_name_plural = _("legal bases")
        ordering = ("label",)
        base_manager_name = "objects"
        constraints = (
            models.CheckConstraint(
                condition=~Q(label=""), name="legal_basis_has_a_label", violation_error_message=_("A label is needed.")
            ),
            models.CheckConstraint(condition=is_label("label"), name="legal_basis_label_is_one"),
        )

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        """Refuse a wording that exists already, and one that stands for a transfer mechanism."""
        key = unique_key(self.label)
        others = LegalBasis.objects.exclude(pk=self.pk).values_list("label", flat=True)
        if same := next((label for label in others if unique_key(label) == key), None):
            raise ValidationError({"label": _("“%s” exists already: use that one.") % same})
        wordings = apps.get_model("registry", "TransferMechanism")._default_manager.known_wordings()
        if mechanisms_in(self.label, wordings.__contains__):
            raise ValidationError(
                {"label": _("This is the wording of a transfer mechanism. Record it as a transfer of the activity.")}
            )
