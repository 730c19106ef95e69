"""The field for a day, the same one on every form and filter: the browser's own, which sends and shows ISO 8601."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, object] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


def optional_day(label: StrOrPromise) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=DayInput)
