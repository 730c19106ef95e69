"""Vendors."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, Self

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import IntegrityError, models
from django.db.models import F, IntegerField, OuterRef, Prefetch, Q, Subquery
from django.utils.translation import gettext_lazy as _

from registry.core.counts import count_of
from registry.core.fields import (
    CleanLineField,
    CleanTextField,
    KeyField,
    days_are_possible,
    validate_link,
    validate_not_in_future,
    validate_recorded_day,
)
from registry.core.text import unique_key
from registry.history.change_sets import ChangeSet
from registry.history.ownership import last_change
from registry.history.querysets import TrackedQuerySet
from registry.history.tracked import Tracked
from registry.law.transfers import Law
from registry.models.countries import CountryField
from registry.models.reviews import changed_since_review, due_on

#: The longest interval between two reviews, in months: ten years.
LONGEST_INTERVAL = 120


class Role(models.TextChoices):
    NOT_ASSESSED = "not_assessed", _("not assessed")
    PROCESSOR = "processor", _("processor")
    SUB_PROCESSOR = "sub_processor", _("sub-processor")
    SEPARATE_CONTROLLER = "separate_controller", _("separate controller")
    JOINT_CONTROLLER = "joint_controller", _("joint controller")
    GROUP_COMPANY = "group_company", _("group company")


class Status(models.TextChoices):
    DRAFT = "draft", _("draft")
    ACTIVE = "active", _("active")
    ENDED = "ended", _("ended")


class VendorCircle(IntegrityError):
    """A vendor would engage itself through others."""

    def __init__(self, vendors: Iterable[Vendor]) -> None:
        super().__init__(f"A circle of vendors that engage each other: {' → '.join(map(str, vendors))}.")


class VendorQuerySet(TrackedQuerySet[Any]):
    def bulk_create(  # type: ignore[override]
        self, objs: Iterable[Vendor], batch_size: int | None = None, **options: object
    ) -> list[Vendor]:
        created = super().bulk_create(objs, batch_size, **options)
        self.refuse_circles(created)
        return created

    def bulk_update(self, objs: Iterable[Vendor], fields: Iterable[str], batch_size: int | None = None) -> int:
        objs, fields = list(objs), list(fields)
        changed = super().bulk_update(objs, fields, batch_size)
        if {"engaged_by", "engaged_by_id"} & set(fields):
            self.refuse_circles(objs)
        return changed

    def refuse_circles(self, vendors: Iterable[Vendor]) -> None:
        """Raise ``VendorCircle`` where a vendor would engage itself through others.

        No constraint of a database can say so. Nobody else writes meanwhile.
        """
        for vendor in vendors:
            if vendor.engaged_by_id is not None and (circle := self.circle(vendor)):
                raise VendorCircle(circle)

    def circle(self, vendor: Vendor) -> list[Vendor]:
        """Return the vendors through which a vendor would engage itself; empty where it does not."""
        chain, engaging = [vendor], vendor.engaged_by
        while engaging is not None and engaging not in chain:
            chain.append(engaging)
            engaging = engaging.engaged_by
        return [*chain, vendor] if engaging is not None and engaging == vendor else []

    def active(self) -> Self:
        return self.filter(status="active")

    def without_activity(self) -> Self:
        """Return the vendors that no row of the register is about."""
        return self.filter(activities=None)

    def named(self, name: str) -> Self:
        return self.filter(name_key=unique_key(name))

    def with_activity_count(self) -> Self:
        """Annotate the number of activities, which Django leaves out when it counts vendors."""
        return self.annotate(activity_count=count_of(apps.get_model("registry", "ProcessingActivity"), "vendor"))

    def with_countries(self) -> Self:
        activities = apps.get_model("registry", "ProcessingActivity")
        only = activities._default_manager.only("id", "vendor_id", "country").order_by("country")
        return self.prefetch_related(Prefetch("activities", queryset=only, to_attr="countries_of_activities"))

    def with_verdict(self, law: Law, name: str = "verdict") -> Self:
        """Annotate the worst verdict on the vendor's activities in the register, NULL where there are none."""
        activities = apps.get_model("registry", "ProcessingActivity")._default_manager
        mine = activities.in_register().filter(vendor=OuterRef("pk")).with_verdict(law).order_by("-verdict")
        return self.annotate(**{name: Subquery(mine.values("verdict")[:1], output_field=IntegerField())})

    def with_review(self) -> Self:
        return self.annotate(changed_since_review=changed_since_review())

    def with_last_change(self) -> Self:
        """Annotate the change set that last changed the vendor or anything that belongs to it."""
        return self.annotate(last_change_set_id=last_change(self.model))


