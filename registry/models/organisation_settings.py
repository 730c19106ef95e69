"""Who keeps the register: name and contacts that papers and the record of Art. 30 state."""

from __future__ import annotations

import hashlib

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from registry.core.fields import CleanLineField, CleanTextField
from registry.history.tracked import Tracked

#: Of a logo, in bytes.
MOST_LOGO_BYTES = 2 * 1024 * 1024
#: How files of pictures begin, and their kind.
PICTURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg"}


class Organisation(Tracked):
    """The organisation that keeps the register. There is one row."""

    THE_ONE = 1
    history_files = (("logo_sha256", "registry.Logo"),)

    name = CleanLineField(
        _("name"), blank=True, default="", help_text=_("As the controller is called (Art. 30(1)(a)).")
    )
    registration_number = CleanLineField(_("registration number"), blank=True, default="")
    contact = CleanTextField(
        _("contact details"), blank=True, default="", help_text=_("Address, e-mail and telephone (Art. 30(1)(a)).")
    )
    joint_controllers = CleanTextField(
        _("joint controllers"),
        blank=True,
        default="",
        help_text=_("Name and contact details of each, where purposes are decided together (Art. 26)."),
    )
    representative = CleanTextField(
        _("representative"),
        blank=True,
        default="",
        help_text=_("Name and contact details, where the organisation is not established in the EU (Art. 27)."),
    )
    data_protection_officer = CleanTextField(
        _("data protection officer"), blank=True, default="", help_text=_("Name and contact details (Art. 37).")
    )
    #: The digest of the logo: ``Logo``.
    logo_sha256 = models.CharField(_("logo"), max_length=64, blank=True, default="", editable=False)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisation")
        base_manager_name = "objects"
        constraints = (
            models.CheckConstraint(
                condition=Q(id=1), name="one_organisation", violation_error_message=_("There is one organisation.")
            ),
        )

    def __str__(self) -> str:
        return self.name or str(self._meta.verbose_name)

    @classmethod
    def load(cls) -> Organisation:
        """Return the organisation, or an empty one that is not saved yet."""
        return cls.objects.filter(pk=cls.THE_ONE).first() or cls(pk=cls.THE_ONE)

    @property
    def logo(self) -> Logo | None:
        """Return the logo; None without one, and where what is stored is not the picture that the history names."""
        logo = Logo.objects.filter(sha256=self.logo_sha256).first() if self.logo_sha256 else None
        return logo if logo is not None and logo.is_genuine else None


class Logo(models.Model):
    """A logo by its digest, which the history of the organisation holds. Kept for papers of past days."""

    history_untracked_because = "is named by its digest in the history of the organisation"

    sha256 = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()
    kind = models.CharField(max_length=10)

    class Meta:
        verbose_name = _("logo")
        verbose_name_plural = _("logos")
        default_permissions = ()

    def __str__(self) -> str:
        return self.sha256

    @property
    def is_genuine(self) -> bool:
        return hashlib.sha256(self.content).hexdigest() == self.sha256

    @classmethod
    def keep(cls, content: bytes) -> Logo:
        """Store a picture. Raises ``ValidationError`` for what is no PNG or JPEG, or too large."""
        kind = next((kind for start, kind in PICTURES.items() if content.startswith(start)), None)
        if kind is None:
            raise ValidationError(_("Choose a picture in PNG or JPEG."), code="picture")
        if len(content) > MOST_LOGO_BYTES:
            raise ValidationError(_("The picture is larger than 2 MB. Choose a smaller one."), code="size")
        digest = hashlib.sha256(content).hexdigest()
        return cls.objects.get_or_create(sha256=digest, defaults={"content": content, "kind": kind})[0]
