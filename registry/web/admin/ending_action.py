"""The action that ends selected vendors."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from registry.core.order import in_order_of_names
from registry.models import Vendor, current
from registry.web.page import render
from registry.web.reasons import ask_reason, reason_problem
from registry.web.typed import is_reopened
from registry.web.undo_confirmation import with_undo_link
from registry.web.vendor_ending.forms import EndingForm
from registry.web.vendor_ending.plan import activities_going_on, end_vendors

CHANGE_ACTIVITIES = "registry.change_processingactivity"


@admin.action(description=_("End selected vendors"), permissions=["change"])
def end_selected(
    model_admin: ModelAdmin[Vendor], request: HttpRequest, entries: QuerySet[Vendor]
) -> HttpResponse | None:
    """Ask on one page what ending the vendors means, and end them."""
    answered = "apply" in request.POST
    writes = answered and not is_reopened(request)
    if writes:
        current().begin()
    vendors = list(entries.select_related("replaced_by").order_by(in_order_of_names("name_key")))
    activities = activities_going_on([each.pk for each in vendors])
    may_change = request.user.has_perm(CHANGE_ACTIVITIES)
    form = EndingForm(vendors, activities, request.POST if answered else None, may_change_activities=may_change)
    if writes and form.is_valid():
        if not ask_reason(request):
            model_admin.message_user(request, with_undo_link(request, str(end_vendors(form.endings()))))
            return None
        form.add_error("change_reason", reason_problem(request))
        form.fields["change_reason"].widget.attrs["autofocus"] = True
    context = {
        "opts": model_admin.opts,
        "form": form,
        "entries": vendors,
        "action": "end_selected",
        "checkbox": ACTION_CHECKBOX_NAME,
        "media": model_admin.media + form.media,
    }
    return render(request, "admin/registry/end_vendors.html", _("End selected vendors"), context)
