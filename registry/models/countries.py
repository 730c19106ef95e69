"""The field for a country."""

from collections.abc import Iterator
from typing import Any

from django.db import models
from django.utils.choices import BaseChoiceIterator

from registry.core import languages
from registry.law import countries


class CountryChoices(BaseChoiceIterator):
    """All countries in the reader's language, in their normal form: Django need not look at each."""

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(countries.choices(languages.active_language()))


def country_choices() -> CountryChoices:
    """The field calls it whenever it needs them."""
    return CountryChoices()


class CountryField(models.CharField):  # type: ignore[type-arg]
    """ISO 3166-1 alpha-2."""

    #: In the history, the code says more than the name of its choice.
    shown_as_stored = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 2, "choices": country_choices, **kwargs})

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        """Django would look through all countries for each value."""
        if value not in countries.COUNTRIES:
            super().validate(value, model_instance)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("choices", None)
        return name, path, args, kwargs