class Vendor(Tracked):
    """An organisation that sees personal data. A vendor no longer used is ended; only mistakes are deleted."""

    history_root = "name_key"
    history_ended = ("status", Status.ENDED)

    name = CleanLineField(_("name"), help_text=_("As the register names it."))
    name_key = KeyField(source="name")
    legal_name = CleanLineField(_("legal name"), blank=True, default="")
    registration_number = CleanLineField(_("registration number"), blank=True, default="")
    country = CountryField(
        verbose_name=_("seat"), blank=True, default="", help_text=_("The country in which the vendor has its seat.")
    )
    role = models.CharField(
        _("role"),
        max_length=30,
        choices=Role,
        default=Role.NOT_ASSESSED,
        help_text=_("What the vendor is under Art. 4(7), 4(8), 26 and 28. Leave it not assessed until someone has."),
    )
    engaged_by = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("engaged by"),
        null=True,
        blank=True,
        related_name="sub_processors",
        help_text=_("The vendor that engages this sub-processor."),
    )
    website = models.URLField(_("website"), blank=True, default="", max_length=500, validators=[validate_link])
    privacy_contact = CleanLineField(_("privacy contact"), blank=True, default="")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        related_name="vendors",
        help_text=_("Who answers for this entry."),
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ACTIVE)
    started_on = models.DateField(_("started on"), null=True, blank=True, validators=[validate_recorded_day])
    ended_on = models.DateField(_("ended on"), null=True, blank=True, validators=[validate_recorded_day])
    data_returned_on = models.DateField(
        _("data deleted or returned on"),
        null=True,
        blank=True,
        validators=[validate_recorded_day],
        help_text=_("After the vendor has ended (Art. 28(3)(g))."),
    )
    data_return_url = models.URLField(
        _("evidence of the deletion or return"),
        blank=True,
        default="",
        db_default="",
        max_length=500,
        validators=[validate_link],
        help_text=_("Link to the vendor's confirmation."),
    )
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("replaced by"), null=True, blank=True, related_name="replaces"
    )
    review_interval_months = models.PositiveSmallIntegerField(
        _("review interval (months)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_INTERVAL)],
    )
    last_reviewed_on = models.DateField(
        _("last reviewed on"), null=True, blank=True, validators=[validate_recorded_day, validate_not_in_future]
    )
    reviewed_in = models.ForeignKey(
        ChangeSet,
        models.PROTECT,
        verbose_name=_("reviewed in"),
        null=True,
        blank=True,
        editable=False,
        related_name="reviews",
        help_text=_("The change set that marked the vendor as reviewed, as it was then."),
    )
    notes = CleanTextField(_("notes"), blank=True, default="")

    objects = VendorQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        verbose_name = _("vendor")
        verbose_name_plural = _("vendors")
        ordering = ("name_key",)
        base_manager_name = "objects"
        constraints = (
            models.UniqueConstraint(
                fields=("name_key",),
                name="vendor_name_once",
                violation_error_message=_("A vendor with this name is already in the register."),
            ),
            models.CheckConstraint(
                condition=~Q(name=""), name="vendor_has_a_name", violation_error_message=_("A vendor needs a name.")
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(started_on=None) | Q(ended_on__gte=F("started_on")),
                name="vendor_ends_after_it_starts",
                violation_error_message=_("A vendor cannot end before it starts."),
            ),
            models.CheckConstraint(
                condition=Q(engaged_by=None) | ~Q(engaged_by=F("id")),
                name="vendor_does_not_engage_itself",
                violation_error_message=_("A vendor cannot engage itself."),
            ),
            models.CheckConstraint(
                condition=Q(replaced_by=None) | ~Q(replaced_by=F("id")),
                name="vendor_does_not_replace_itself",
                violation_error_message=_("A vendor cannot replace itself."),
            ),
            models.CheckConstraint(
                condition=Q(review_interval_months=None) | Q(review_interval_months__gte=1),
                name="vendor_review_interval_is_positive",
                violation_error_message=_("A review interval is at least one month."),
            ),
            models.CheckConstraint(
                condition=Q(review_interval_months=None) | Q(review_interval_months__lte=LONGEST_INTERVAL),
                name="vendor_review_interval_is_possible",
                violation_error_message=_("A review interval is at most ten years."),
            ),
            models.CheckConstraint(
                condition=days_are_possible("started_on", "ended_on", "last_reviewed_on"),
                name="vendor_days_are_possible",
            ),
            models.CheckConstraint(
                condition=days_are_possible("data_returned_on"), name="vendor_day_of_return_is_possible"
            ),
        )
        indexes = (models.Index(fields=("status", "name_key"), name="vendor_by_status"),)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if circle := type(self).objects.circle(self):
            names = " → ".join(map(str, circle))
            raise ValidationError({"engaged_by": _("They would engage each other in a circle: %s.") % names})

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Refuse another vendor's other name too, wherever the name is validated."""
        super().validate_constraints(exclude=exclude)
        if "name" not in (exclude or ()):
            others = apps.get_model("registry", "VendorName")._default_manager.filter(name_key=unique_key(self.name))
            if other := others.exclude(vendor=self.pk).select_related("vendor").first():
                raise ValidationError({"name": _("This is another name of “%s”.") % other.vendor})

    def save(self, **kwargs: object) -> None:
        super().save(**kwargs)
        type(self).objects.refuse_circles([self])

    @property
    def review_due_on(self) -> date | None:
        """Return the day of the next review, None where no interval is set or no day is recorded to count from."""
        return due_on(self.last_reviewed_on, self.started_on, self.review_interval_months)
