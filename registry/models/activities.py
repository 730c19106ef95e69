from __future__ import annotations

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.core.fields import CleanLineField, CleanTextField, KeyField, validate_link
from registry.core.text import unique_key
from registry.document import mechanisms_in
from registry.history.tracked import Tracked
from registry.models.countries import CountryField
from registry.models.labels import is_label, validate_label
from registry.models.querysets import ActivityQuerySet
from registry.models.vendors import Status, Vendor

#: The highest place in the order of the document: there is room for a thousand million rows.
LAST_POSITION = 10**12


class Article(models.TextChoices):
    NOT_ASSESSED = "not_assessed", _("not assessed")
    CONSENT = "6(1)(a)", _("Art. 6(1)(a) consent")
    CONTRACT = "6(1)(b)", _("Art. 6(1)(b) contract with the data subject")
    LEGAL_OBLIGATION = "6(1)(c)", _("Art. 6(1)(c) legal obligation")
    VITAL_INTERESTS = "6(1)(d)", _("Art. 6(1)(d) vital interests")
    PUBLIC_TASK = "6(1)(e)", _("Art. 6(1)(e) public task")
    LEGITIMATE_INTERESTS = "6(1)(f)", _("Art. 6(1)(f) legitimate interests")


class LegalBasis(Tracked):
    """A legal ground as documents word it. What it is in law stays open until a person has assessed it."""

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
        """There is one of each wording, and a transfer mechanism is none: it is recorded as a transfer."""
        key = unique_key(self.label)
        others = LegalBasis.objects.exclude(pk=self.pk).values_list("label", flat=True)
        if same := next((label for label in others if unique_key(label) == key), None):
            raise ValidationError({"label": _("“%s” exists already: use that one.") % same})
        wordings = apps.get_model("registry", "TransferMechanism")._default_manager.known_wordings()
        if mechanisms_in(self.label, wordings.__contains__):
            raise ValidationError(
                {"label": _("This is the wording of a transfer mechanism. Record it as a transfer of the activity.")}
            )


class SpecialCategories(models.TextChoices):
    NOT_ASSESSED = "not_assessed", _("not assessed")
    YES = "yes", _("yes")
    NO = "no", _("no")


class ProcessingActivity(Tracked):
    """One row of the register: what one vendor does with which data, where, and on what ground."""

    belongs_to = named_by = ("vendor",)
    history_ended = ("status", Status.ENDED)

    vendor = models.ForeignKey(Vendor, models.CASCADE, verbose_name=_("vendor"), related_name="activities")
    purpose = CleanTextField(_("purpose"), help_text=_("Why the vendor sees the data (Art. 30(1)(b))."))
    purpose_key = KeyField(source="purpose")
    personal_data = CleanTextField(
        _("personal data"), blank=True, default="", help_text=_("Which categories of data (Art. 30(1)(c)).")
    )
    country = CountryField(
        verbose_name=_("country"), help_text=_("Where the data is kept or reached from. Remote access counts.")
    )
    legal_basis = models.ForeignKey(
        LegalBasis,
        models.PROTECT,
        verbose_name=_("legal basis"),
        null=True,
        blank=True,
        related_name="activities",
        help_text=_("Leave it empty where none is stated."),
    )
    data_subjects = CleanTextField(
        _("data subjects"), blank=True, default="", help_text=_("Whose data: customers, employees … (Art. 30(1)(c)).")
    )
    special_categories = models.CharField(
        _("special categories"),
        max_length=20,
        choices=SpecialCategories,
        default=SpecialCategories.NOT_ASSESSED,
        help_text=_("Health, beliefs, origin and the like (Art. 9)."),
    )
    retention = CleanTextField(
        _("retention"), blank=True, default="", help_text=_("How long the data is kept (Art. 30(1)(f)).")
    )
    security_measures = CleanTextField(
        _("security measures"), blank=True, default="", help_text=_("In general terms (Art. 30(1)(g), 32).")
    )
    impact_assessment_url = models.URLField(
        _("impact assessment"),
        blank=True,
        default="",
        max_length=500,
        validators=[validate_link],
        help_text=_("Link to it (Art. 35)."),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    notes = CleanTextField(_("notes"), blank=True, default="")
    position = models.BigIntegerField(
        _("position"),
        default=0,
        validators=[MaxValueValidator(LAST_POSITION)],
        help_text=_("The document's order. 0: after the last row."),
    )
    starts_page = models.BooleanField(
        _("starts a page"), default=False, help_text=_("The column headings are printed again before this row.")
    )

    objects = ActivityQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("processing activity")
        verbose_name_plural = _("processing activities")
        ordering = ("position", "id")
        base_manager_name = "objects"
        permissions = (
            ("import_processingactivity", _("Can import the register")),
            ("export_processingactivity", _("Can export the register")),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("vendor", "purpose_key"),
                name="activity_once_for_a_vendor",
                violation_error_message=_("This vendor already has an activity with this purpose."),
            ),
            models.CheckConstraint(
                condition=~Q(purpose=""),
                name="activity_has_a_purpose",
                violation_error_message=_("An activity needs a purpose."),
            ),
            # Above what forms and files may say, there is room for the rows that are put behind the last.
            models.CheckConstraint(
                condition=Q(position__lte=1000 * LAST_POSITION), name="activity_position_is_possible"
            ),
        )
        indexes = (
            models.Index(fields=("position", "id"), name="activity_by_position"),
            models.Index(fields=("country",), name="activity_by_country"),
            models.Index(fields=("status", "position"), name="activity_by_status"),
        )

    def __str__(self) -> str:
        return f"{self.vendor.name}: {self.purpose}"

    def save(self, **kwargs: object) -> None:
        if self.position <= 0:
            self.position = type(self).objects.next_position()
        super().save(**kwargs)
