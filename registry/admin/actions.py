"""What can be done to several entries at once: asked on a page of its own, recorded per entry, in one change set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AdminDateWidget, AdminTextareaWidget
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from registry.models import Status, User, current

Action = Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponse | None]


class BulkForm(forms.Form):
    """What to set, and why. Each field but the reason is a field of the entries."""

    #: Values that follow from the action itself.
    also: dict[str, Any] = {}

    change_reason = forms.CharField(
        label=_("Reason for change"), required=False, widget=AdminTextareaWidget(attrs={"rows": 2})
    )

    def values(self) -> dict[str, Any]:
        chosen = {name: value for name, value in self.cleaned_data.items() if name != "change_reason"}
        return {**chosen, **self.also}


class EndForm(BulkForm):
    also = {"status": Status.ENDED}
    field_order = ("ended_on", "change_reason")

    ended_on = forms.DateField(label=_("ended on"), widget=AdminDateWidget, initial=timezone.localdate)


class OwnerForm(BulkForm):
    field_order = ("owner", "change_reason")

    owner = forms.ModelChoiceField(User.objects.filter(is_active=True), label=_("owner"))


class ReviewedForm(BulkForm):
    field_order = ("last_reviewed_on", "change_reason")

    last_reviewed_on = forms.DateField(label=_("last reviewed on"), widget=AdminDateWidget, initial=timezone.localdate)


def bulk_action(name: str, description: Any, form_class: type[BulkForm]) -> Action:
    @admin.action(description=description, permissions=["change"])
    def act(model_admin: Any, request: HttpRequest, entries: QuerySet[Any]) -> HttpResponse | None:
        form = form_class(request.POST if "apply" in request.POST else None)
        if form.is_valid() and write(model_admin, request, entries, form):
            return None
        context = {
            **model_admin.admin_site.each_context(request),
            "opts": model_admin.opts,
            "title": description,
            "form": form,
            "entries": entries,
            "action": name,
            "checkbox": ACTION_CHECKBOX_NAME,
            "media": model_admin.media,
        }
        return TemplateResponse(request, "admin/registry/bulk_action.html", context)

    act.__name__ = name
    return act


def write(model_admin: Any, request: HttpRequest, entries: QuerySet[Any], form: BulkForm) -> bool:
    """All of them, or none where the register does not allow it for one."""
    current().begin()
    values = form.values()
    model: Any = model_admin.model
    chosen = list(model.objects.filter(pk__in=entries.values("pk")))
    for entry in chosen:
        for name, value in values.items():
            setattr(entry, name, value)
    refused = [(entry, reason) for entry in chosen if (reason := problem(entry))]
    for entry, reason in refused:
        form.add_error(None, f"{entry}: {reason}")
    if refused:
        return False
    changed = model.objects.bulk_update(chosen, list(values))
    message = ngettext("%(count)s entry was changed.", "%(count)s entries were changed.", changed)
    model_admin.message_user(request, message % {"count": changed})
    return True


def problem(entry: Any) -> str:
    try:
        entry.validate_constraints()
    except forms.ValidationError as error:
        return " ".join(error.messages)
    return ""


VENDOR_ACTIONS = (
    bulk_action("end_selected", _("End selected vendors"), EndForm),
    bulk_action("assign_owner", _("Assign an owner to selected vendors"), OwnerForm),
    bulk_action("mark_as_reviewed", _("Mark selected vendors as reviewed"), ReviewedForm),
)
