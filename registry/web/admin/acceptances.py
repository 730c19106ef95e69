"""The admin of accepted findings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.findings.rules import RULES, RULES_BY_CODE
from registry.models import Acceptance, Vendor
from registry.web.admin.reason_form import ReasonForm
from registry.web.admin.tracked import TrackedAdmin


class AcceptanceForm(ReasonForm):
    rule = forms.ChoiceField(label=gettext_lazy("Finding"), choices=lambda: [(rule.code, rule.title) for rule in RULES])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["rule"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        rule = RULES_BY_CODE.get(cleaned.get("rule", ""))
        if rule is not None:
            owner = "vendor" if rule.model is Vendor else "activity"
            if not cleaned.get(owner):
                self.add_error(owner, _("This finding is about a %s: choose which.") % rule.model._meta.verbose_name)
        until = cleaned.get("until")
        if until is not None and "until" in self.changed_data and until < timezone.localdate():
            self.add_error(
                "until", _("This day is in the past. Choose the last day until which the finding is accepted.")
            )
        return cleaned


@admin.register(Acceptance)
class AcceptanceAdmin(TrackedAdmin):
    """Findings that a person accepts until a day. Rule and entry cannot be changed later."""

    form = AcceptanceForm
    list_display = ("finding", "about", "until", "accepted_by", "why")
    list_filter = ("until",)
    list_select_related = ("vendor", "activity__vendor", "accepted_by")
    search_fields = (
        "vendor__name__holds",
        "activity__vendor__name__holds",
        "activity__purpose__holds",
        "why__holds",
        "rule__holds",
    )
    autocomplete_fields = ("vendor", "activity")
    fields = ("rule", "vendor", "activity", "why", "until")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("finding", "vendor", "activity", "accepted_by") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["finding", "vendor", "activity", "why", "until", "accepted_by"] if obj else list(self.fields)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, object]:
        values = super().get_changeform_initial_data(request)
        return {name: value for name, value in values.items() if name in {"rule", "vendor", "activity"}}

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm[Any], change: bool) -> None:
        if {"why", "until"} & set(form.changed_data):
            obj.accepted_by = request.user
        super().save_model(request, obj, form, change)

    @admin.display(description=gettext_lazy("finding"), ordering="rule")
    def finding(self, acceptance: Acceptance) -> str:
        rule = RULES_BY_CODE.get(acceptance.rule)
        return str(rule.title) if rule else acceptance.rule

    @admin.display(description=gettext_lazy("about"))
    def about(self, acceptance: Acceptance) -> str:
        return str(acceptance.activity or acceptance.vendor)
