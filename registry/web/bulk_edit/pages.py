"""The pages of a bulk edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry.core.progress import SEALING, report_progress
from registry.history.exceptions import OutcomeUnknown
from registry.history.people import address_of_client
from registry.history.recording import with_names
from registry.models import (
    Agreement,
    ProcessingActivity,
    Source,
    Tracked,
    Transfer,
    Vendor,
    change_set,
    current,
)
from registry.web.bulk_edit.forms import CLEAR, BulkEditForm
from registry.web.bulk_edit.plan import SHOWN, plan_bulk_edit
from registry.web.lists.selection import keys_of
from registry.web.page import Context, render
from registry.web.permissions import may_see, user_of
from registry.web.progress import WorkResult, stream_progress, wants_progress
from registry.web.reasons import ask_reason
from registry.web.safe_address import safe_address
from registry.web.typed import is_reopened, reopen
from registry.web.undo_confirmation import with_undo_link
from registry.web.versions import VERSION, version_in

MODELS: dict[str, type[Tracked]] = {
    str(model._meta.model_name): model for model in (Vendor, ProcessingActivity, Agreement, Transfer)
}
KEYS, DIGEST, BACK_TO = "keys", "digest", "back_to"


def bulk_edit(request: HttpRequest, model_name: str) -> HttpResponseBase:
    """Show the preview of a bulk edit, or write it where the plan is the one that was shown."""
    model = MODELS.get(model_name)
    if model is None:
        raise Http404
    list_address = reverse(f"admin:registry_{model._meta.model_name}_changelist")
    back_to = safe_address(request, request.POST.get(BACK_TO, ""), list_address)
    if not reopen(request) and request.method != "POST":
        messages.info(request, _("Nothing was changed. Select the rows again."))
        return redirect(back_to)
    require_bulk_edit(request, model)
    keys = keys_of(request.POST.getlist(KEYS))
    form = form_for(request, model, request.POST)
    if not form.is_valid():
        return choose_values_page(request, model, keys, form, back_to)
    confirmed = DIGEST in request.POST and not is_reopened(request) and not ask_reason(request)
    if confirmed and wants_progress(request):
        return stream_progress(
            lambda: write_in_change_set(request, model, keys, form, back_to),
            WorkResult(False, _("Nothing was changed: the register changed in the same moment. Try again."), back_to),
        )
    if confirmed:
        outcome = write_shown_values(request, model, keys, form, back_to)
        if outcome is not None:
            text = with_undo_link(request, outcome.text) if outcome.done else outcome.text
            messages.add_message(request, messages.SUCCESS if outcome.done else messages.WARNING, text)
            return HttpResponseRedirect(outcome.address)
    return preview_values_page(request, model, keys, form, back_to)


def require_bulk_edit(request: HttpRequest, model: type[Tracked]) -> None:
    if not (may_see(request, model) and request.user.has_perm(f"registry.change_{model._meta.model_name}")):
        raise PermissionDenied


def form_for(request: HttpRequest, model: type[Tracked], data: QueryDict | None = None) -> BulkEditForm:
    model_admin: Any = site.get_model_admin(model)
    return BulkEditForm(model, lambda each: model_admin.formfield_for_dbfield(each, request), data)


def choose_values_page(
    request: HttpRequest, model: type[Tracked], keys: Sequence[int], form: BulkEditForm, back_to: str
) -> HttpResponse:
    """Show the fields to choose values for."""
    entries = with_names(model._default_manager.filter(pk__among=list(keys[:SHOWN])))
    context: Context = {
        "form": form,
        "entries": entries,
        "count": len(keys),
        "further": max(0, len(keys) - SHOWN),
        "media": site.get_model_admin(model).media + form.media,
    }
    return values_step(request, model, keys, "registry/bulk_edit.html", context, back_to)


def preview_values_page(
    request: HttpRequest, model: type[Tracked], keys: Sequence[int], form: BulkEditForm, back_to: str
) -> HttpResponse:
    plan = plan_bulk_edit(model, keys, form.values(), version_in(request))
    context: Context = {
        "form": form,
        "plan": plan,
        "posted": [
            (name, value) for name in (*form.model_fields, CLEAR) for value in request.POST.getlist(name) if value
        ],
    }
    return values_step(request, model, keys, "registry/bulk_edit_preview.html", context, back_to)


def values_step(
    request: HttpRequest, model: type[Tracked], keys: Sequence[int], template: str, context: Context, back_to: str
) -> HttpResponse:
    hidden = {KEYS: ",".join(map(str, keys)), VERSION: version_in(request), BACK_TO: back_to}
    page_context = {"opts": model._meta, "hidden": hidden.items(), "back_to": back_to, **context}
    page_context["action"] = reverse("admin:bulk_edit", args=[model._meta.model_name])
    return render(request, template, _("Edit selected %s") % model._meta.verbose_name_plural, page_context)


def write_shown_values(
    request: HttpRequest, model: type[Tracked], keys: Sequence[int], form: BulkEditForm, back_to: str
) -> WorkResult | None:
    """Write the plan that was shown, within the open change set. Return None where it is no longer the same."""
    current().begin()
    plan = plan_bulk_edit(model, keys, form.values(), version_in(request))
    if plan.digest != request.POST.get(DIGEST):
        messages.warning(request, _("The register has changed since the preview. Check it again."))
        return None
    try:
        with transaction.atomic():
            changed = plan.apply()
    except IntegrityError as why:
        current().reset_after_rollback()
        return WorkResult(False, _("Nothing was changed: the register does not allow it. %s") % why, back_to)
    text = ngettext("%(count)s entry was changed.", "%(count)s entries were changed.", changed) % {"count": changed}
    return WorkResult(True, text, back_to)


def write_in_change_set(
    request: HttpRequest, model: type[Tracked], keys: Sequence[int], form: BulkEditForm, back_to: str
) -> WorkResult:
    """Write in a new change set, as that of the request has ended by then."""
    reason = form.cleaned_data["change_reason"]
    again = _("Nothing was changed: the register has changed since the preview. Select the rows again.")
    try:
        with change_set(user=user_of(request), source=Source.ADMIN, reason=reason, address=address_of_client(request)):
            outcome = write_shown_values(request, model, keys, form, back_to) or WorkResult(False, again, back_to)
            report_progress(SEALING)
            return outcome
    except OutcomeUnknown:
        lost = _("The connection was lost. Look in the change log whether the change is there.")
        return WorkResult(False, lost, reverse("admin:registry_changeset_changelist"))


def start(request: HttpRequest, model: type[Tracked], keys: Sequence[int], back_to: str) -> HttpResponse:
    """Show the first step for selected entries."""
    require_bulk_edit(request, model)
    return choose_values_page(request, model, keys, form_for(request, model), back_to)
