"""An activity that moves to a country where its mechanisms are not needed: what becomes of them is asked for once."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.law.standing import is_needless
from registry.models import ProcessingActivity, Transfer, TransferMechanism, law_on
from registry.web.admin.form_verdict import form_transfers
from registry.web.admin.reason_form import QuestionAsked, ReasonForm
from registry.web.reasons import ask_reason

REMOVE, KEEP = "remove", "keep"
#: The field of the answer.
ANSWER = "not_needed"
REMOVE_PERMISSION = "registry.delete_transfer"


class MovingForm(ReasonForm):
    """The form of an activity, with what becomes of mechanisms that its new country does not need."""

    not_needed = forms.ChoiceField(
        label=gettext_lazy("Mechanisms that are not needed"),
        required=False,
        choices=((REMOVE, gettext_lazy("Remove them")), (KEEP, gettext_lazy("Keep them"))),
        widget=forms.RadioSelect,
    )
    #: The labels of the mechanisms that are asked about.
    asked_about: Sequence[str] = ()

    def clean(self) -> dict[str, object]:
        super().clean()
        if self.asked_about and not self.cleaned_data.get(ANSWER):
            country = self.fields["country"].prepare_value(self.cleaned_data.get("country"))
            words = {"country": country, "mechanisms": ", ".join(self.asked_about)}
            self.add_error(
                ANSWER, _("In %(country)s these are not needed: %(mechanisms)s. Choose what becomes of them.") % words
            )
        return self.cleaned_data


def asked_about(request: HttpRequest) -> Sequence[str]:
    """Return the labels of the mechanisms about which the page asks; empty where it does not ask."""
    labels: Sequence[str] = getattr(request, "mechanisms_not_needed", ())
    return labels


def is_asked(request: HttpRequest) -> bool:
    """Return whether the page shows the question."""
    return bool(asked_about(request) or request.POST.get(ANSWER))


def ask_about_mechanisms(request: HttpRequest, form: forms.ModelForm[ProcessingActivity]) -> None:
    """Raise ``QuestionAsked`` where an activity moves to a country that needs none of its mechanisms, unless answered.

    Who may not remove transfers is not asked.
    """
    moves = "country" in form.changed_data and not form.cleaned_data.get(ANSWER)
    if not moves or not request.user.has_perm(REMOVE_PERMISSION):
        return
    law = law_on(timezone.localdate())
    before, after = form.initial["country"], form.cleaned_data["country"]
    mechanisms: list[TransferMechanism] = [
        each.mechanism  # type: ignore[misc]
        for each in form_transfers(request.POST, law)
        if not each.country and is_needless(law, after, each) and not is_needless(law, before, each)
    ]
    if mechanisms:
        request.mechanisms_not_needed = [str(each) for each in mechanisms]  # type: ignore[attr-defined]
        ask_reason(request)  # both at once
        raise QuestionAsked


def remove_mechanisms_not_needed(activity: ProcessingActivity) -> None:
    """Remove the transfers of an activity that rely on a mechanism for its own country, where it needs none."""
    law = law_on(timezone.localdate())
    transfers = Transfer.objects.filter(activity=activity, country="").select_related("mechanism")
    needless = [each.pk for each in transfers if is_needless(law, activity.country, each)]
    Transfer.objects.filter(pk__in=needless).delete()
