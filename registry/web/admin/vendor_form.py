"""The form of a vendor, which asks what becomes of the activities where it ends the vendor."""

from __future__ import annotations

from collections.abc import Iterator

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core.text import whole_number
from registry.models import ProcessingActivity, Status
from registry.web.admin.vendor_comparison import ComparedForm
from registry.web.vendor_ending.forms import reason_needed
from registry.web.vendor_ending.plan import ActivityOutcome, Ending, activities_going_on, collisions

QUESTION = "outcome"


class VendorForm(ComparedForm):
    outcome = forms.ChoiceField(
        label=gettext_lazy("What becomes of its activities?"),
        choices=ActivityOutcome.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    #: Whether the form ends a vendor with activities, so that the page asks about them.
    asks_outcome = False
    may_change_activities = True

    @property
    def ends(self) -> bool:
        """Return whether the form ends a vendor that has not ended yet."""
        before = self.initial.get("status")
        return self.instance.pk is not None and before != Status.ENDED == self.cleaned_data.get("status")

    def clean(self) -> dict[str, object]:
        super().clean()
        if self.ends:
            self.check_ending()
        return self.cleaned_data

    def check_ending(self) -> None:
        if not self.cleaned_data.get("ended_on") and "ended_on" not in self.errors:
            self.add_error("ended_on", _("Say on which day the vendor ended."))
        activities = activities_going_on([self.instance.pk]).get(self.instance.pk, [])
        self.asks_outcome = bool(activities)
        outcome = self.cleaned_data.get(QUESTION)
        if activities and not outcome and QUESTION not in self.errors:
            self.add_error(QUESTION, _("The vendor has activities. Say what becomes of them."))
        if activities and outcome in (ActivityOutcome.END, ActivityOutcome.MOVE) and not self.may_change_activities:
            self.add_error(QUESTION, _("You may not change activities: keep them and say why."))
        if (
            activities
            and outcome == ActivityOutcome.KEEP
            and not (self.cleaned_data.get("change_reason") or "").strip()
        ):
            self.add_error("change_reason", reason_needed())
        if activities and outcome == ActivityOutcome.MOVE:
            self.check_move(activities)

    def check_move(self, activities: list[ProcessingActivity]) -> None:
        successor = self.cleaned_data.get("replaced_by")
        if successor is None:
            self.add_error("replaced_by", _("Choose the successor that its activities move to."))
        elif successor.status == Status.ENDED:
            self.add_error("replaced_by", _("The successor has ended. Choose another one."))
        else:
            moves = ((self.instance.pk, successor, purpose) for purpose in self.purposes(activities))
            for _vendor, why in collisions(moves):
                self.add_error("replaced_by", why)

    def purposes(self, activities: list[ProcessingActivity]) -> Iterator[str]:
        """Yield the purposes of the activities as they are once the form is saved: it may edit them."""
        edited: set[int | None] = set()
        for number in range(whole_number(self.data.get("activities-TOTAL_FORMS", "")) or 0):
            row = {name: self.data.get(f"activities-{number}-{name}", "") for name in ("id", "purpose", "DELETE")}
            if not row["purpose"]:
                continue
            edited.add(whole_number(row["id"]))
            if not row["DELETE"] and self.data.get(f"activities-{number}-status") != Status.ENDED:
                yield row["purpose"]
        yield from (each.purpose for each in activities if each.pk not in edited)

    def ending(self) -> Ending:
        """Return the end of the vendor, with its activities as they are now."""
        vendor = self.instance
        outcome = ActivityOutcome(self.cleaned_data[QUESTION]) if self.cleaned_data.get(QUESTION) else None
        activities = activities_going_on([vendor.pk]).get(vendor.pk, [])
        return Ending(vendor, vendor.ended_on, outcome, vendor.replaced_by, activities=activities)
