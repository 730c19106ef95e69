"""Labels: wordings that are joined by " + " in one cell of the document."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from registry.document import label_problem


def validate_label(value: str) -> None:
    if label_problem(value):
        raise ValidationError(
            _("A plus sign with spaces around it separates grounds in the document, so a label cannot hold one."),
            code="plus_in_label",
        )


def is_label(name: str) -> models.Q:
    """Return the database condition for a field to hold a label."""
    joined = models.Q(**{f"{name}__contains": " + "}) | models.Q(**{name: "+"})
    return ~(joined | models.Q(**{f"{name}__startswith": "+ "}) | models.Q(**{f"{name}__endswith": " +"}))
