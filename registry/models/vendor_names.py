"""Other and former names of vendors."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.core.fields import CleanLineField, KeyField
from registry.core.text import text_key, unique_key
from registry.history.tracked import Tracked
from registry.models.vendors import Vendor


class NameKind(models.TextChoices):
    OTHER = "other", _("other name")
    FORMER = "former", _("former name")


class VendorName(Tracked):
    """Another name of a vendor, or one that it had, by which search and imports know it."""

    belongs_to = ("vendor",)

    vendor = models.ForeignKey(Vendor, models.CASCADE, verbose_name=_("vendor"), related_name="other_names")
    name = CleanLineField(_("name"), help_text=_("A brand, a short name, or what the vendor was called before."))
    name_key = KeyField(source="name")
    kind = models.CharField(_("kind"), max_length=10, choices=NameKind, default=NameKind.OTHER)

    class Meta:
        verbose_name = _("name of a vendor")
        verbose_name_plural = _("names of vendors")
        ordering = ("name_key",)
        base_manager_name = "objects"
        constraints = (
            models.UniqueConstraint(
                fields=("name_key",),
                name="vendor_other_name_once",
                violation_error_message=_("This name stands for a vendor already."),
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="vendor_other_name_is_given",
                violation_error_message=_("A name is needed."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        owner = Vendor.objects.named(self.name).exclude(pk=self.vendor_id).first()
        if owner is not None:
            raise ValidationError({"name": _("“%s” is in the register under this name.") % owner})


def with_other_name(text: str, vendor: str = "pk") -> models.Exists:
    """Return the condition that another name of a vendor contains a text.

    ``vendor``: the lookup of the vendor's key. Names are compared as own names are: by key, and letter by letter.
    """
    contains = Q(name_key__contains=text_key(text)) | Q(name__holds=text)
    return models.Exists(VendorName.objects.filter(contains, vendor=models.OuterRef(vendor)))


def keep_former_name(vendor: Vendor, name: str) -> None:
    """Record a name that a vendor had, unless it stands for a vendor already."""
    key = unique_key(name)
    if not Vendor.objects.named(name).exists() and not VendorName.objects.filter(name_key=key).exists():
        VendorName(vendor=vendor, name=name, kind=NameKind.FORMER).save()
