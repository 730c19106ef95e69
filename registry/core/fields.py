"""Text as the register holds it: clean, printable, and with a key under which two spellings are the same."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registry.core.days import FIRST_RECORDED, LAST_RECORDED
from registry.core.text import LONGEST_LINE, LONGEST_TEXT, clean_text, unique_key, unprintable

#: Line ends and tabs, which a form's single line cannot show, become spaces.
ONE_LINE = str.maketrans("\n\t", "  ")


def validate_printable(value: str) -> None:
    character = unprintable(value)
    if character is not None:
        raise ValidationError(
            _("The character U+%(number)s cannot be kept in the register. Delete it."),
            code="unprintable",
            params={"number": f"{ord(character):04X}"},
        )


def validate_recorded_day(value: date) -> None:
    if not FIRST_RECORDED <= value <= LAST_RECORDED:
        raise ValidationError(
            _("The register holds days from %(first)s to %(last)s."),
            code="impossible_day",
            params={"first": FIRST_RECORDED.isoformat(), "last": LAST_RECORDED.isoformat()},
        )


def validate_not_in_future(value: date) -> None:
    if value > timezone.localdate():
        raise ValidationError(_("This day is in the future."), code="in_future")


def validate_link(value: str) -> None:
    """A link that a browser follows to a page, and to nothing else."""
    if not value.lower().startswith(("https://", "http://")):
        raise ValidationError(_("A link begins with https:// or http://."), code="no_link")


def days_are_possible(*names: str) -> models.Q:
    """Return the condition under which these fields hold days that ``validate_recorded_day()`` allows."""
    within = (FIRST_RECORDED, LAST_RECORDED)
    conditions = [models.Q(**{name: None}) | models.Q(**{f"{name}__range": within}) for name in names]
    return models.Q(*conditions)


class CleanTextField(models.TextField):  # type: ignore[type-arg]
    """Text in its normal form, whichever way it is written: form, import, ``save()`` or ``bulk_create()``."""

    default_validators = [validate_printable, MaxLengthValidator(LONGEST_TEXT)]

    def normal(self, value: Any) -> Any:
        return clean_text(value) if isinstance(value, str) else value

    def to_python(self, value: Any) -> Any:
        return self.normal(super().to_python(value))

    def get_prep_value(self, value: Any) -> Any:
        return self.normal(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.normal(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


class CleanLineField(CleanTextField):
    """The same in one line: names and labels, which forms show in one."""

    default_validators = [*CleanTextField.default_validators, MaxLengthValidator(LONGEST_LINE)]

    def normal(self, value: Any) -> Any:
        return clean_text(value).translate(ONE_LINE) if isinstance(value, str) else value


class KeyField(models.TextField):  # type: ignore[type-arg]
    """The key of another field's text, kept by the model itself, so that a unique constraint means what people mean
    on every database (SQLite's LOWER() knows no å)."""

    def __init__(self, *, source: str, **kwargs: Any) -> None:
        self.source = source
        super().__init__(**{"editable": False, "default": "", **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source}

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = unique_key(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, value)
        return value
