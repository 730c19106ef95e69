"""The model field for a country."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.utils.choices import BaseChoiceIterator

from registry.core import languages
from registry.core.fields import Deconstructed
from registry.law import countries


class CountryChoices(BaseChoiceIterator):
    """All countries in the language of the reader, as pairs that Django need not normalise."""

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(countries.choices(languages.active_language()))


def country_choices() -> CountryChoices:
    """Return the choices; the field calls this for each use, in the language of that time."""
    return CountryChoices()


class CountryField(models.CharField):  # type: ignore[type-arg]
    """A country by its ISO 3166-1 alpha-2 code."""

    #: The history shows the code, not the name of the choice.
    shown_as_stored = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 2, "choices": country_choices, **kwargs})

    def validate(self, value: object, model_instance: models.Model | None) -> None:
        """Refuse unknown codes by one lookup; Django would search all choices."""
        if value not in countries.COUNTRIES:
            super().validate(value, model_instance)

    def deconstruct(self) -> Deconstructed:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("choices", None)
        return name, path, args, kwargs
