"""Processing activities: the rows of the register."""

from __future__ import annotations

from typing import Any, Self

from django.apps import apps
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Max, Prefetch, Q
from django.utils.translation import gettext_lazy as _

from registry.core.fields import CleanTextField, KeyField, validate_link
from registry.history.ownership import last_change
from registry.history.querysets import TrackedQuerySet
from registry.history.tracked import Tracked
from registry.law.transfers import Law
from registry.models.countries import CountryField
from registry.models.legal_bases import LegalBasis
from registry.models.stored_verdicts import contested_expression, needless_expression, verdict_expression
from registry.models.vendors import Status, Vendor

#: The highest position in the document that forms and files may state.
LAST_POSITION = 10**12


class Answer(models.TextChoices):
    """The answer to a question about the data. Nobody has given one until a person has."""

    NOT_ASSESSED = "not_assessed", _("not assessed")
    YES = "yes", _("yes")
    NO = "no", _("no")


class SpecialCategoriesGround(models.TextChoices):
    """The points of Art. 9(2)."""

    NOT_ASSESSED = "not_assessed", _("not assessed")
    CONSENT = "9(2)(a)", _("Art. 9(2)(a) explicit consent")
    EMPLOYMENT = "9(2)(b)", _("Art. 9(2)(b) employment and social security law")
    VITAL_INTERESTS = "9(2)(c)", _("Art. 9(2)(c) vital interests")
    NON_PROFIT = "9(2)(d)", _("Art. 9(2)(d) not-for-profit body")
    MADE_PUBLIC = "9(2)(e)", _("Art. 9(2)(e) manifestly made public")
    LEGAL_CLAIMS = "9(2)(f)", _("Art. 9(2)(f) legal claims")
    PUBLIC_INTEREST = "9(2)(g)", _("Art. 9(2)(g) substantial public interest")
    CARE = "9(2)(h)", _("Art. 9(2)(h) health and social care")
    PUBLIC_HEALTH = "9(2)(i)", _("Art. 9(2)(i) public health")
    RESEARCH = "9(2)(j)", _("Art. 9(2)(j) archiving, research and statistics")


class CriminalDataGround(models.TextChoices):
    """What allows data on crimes: Art. 10, and ch. 3 ss. 8 and 9 of the Swedish Data Protection Act."""

    NOT_ASSESSED = "not_assessed", _("not assessed")
    AUTHORITY = "authority", _("an authority processes it (Data Protection Act, ch. 3 s. 8)")
    REGULATIONS = "regulations", _("regulations allow it (Data Protection Act, ch. 3 s. 9)")
    DECISION = "decision", _("decision in the individual case (Data Protection Act, ch. 3 s. 9)")
    OTHER_LAW = "other_law", _("another law authorises it (Art. 10)")


class IdentityNumbersGround(models.TextChoices):
    """What allows personal identity numbers: ch. 3 s. 10 of the Swedish Data Protection Act."""

    NOT_ASSESSED = "not_assessed", _("not assessed")
    CONSENT = "consent", _("consent")
    PURPOSE = "purpose", _("clearly justified by the purpose")
    IDENTIFICATION = "identification", _("need for secure identification")
    OTHER_REASON = "other_reason", _("another weighty reason")


class OurRole(models.TextChoices):
    """What we are in an activity: it decides between the records of Art. 30(1) and 30(2)."""

    NOT_ASSESSED = "not_assessed", _("not assessed")
    CONTROLLER = "controller", _("controller")
    JOINT_CONTROLLER = "joint_controller", _("joint controller")
    PROCESSOR = "processor", _("processor for others")


class ImpactAssessment(models.TextChoices):
    """Whether Art. 35 asks for an impact assessment. That one was made, a link shows."""

    NOT_ASSESSED = "not_assessed", _("not assessed")
    NOT_NEEDED = "not_needed", _("not needed")
    NEEDED = "needed", _("needed")


#: Distance between the positions of two rows, so that a row can be put between them.
POSITION_STEP = 1024


class ActivityQuerySet(TrackedQuerySet[Any]):
    def in_register(self) -> Self:
        """Return the activities that the document shows."""
        return self.filter(status="active")

    def whole_rows(self) -> Self:
        """Load all that a row of the register shows, in two queries."""
        transfers = apps.get_model("registry", "Transfer")
        in_order = transfers._default_manager.select_related("mechanism").order_by("position", "id")
        rows = self.select_related("vendor", "legal_basis").prefetch_related(None)
        return rows.prefetch_related(Prefetch("transfers", queryset=in_order))

    def as_document(self) -> Self:
        return self.whole_rows().order_by("position", "id")

    def with_last_change(self) -> Self:
        return self.annotate(last_change_set_id=last_change(self.model))

    def with_verdict(self, law: Law, name: str = "verdict") -> Self:
        """Annotate the verdict by the law of a day, as the number of a ``Verdict``."""
        return self.annotate(**{name: verdict_expression(law)})

    def with_standing(self, law: Law) -> Self:
        """Annotate all that the law of a day says: the fields of ``registry.law.standing.Standing``."""
        return self.with_verdict(law).annotate(contested=contested_expression(law), needless=needless_expression(law))

    def next_position(self) -> int:
        last = self.aggregate(last=Max("position"))["last"] or 0
        return int(last) + POSITION_STEP


