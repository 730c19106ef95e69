"""Bulk actions: confirmed on a page, and recorded for each entry, in one change set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from registry.history.ownership import changed_after
from registry.history.time_travel import newest_change_set
from registry.history.tracked import Tracked
from registry.models import User, Vendor, current
from registry.web.admin.ending_action import end_selected
from registry.web.bulk_edit import pages as bulk_edit
from registry.web.day_input import DayInput
from registry.web.lists.definition import LIST_BY_MODEL
from registry.web.page import render
from registry.web.reasons import ask_reason, reason_problem
from registry.web.typed import is_reopened
from registry.web.undo_confirmation import with_undo_link

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

type Action = Callable[[ModelAdmin[Tracked], HttpRequest, QuerySet[Tracked]], HttpResponse | None]


class BulkForm(forms.Form):
    """The values to set, and the reason. The other fields are fields of the entries."""

    change_reason = forms.CharField(
        label=_("Reason for change"), required=False, widget=AdminTextareaWidget(attrs={"rows": 2})
    )

    #: Fields of the form that are not fields of the entries.
    not_fields: tuple[str, ...] = ("change_reason",)

    def values(self) -> dict[str, object]:
        return {name: value for name, value in self.cleaned_data.items() if name not in self.not_fields}

    def done(self, count: int) -> str:
        """Return the message that says what was done."""
        raise NotImplementedError

    def written_values(self) -> dict[str, object]:
        """Return values that are known only once the change set is written."""
        return {}

    def problems(self, keys: list[int]) -> dict[int, str]:
        """Return why entries cannot be changed, by their keys."""
        return {}


class OwnerForm(BulkForm):
    field_order = ("owner", "change_reason")

    owner = forms.ModelChoiceField(User.objects.filter(is_active=True), label=_("owner"))

    def done(self, count: int) -> str:
        text = ngettext("%(count)s vendor has a new owner.", "%(count)s vendors have a new owner.", count)
        return text % {"count": count}


class ReviewedForm(BulkForm):
    """Marks vendors as reviewed, but not those that changed since the form was opened."""

    field_order = ("last_reviewed_on", "change_reason")
    not_fields = ("change_reason", "version")

    last_reviewed_on = forms.DateField(label=_("last reviewed on"), widget=DayInput, initial=timezone.localdate)
    version = forms.IntegerField(widget=forms.HiddenInput, initial=newest_change_set)

    def done(self, count: int) -> str:
        text = ngettext("%(count)s vendor was reviewed.", "%(count)s vendors were reviewed.", count)
        return text % {"count": count}

    def clean_last_reviewed_on(self) -> date:
        day: date = self.cleaned_data["last_reviewed_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(gettext("This day has not come yet."))
        return day

    def written_values(self) -> dict[str, object]:
        return {"reviewed_in": current().write_row()}

    def problems(self, keys: list[int]) -> dict[int, str]:
        changed = Vendor.objects.filter(changed_after(Vendor, self.cleaned_data["version"]), pk__among=keys)
        return dict.fromkeys(
            changed.values_list("pk", flat=True), gettext("changed while you were looking at it. Check it again.")
        )


def bulk_action(name: str, description: StrOrPromise, form_class: type[BulkForm]) -> Action:
    @admin.action(description=description, permissions=["change"])
    def perform(
        model_admin: ModelAdmin[Tracked], request: HttpRequest, entries: QuerySet[Tracked]
    ) -> HttpResponse | None:
        form = form_class(request.POST if "apply" in request.POST else None)
        if form.is_valid() and not is_reopened(request):
            if ask_reason(request):
                form.add_error("change_reason", reason_problem(request))
                form.fields["change_reason"].widget.attrs["autofocus"] = True
            elif apply_to_entries(model_admin, request, entries, form):
                return None
        context = {
            "opts": model_admin.opts,
            "form": form,
            "entries": entries,
            "action": name,
            "checkbox": ACTION_CHECKBOX_NAME,
            "media": model_admin.media,
        }
        return render(request, "admin/registry/bulk_action.html", description, context)

    perform.__name__ = name
    return perform


def apply_to_entries(
    model_admin: ModelAdmin[Tracked], request: HttpRequest, entries: QuerySet[Tracked], form: BulkForm
) -> bool:
    """Change all entries and return True, or none if one of them cannot be changed."""
    current().begin()
    model: Any = model_admin.model
    rows = model.objects.filter(pk__among=list(entries.values_list("pk", flat=True)))
    entries_to_change, values = list(rows), form.values()
    refused = rows.constraint_violations(values) | form.problems([entry.pk for entry in entries_to_change])
    for entry in entries_to_change:
        if entry.pk in refused:
            form.add_error(None, f"{entry}: {refused[entry.pk]}")
    if refused:
        return False
    written = form.written_values()
    for entry in entries_to_change:
        for name, value in {**values, **written}.items():
            setattr(entry, name, value)
    changed = model.objects.bulk_update(entries_to_change, [*values, *written])
    model_admin.message_user(request, with_undo_link(request, form.done(changed)))
    return True


@admin.action(description=_("Edit selected %(verbose_name_plural)s"), permissions=["change"])
def edit_selected(model_admin: ModelAdmin[Tracked], request: HttpRequest, entries: QuerySet[Tracked]) -> HttpResponse:
    """Lead to the page that gives the entries new values."""
    keys = list(entries.order_by("pk").values_list("pk", flat=True))
    return bulk_edit.start(request, model_admin.model, keys, return_address(model_admin, request))


def return_address(model_admin: ModelAdmin[Tracked], request: HttpRequest) -> str:
    """Return the address of the list that an action was started from."""
    definition = LIST_BY_MODEL.get(model_admin.model)
    address = definition.address if definition else request.path
    return f"{address}?{request.GET.urlencode()}" if request.GET else address


VENDOR_ACTIONS = (
    edit_selected,
    end_selected,
    bulk_action("assign_owner", _("Assign an owner to selected vendors"), OwnerForm),
    bulk_action("mark_as_reviewed", _("Mark selected vendors as reviewed"), ReviewedForm),
)
