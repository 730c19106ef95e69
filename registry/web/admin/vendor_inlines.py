"""What belongs to a vendor, edited within its form; of a new vendor also transfers of its activities."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db.models import DateField, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from registry.models import Agreement, ProcessingActivity, Transfer, TransferMechanism, VendorName
from registry.web.admin.autocomplete import offers_mechanisms
from registry.web.admin.reason_form import TrackedInline
from registry.web.admin.verdicts import verdict_text
from registry.web.conflicts import VersionedForm, VersionedFormSet
from registry.web.day_input import DayInput
from registry.web.law_day import law_of


class NameInline(TrackedInline, admin.TabularInline):  # type: ignore[type-arg]
    model = VendorName
    verbose_name = _("other name")
    verbose_name_plural = _("other and former names")
    fields = ("name", "kind")


class AgreementInline(TrackedInline, admin.TabularInline):  # type: ignore[type-arg]
    model = Agreement
    fields = ("kind", "reference", "signed_on", "valid_until", "url")


ACTIVITY_FIELDS: Any = (("purpose", "country"), "verdict", "personal_data", ("legal_basis", "status"))


class ActivityInline(TrackedInline, admin.StackedInline):  # type: ignore[type-arg]
    model = ProcessingActivity
    autocomplete_fields = ("legal_basis",)
    readonly_fields = ("verdict",)
    fields = ACTIVITY_FIELDS

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProcessingActivity]:
        self.request = request
        activities: Any = super().get_queryset(request)
        return activities.whole_rows()

    @admin.display(description=_("verdict"))
    def verdict(self, activity: ProcessingActivity) -> str:
        if activity._state.adding:
            return "–"
        return verdict_text(law_of(self.request).verdict_on_activity(activity.country, activity.transfers.all()))


#: The fields of a transfer that the form of a new activity offers. They are named with this prefix there.
TRANSFER_FIELDS = ("mechanism", "country", "signed_on", "assessed_on", "recipient_qualifies")
PREFIX = "transfer_"


def transfer_field(name: str, **options: object) -> Any:
    """Return the form field for a field of a transfer, which may be left empty."""
    field: Any = Transfer._meta.get_field(name)
    if isinstance(field, DateField):
        options["widget"] = DayInput
    return field.formfield(**options)


class NewActivityForm(VersionedForm):
    """A new activity with its first transfer, which is recorded if anything is said about it."""

    transfer_mechanism = forms.ModelChoiceField(
        TransferMechanism.objects.all(),
        required=False,
        label=_("transfer mechanism"),
        widget=AutocompleteSelect(Transfer._meta.get_field("mechanism"), admin.site),
    )
    transfer_country = transfer_field("country", label=_("transfer to"))
    transfer_signed_on = transfer_field("signed_on")
    transfer_assessed_on = transfer_field("assessed_on")
    transfer_recipient_qualifies = transfer_field("recipient_qualifies")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for name in TRANSFER_FIELDS:
            field = self.fields[PREFIX + name]
            field.label = capfirst(str(field.label))
        offers_mechanisms(self.fields["transfer_mechanism"], "transfer_country", "country")
        self.fields["country"].widget.attrs["data-verdict-of"] = reverse("admin:registry_processingactivity_judge")

    @property
    def has_transfer(self) -> bool:
        return any(PREFIX + name in self.changed_data for name in TRANSFER_FIELDS)

    def transfer(self) -> Transfer:
        """Return the transfer as typed, without its activity."""
        values = {name: self.cleaned_data.get(PREFIX + name) for name in TRANSFER_FIELDS}
        typed = {name: value for name, value in values.items() if value not in (None, "")}
        return Transfer(**typed)

    def clean(self) -> dict[str, object]:
        super().clean()
        if self.has_transfer:
            typed = {name for name in TRANSFER_FIELDS if PREFIX + name in self.cleaned_data}
            try:
                self.transfer().clean_fields(exclude={field.name for field in Transfer._meta.fields} - typed)
            except ValidationError as refused:
                for name, errors in refused.error_dict.items():
                    self.add_error(PREFIX + name, errors)
        return self.cleaned_data


class NewActivities(VersionedFormSet):
    """Saves each new activity with its transfer."""

    def save_new(self, form: Any, commit: bool = True) -> Any:
        activity = super().save_new(form, commit)
        if commit and form.has_transfer:
            transfer = form.transfer()
            transfer.activity = activity
            transfer.save()
        return activity


class NewActivityInline(ActivityInline):
    form = NewActivityForm
    formset = NewActivities
    fields = (
        *ACTIVITY_FIELDS,
        ("transfer_mechanism", "transfer_country"),
        ("transfer_recipient_qualifies", "transfer_signed_on", "transfer_assessed_on"),
    )