class ProcessingActivity(Tracked):
    """A row of the register: what a vendor does with which data, where, and on what legal basis."""

    belongs_to = named_by = ("vendor",)
    history_ended = ("status", Status.ENDED)

    vendor = models.ForeignKey(Vendor, models.CASCADE, verbose_name=_("vendor"), related_name="activities")
    purpose = CleanTextField(_("purpose"), help_text=_("Why the vendor sees the data (Art. 30(1)(b))."))
    purpose_key = KeyField(source="purpose")
    personal_data = CleanTextField(
        _("personal data"), blank=True, default="", help_text=_("Which categories of data (Art. 30(1)(c)).")
    )
    country = CountryField(
        verbose_name=_("country"),
        blank=True,
        default="",
        help_text=_("Where the data is kept or reached from. Remote access counts. Empty: nobody has stated it."),
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
        choices=Answer,
        default=Answer.NOT_ASSESSED,
        help_text=_("Health, beliefs, origin and the like (Art. 9)."),
    )
    special_categories_ground = models.CharField(
        _("ground for special categories"),
        max_length=20,
        choices=SpecialCategoriesGround,
        default=SpecialCategoriesGround.NOT_ASSESSED,
        db_default=SpecialCategoriesGround.NOT_ASSESSED,
        help_text=_("Needed besides the legal basis (Art. 9(2))."),
    )
    criminal_data = models.CharField(
        _("data on crimes"),
        max_length=20,
        choices=Answer,
        default=Answer.NOT_ASSESSED,
        db_default=Answer.NOT_ASSESSED,
        help_text=_("Convictions, offences and suspicions of them (Art. 10)."),
    )
    criminal_data_ground = models.CharField(
        _("ground for data on crimes"),
        max_length=20,
        choices=CriminalDataGround,
        default=CriminalDataGround.NOT_ASSESSED,
        db_default=CriminalDataGround.NOT_ASSESSED,
        help_text=_("Only authorities may process it without one (Data Protection Act, ch. 3 ss. 8 and 9)."),
    )
    identity_numbers = models.CharField(
        _("personal identity numbers"),
        max_length=20,
        choices=Answer,
        default=Answer.NOT_ASSESSED,
        db_default=Answer.NOT_ASSESSED,
        help_text=_("Swedish personal identity numbers or coordination numbers."),
    )
    identity_numbers_ground = models.CharField(
        _("ground for personal identity numbers"),
        max_length=20,
        choices=IdentityNumbersGround,
        default=IdentityNumbersGround.NOT_ASSESSED,
        db_default=IdentityNumbersGround.NOT_ASSESSED,
        help_text=_("Consent, or one of the reasons of the Data Protection Act, ch. 3 s. 10."),
    )
    our_role = models.CharField(
        _("our role"),
        max_length=20,
        choices=OurRole,
        default=OurRole.NOT_ASSESSED,
        db_default=OurRole.NOT_ASSESSED,
        help_text=_("What we are in this activity (Art. 4(7), 4(8), 26). It decides between Art. 30(1) and 30(2)."),
    )
    on_behalf_of = CleanTextField(
        _("on behalf of"),
        blank=True,
        default="",
        db_default="",
        help_text=_("As a processor: each controller, with contacts (Art. 30(2)(a))."),
    )
    retention = CleanTextField(
        _("retention"), blank=True, default="", help_text=_("How long the data is kept (Art. 30(1)(f)).")
    )
    security_measures = CleanTextField(
        _("security measures"), blank=True, default="", help_text=_("In general terms (Art. 30(1)(g), 32).")
    )
    impact_assessment = models.CharField(
        _("impact assessment"),
        max_length=20,
        choices=ImpactAssessment,
        default=ImpactAssessment.NOT_ASSESSED,
        db_default=ImpactAssessment.NOT_ASSESSED,
        help_text=_("Is one needed (Art. 35)?"),
    )
    impact_assessment_reason = CleanTextField(
        _("reason why none is needed"),
        blank=True,
        default="",
        db_default="",
        help_text=_("Where no impact assessment is needed: because …"),
    )
    impact_assessment_url = models.URLField(
        _("link to the impact assessment"),
        blank=True,
        default="",
        max_length=500,
        validators=[validate_link],
        help_text=_("Shows that it was made."),
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
            # Above what forms and files may state, there is room for rows added after the last.
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
