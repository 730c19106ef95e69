"""The page of the end of a mechanism: activities that lose cover, and moving them to a successor."""

from __future__ import annotations

from datetime import date

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from registry.core.days import next_day
from registry.files.reports.findings import changed_verdicts_table
from registry.law.wording import VERDICT_NAMES, explain_verdict
from registry.mechanisms.cover import ChangedVerdict, Move, losses_of_cover
from registry.models import ProcessingActivity, Transfer, TransferMechanism, YesNoUnknown, current
from registry.web.day_input import optional_day
from registry.web.exports import recorded_workbook
from registry.web.filters import UnknownFilter
from registry.web.law_day import day_in_address
from registry.web.page import paginate, refusal_page, render
from registry.web.permissions import require_view
from registry.web.typed import is_reopened, reopen

#: Moving changes transfers, and adds missing ones.
MOVE_PERMISSIONS = ("registry.add_transfer", "registry.change_transfer")


class MoveForm(forms.Form):
    successor = forms.ModelChoiceField(TransferMechanism.objects.none(), label=gettext_lazy("Successor"))
    recipient_qualifies = forms.ChoiceField(label=gettext_lazy("recipient qualifies"), choices=YesNoUnknown.choices)
    checked_on = optional_day(gettext_lazy("checked on"))
    signed_on = optional_day(gettext_lazy("signed on"))
    assessed_on = optional_day(gettext_lazy("assessed on"))
    authorised_on = optional_day(gettext_lazy("authorised on"))
    processor_adds_data = forms.ChoiceField(
        label=gettext_lazy("processor adds data"), choices=YesNoUnknown.choices, required=False
    )

    def clean_processor_adds_data(self) -> str:
        return self.cleaned_data["processor_adds_data"] or YesNoUnknown.UNKNOWN

    change_reason = forms.CharField(
        label=gettext_lazy("Reason for change"), widget=AdminTextareaWidget(attrs={"rows": 2})
    )

    def __init__(self, mechanism: TransferMechanism, data: QueryDict | None) -> None:
        super().__init__(data, initial={"successor": mechanism.replaced_by_id})
        self.fields["successor"].queryset = TransferMechanism.objects.exclude(pk=mechanism.pk)  # type: ignore[attr-defined]

    @property
    def facts(self) -> dict[str, object]:
        return {name: value for name, value in self.cleaned_data.items() if name not in {"successor", "change_reason"}}


@require_http_methods(["GET", "HEAD", "POST"])
def ending_page(request: HttpRequest, key: int) -> HttpResponseBase:
    mechanism = get_object_or_404(TransferMechanism, pk=key)
    require_view(request, TransferMechanism, ProcessingActivity, Transfer)
    if not reopen(request) and request.method == "POST":
        current().begin()
        mechanism.refresh_from_db()
    try:
        last_day = day_in_address(request, "last_day") or mechanism.valid_until or timezone.localdate()
    except UnknownFilter as refused:
        context = {"mechanism": mechanism, "opts": TransferMechanism._meta}
        return refusal_page(request, "registry/ending.html", str(mechanism), refused, context)
    losses = losses_of_cover(mechanism, last_day)
    if "export" in request.POST and not is_reopened(request):
        return export_losses(request, losses, last_day)
    return work_list(request, mechanism, losses, last_day)


def work_list(
    request: HttpRequest, mechanism: TransferMechanism, losses: list[ChangedVerdict], last_day: date
) -> HttpResponse:
    form = MoveForm(mechanism, request.POST or None)
    chosen = set(request.POST.getlist("activity"))
    if request.method == "POST":
        if not request.user.has_perms(MOVE_PERMISSIONS):
            raise PermissionDenied
        if not chosen:
            form.add_error(None, _("Choose the activities to move."))
        if form.is_valid() and not is_reopened(request) and move_activities(request, form, mechanism, losses, chosen):
            return HttpResponseRedirect(request.get_full_path())
    listed = paginate(request, losses)
    context = {
        **listed,
        "mechanism": mechanism,
        "opts": TransferMechanism._meta,
        "last_day": last_day,
        "day_after": next_day(last_day),
        "recorded": mechanism.valid_until == last_day,
        "losses": [
            {
                "loss": loss,
                "before": VERDICT_NAMES[loss.before.verdict],
                "after": VERDICT_NAMES[loss.after.verdict],
                "why": explain_verdict(loss.after),
            }
            for loss in listed["page"]
        ],
        "chosen": chosen,
        "form": form if request.user.has_perms(MOVE_PERMISSIONS) else None,
    }
    return render(request, "registry/ending.html", _("When %s ends") % mechanism, context)


def move_activities(
    request: HttpRequest, form: MoveForm, mechanism: TransferMechanism, losses: list[ChangedVerdict], chosen: set[str]
) -> bool:
    """Move the chosen activities and return True, or none if one of them cannot be moved."""
    listed = {str(loss.activity.pk): loss.activity for loss in losses}
    if chosen - listed.keys():
        form.add_error(None, _("Some of them no longer lose cover: look at the list again."))
        return False
    activities = [listed[each] for each in sorted(chosen, key=int)]
    transfers = Move(mechanism, form.cleaned_data["successor"], form.facts).changed_transfers(activities)
    for transfer in transfers:
        try:
            transfer.full_clean()
        except forms.ValidationError as error:
            form.add_error(None, f"{transfer.activity}: {' '.join(error.messages)}")
    if form.errors:
        return False
    added, changed = ([each for each in transfers if each._state.adding is new] for new in (True, False))
    Transfer.objects.bulk_create(added)
    Transfer.objects.bulk_update(changed, ["mechanism", "wording", *form.facts])
    count = len(activities)
    text = ngettext("%(count)s activity was moved.", "%(count)s activities were moved.", count)
    messages.success(request, text % {"count": count})
    return True


def export_losses(request: HttpRequest, losses: list[ChangedVerdict], last_day: date) -> FileResponse:
    day = next_day(last_day)
    return recorded_workbook(
        request,
        lambda who: changed_verdicts_table(losses, _("Loses cover"), day, who=who),
        of="cover lost",
        rows=request.get_full_path(),
        file_name=f"cover-lost-{day}.xlsx",
    )
