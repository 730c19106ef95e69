"""The admin of the organisation that keeps the register."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from registry.models import Logo, Organisation
from registry.web.admin.only_entry import OnlyEntryAdmin
from registry.web.admin.reason_form import ReasonForm


class OrganisationForm(ReasonForm):
    logo = forms.FileField(
        label=_("Logo"), required=False, help_text=_("PNG or JPEG, at most 2 MB. It stands on papers.")
    )
    remove_logo = forms.BooleanField(label=_("Remove the logo"), required=False)

    class Meta:
        model = Organisation
        fields = (
            "name",
            "registration_number",
            "contact",
            "joint_controllers",
            "representative",
            "data_protection_officer",
        )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.logo_sha256:
            del self.fields["remove_logo"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        file = cleaned.get("logo")
        if file is not None:
            try:
                cleaned["kept_logo"] = Logo.keep(file.read())
            except forms.ValidationError as error:
                self.add_error("logo", error)
        return cleaned

    def save(self, commit: bool = True) -> Any:
        kept = self.cleaned_data.get("kept_logo")
        if kept is not None:
            self.instance.logo_sha256 = kept.sha256
        elif self.cleaned_data.get("remove_logo"):
            self.instance.logo_sha256 = ""
        return super().save(commit)


@admin.register(Organisation)
class OrganisationAdmin(OnlyEntryAdmin):
    form = OrganisationForm

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fields = [*OrganisationForm.Meta.fields, "logo"]
        return [*fields, "remove_logo"] if obj is not None and obj.logo_sha256 else fields
