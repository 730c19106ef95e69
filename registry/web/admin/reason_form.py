"""The form of an entry with the reason for change, and its fields."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.options import InlineModelAdmin
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.db.models import DateField, Model
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core.fields import CleanLineField, CleanTextField
from registry.models import current
from registry.web.conflicts import VersionedForm, VersionedFormSet
from registry.web.day_input import DayInput
from registry.web.reasons import ask_reason

#: Names are edited in one line, texts in several.
WIDGETS: dict[Any, dict[str, Any]] = {
    CleanLineField: {"widget": AdminTextInputWidget},
    CleanTextField: {"widget": AdminTextareaWidget(attrs={"rows": 2})},
    DateField: {"widget": DayInput},
}


class ReasonForm(VersionedForm):
    """A form with the reason, which ``registry.history.middleware`` puts into the change set."""

    change_reason = forms.CharField(
        label=gettext_lazy("Reason for change"),
        required=False,
        widget=AdminTextareaWidget(attrs={"rows": 1}),
        help_text=gettext_lazy("Kept with the change for ever. Write it for someone who asks in five years."),
    )
    #: Whether the form shows what was typed before the session ended. Such a form is never valid, so it is not saved.
    reopened = False
    #: What to say about a reason that is missing.
    reason_problem = ""

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.reason_problem:
            self.add_error("change_reason", self.reason_problem)
            self.fields["change_reason"].widget.attrs["autofocus"] = True
        if self.reopened:
            self.add_error(None, _("Your session had ended. This is what you typed: look at it and save it."))
        return self.cleaned_data


class QuestionAsked(Exception):
    """A form that would change something, and is shown again with a question. Nothing is written yet."""


def require_reason(request: HttpRequest) -> None:
    """Raise ``QuestionAsked`` where a reason is to be asked for and nothing is written yet."""
    if current().row is None and ask_reason(request):
        raise QuestionAsked


class TrackedInline(InlineModelAdmin):  # type: ignore[type-arg]
    """Entries edited within the form of another one, each with its version."""

    form = VersionedForm
    formset = VersionedFormSet
    formfield_overrides = WIDGETS
    extra = 0
    show_change_link = True

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        fields = super().get_fields(request, obj)
        writes = self.has_change_permission(request, obj) or self.has_add_permission(request, obj)
        return [*fields, "version"] if writes else fields
