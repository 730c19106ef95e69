"""The questions on the page that ends vendors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from django import forms
from django.contrib.admin import site
from django.contrib.admin.widgets import AdminTextareaWidget, AutocompleteSelect
from django.forms import BoundField
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core.fields import validate_link, validate_recorded_day
from registry.core.text import whole_number
from registry.models import ProcessingActivity, Vendor
from registry.web.day_input import DayInput
from registry.web.page import Context
from registry.web.vendor_ending.plan import ActivityOutcome, Ending, problems

#: With more vendors, the answers for all of them are the only ones.
MOST_ROWS = 100
#: Questions that may be answered for each vendor by itself.
OF_EACH = ("outcome", "successor", "data_returned_on", "data_return_url")


class SuccessorSelect(AutocompleteSelect):
    """Chooses a vendor by a part of its name. Django's own asks the database for the chosen one of each widget."""

    def __init__(self, form: EndingForm) -> None:
        field: Any = Vendor._meta.get_field("replaced_by")
        super().__init__(field, site)
        self.form = form

    def optgroups(self, name: str, value: Sequence[object], attrs: object = None) -> Any:
        keys = [key for each in value if (key := whole_number(str(each))) is not None]
        known = [(key, self.form.successors[key]) for key in keys if key in self.form.successors]
        options = [self.create_option(name, "", "", False, 0)]
        options += [self.create_option(name, key, vendor.name, True, 1) for key, vendor in known]
        return [(None, options, 0)]


class EndingForm(forms.Form):
    """The day, what becomes of the activities, and the proof: for all vendors, and for each where it differs."""

    ended_on = forms.DateField(
        widget=DayInput,
        initial=timezone.localdate,
        validators=[validate_recorded_day],
    )

    def __init__(
        self,
        vendors: Sequence[Vendor],
        activities: Mapping[int, Sequence[ProcessingActivity]],
        data: QueryDict | None = None,
        *,
        may_change_activities: bool = True,
    ) -> None:
        initial = {f"successor-{each.pk}": each.replaced_by_id for each in vendors}
        if len(vendors) == 1:
            initial["successor"] = vendors[0].replaced_by_id
        super().__init__(data, initial=initial)
        self.fields["ended_on"].label = capfirst(_("ended on"))
        self.vendors, self.activities = vendors, activities
        self.outcomes = [each for each in ActivityOutcome if may_change_activities or each == ActivityOutcome.KEEP]
        self.listed = vendors if 1 < len(vendors) <= MOST_ROWS else []
        if activities:
            choices = [(each.value, each.label) for each in self.outcomes]
            self.fields["outcome"] = forms.ChoiceField(
                label=capfirst(_("their activities")), choices=choices, widget=forms.RadioSelect
            )
        self.add_fields("", with_outcome=False)
        for each in self.listed:
            self.add_fields(f"-{each.pk}", with_outcome=each.pk in activities)
        self.fields["change_reason"] = forms.CharField(
            label=gettext_lazy("Reason for change"),
            required=False,
            widget=AdminTextareaWidget(attrs={"rows": 2}),
            help_text=gettext_lazy("Needed where activities are kept: say here why."),
        )

    def add_fields(self, suffix: str, *, with_outcome: bool) -> None:
        if with_outcome:
            choices = [("", _("as for all")), *((each.value, each.label) for each in self.outcomes)]
            self.fields[f"outcome{suffix}"] = forms.ChoiceField(
                label=capfirst(_("activities")), choices=choices, required=False
            )
        self.fields[f"successor{suffix}"] = forms.IntegerField(
            label=capfirst(_("replaced by")), required=False, widget=SuccessorSelect(self)
        )
        self.fields[f"data_returned_on{suffix}"] = forms.DateField(
            label=capfirst(_("data deleted or returned on")),
            required=False,
            widget=DayInput,
            validators=[validate_recorded_day],
        )
        self.fields[f"data_return_url{suffix}"] = forms.URLField(
            label=capfirst(_("evidence of the deletion or return")),
            required=False,
            widget=forms.URLInput(attrs={"class": "vURLField"}),
            max_length=500,
            assume_scheme="https",
            validators=[validate_link],
        )

    @cached_property
    def successors(self) -> dict[int, Vendor]:
        """Return the vendors that are chosen as a successor, by key, in one query."""
        names = [name for name in self.fields if name.partition("-")[0] == "successor"]
        values = [self.data.get(name) if self.is_bound else self.initial.get(name) for name in names]
        keys = {key for value in values if (key := whole_number(str(value))) is not None}
        return Vendor.objects.in_bulk(keys)

    def common(self) -> Iterator[BoundField]:
        """Yield the questions for all vendors."""
        names = ("ended_on", "outcome", "successor", "data_returned_on", "data_return_url", "change_reason")
        yield from (self[name] for name in names if name in self.fields)

    def rows(self) -> Iterator[Context]:
        """Yield the questions for each vendor."""
        for each in self.listed:
            names = [name for name in OF_EACH if f"{name}-{each.pk}" in self.fields]
            cells = [self[f"{name}-{each.pk}"] for name in names]
            answered = self.is_bound and any(cell.value() not in (None, "") for cell in cells)
            count = len(self.activities.get(each.pk, ()))
            yield {"vendor": each, "count": count, "cells": cells, "answered": answered}

    def answer(self, name: str, vendor: Vendor) -> Any:
        """Return the answer for a vendor, else that for all."""
        own = self.cleaned_data.get(f"{name}-{vendor.pk}")
        return self.cleaned_data.get(name) if own in (None, "") else own

    def endings(self) -> list[Ending]:
        return [self.ending(each) for each in self.vendors]

    def ending(self, vendor: Vendor) -> Ending:
        activities = self.activities.get(vendor.pk, ())
        outcome = self.answer("outcome", vendor) if activities else ""
        return Ending(
            vendor,
            self.cleaned_data["ended_on"],
            ActivityOutcome(outcome) if outcome else None,
            self.successors.get(self.answer("successor", vendor) or 0),
            self.answer("data_returned_on", vendor),
            self.answer("data_return_url", vendor) or "",
            activities,
        )

    def clean(self) -> dict[str, object]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        endings = self.endings()
        for key, reasons in problems(endings).items():
            vendor = next(each for each in self.vendors if each.pk == key)
            for why in reasons:
                self.add_error(None, f"{vendor}: {why}")
        if needs_reason(endings) and not cleaned.get("change_reason", "").strip():
            self.add_error("change_reason", reason_needed())
        return cleaned


def needs_reason(endings: Sequence[Ending]) -> bool:
    return any(each.outcome == ActivityOutcome.KEEP for each in endings)


def reason_needed() -> str:
    return _("Say why the activities go on although the vendor has ended.")
