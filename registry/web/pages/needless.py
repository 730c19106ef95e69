"""The page that removes mechanisms recorded where none is needed."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from registry.law.standing import is_needless
from registry.law.wording import explain_verdict
from registry.models import ProcessingActivity, Transfer, current, law_on
from registry.web.page import render
from registry.web.permissions import require_view
from registry.web.typed import typed_reason

REMOVE_PERMISSION = "registry.delete_transfer"


class RemovalForm(forms.Form):
    """The reason, and the transfers that were shown: no others are removed."""

    transfers = forms.CharField(widget=forms.HiddenInput)
    change_reason = forms.CharField(
        label=gettext_lazy("Reason for change"), widget=AdminTextareaWidget(attrs={"rows": 2})
    )

    def __init__(self, transfers: Iterable[Transfer], data: QueryDict | None = None, reason: str = "") -> None:
        keys = " ".join(str(each.pk) for each in transfers)
        super().__init__(data, initial={"transfers": keys, "change_reason": reason})
        self.keys = keys

    def clean_transfers(self) -> str:
        shown: str = self.cleaned_data["transfers"]
        if shown != self.keys:
            raise forms.ValidationError(_("They have changed meanwhile: look at the list again."))
        return shown


@require_http_methods(["GET", "HEAD", "POST"])
def needless_mechanisms_page(request: HttpRequest, key: int) -> HttpResponse:
    """Show the mechanisms of an activity that are recorded where none is needed today, and remove them."""
    require_view(request, ProcessingActivity, Transfer)
    may_remove = request.user.has_perm(REMOVE_PERMISSION)
    if request.method == "POST":
        if not may_remove:
            raise PermissionDenied
        current().begin()
    activity = get_object_or_404(ProcessingActivity.objects.whole_rows(), pk=key)
    transfers = needless_transfers(activity)
    form = RemovalForm(transfers, request.POST if request.method == "POST" else None, typed_reason(request))
    if form.is_valid():
        Transfer.objects.filter(pk__in=[each.pk for each in transfers]).delete()
        text = ngettext("%(count)s mechanism was removed.", "%(count)s mechanisms were removed.", len(transfers))
        messages.success(request, text % {"count": len(transfers)})
        return redirect("admin:registry_processingactivity_change", activity.pk)
    law = law_on(timezone.localdate())
    rows = [
        (each, explain_verdict(law.verdict_without_evidence(each.country or activity.country))) for each in transfers
    ]
    context = {
        "opts": ProcessingActivity._meta,
        "activity": activity,
        "rows": rows,
        "form": form if may_remove and transfers else None,
    }
    return render(request, "registry/needless.html", _("Mechanisms where none is needed"), context)


def needless_transfers(activity: ProcessingActivity) -> list[Transfer]:
    """Return the transfers of an activity whose mechanism is not needed by the law of today."""
    law = law_on(timezone.localdate())
    return [each for each in activity.transfers.all() if is_needless(law, activity.country, each)]
