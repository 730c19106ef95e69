"""Model fields for text in normal form and its keys, and validators for what fields may hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from registry.core.days import FIRST_RECORDED, LAST_RECORDED
from registry.core.text import LONGEST_LINE, LONGEST_TEXT, clean_text, unique_key, unprintable

#: Line ends and tabs become spaces: an input of one line cannot show them.
ONE_LINE = str.maketrans("\n\t", "  ")


def validate_printable(value: str) -> None:
    character = unprintable(value)
    if character is not None:
        raise ValidationError(
            _("The character U+%(number)s is not allowed in the register. Delete it."),
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
    """Refuse links other than to web pages."""
    if not value.lower().startswith(("https://", "http://")):
        raise ValidationError(_("A link begins with https:// or http://."), code="no_link")


def days_are_possible(*names: str) -> models.Q:
    """Return the condition under which these fields hold days that ``validate_recorded_day()`` allows."""
    within = (FIRST_RECORDED, LAST_RECORDED)
    conditions = [models.Q(**{name: None}) | models.Q(**{f"{name}__range": within}) for name in names]
    return models.Q(*conditions)


_as_stored: ContextVar[bool] = ContextVar("texts_as_stored", default=False)


@contextmanager
def texts_as_stored() -> Iterator[None]:
    """Write texts and keys in the block as they are, not in today's normal form.

    Data of an older release may hold entries whose texts differ by what the normal form drops: they are moved, and come
    back, as they were.
    """
    token = _as_stored.set(True)
    try:
        yield
    finally:
        _as_stored.reset(token)


#: A model field of any type.
type AnyField = models.Field[Any, Any]
#: What ``deconstruct()`` of a field returns: name, path, arguments.
type Deconstructed = tuple[str, str, Sequence[Any], dict[str, Any]]


class CleanTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is brought into its normal form by every way of writing it, ``bulk_create()`` included."""

    default_validators = [validate_printable, MaxLengthValidator(LONGEST_TEXT)]

    def normal(self, value: object) -> object:
        """Return text in its normal form, anything else as it is."""
        return clean_text(value) if isinstance(value, str) and not _as_stored.get() else value

    def to_python(self, value: object) -> object:
        return self.normal(super().to_python(value))

    def get_prep_value(self, value: object) -> object:
        return self.normal(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> object:
        value = self.normal(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


class CleanLineField(CleanTextField):
    """Text of one line: names and labels."""

    default_validators = [*CleanTextField.default_validators, MaxLengthValidator(LONGEST_LINE)]

    def normal(self, value: object) -> object:
        normal = super().normal(value)
        return normal.translate(ONE_LINE) if isinstance(normal, str) and not _as_stored.get() else normal


class KeyField(models.TextField):  # type: ignore[type-arg]
    """The ``unique_key()`` of another field's text, for unique constraints that ignore case on every database.

    SQLite's own LOWER() knows ASCII only.
    """

    def __init__(self, *, source: str, **kwargs: Any) -> None:
        self.source = source
        super().__init__(**{"editable": False, "default": "", **kwargs})

    def deconstruct(self) -> Deconstructed:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        stored: str = getattr(model_instance, self.attname)
        if stored and _as_stored.get():
            return stored
        value = unique_key(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, value)
        return value
