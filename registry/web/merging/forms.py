"""The questions on the page that merges two entries, and on the one that chooses them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.admin import site
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget, AutocompleteSelect
from django.http import QueryDict
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core.fields import validate_printable
from registry.core.text import text_key, with_signs_for_the_invisible
from registry.models import LegalBasis, ProcessingActivity, Tracked, TransferMechanism, Vendor
from registry.web.merging.pairs import GONE, JOIN, KEEP, MOVE, FieldChoice, Pair
from registry.web.merging.plan import MergePlan

#: Characters of a value that the page shows.
SHOWN = 300
#: Pairs that the page asks about; the others are merged as it would suggest.
MOST_ASKED = 100
#: Models whose entries are chosen by a part of the name; those of others are few.
SEARCHED = (Vendor, TransferMechanism)


class OtherForm(forms.Form):
    """Chooses the entry that goes."""

    def __init__(self, keep: Tracked, data: QueryDict | None = None) -> None:
        super().__init__(data)
        model: Any = type(keep)
        others = model.objects.exclude(pk=keep.pk)
        widget: Any = forms.Select()
        if isinstance(keep, ProcessingActivity):
            others = others.filter(vendor=keep.vendor_id).select_related("vendor")
        if isinstance(keep, SEARCHED):
            widget = AutocompleteSelect(model._meta.get_field("replaced_by"), site)
        label = _("Another %s") % model._meta.verbose_name
        self.fields["gone"] = forms.ModelChoiceField(others, label=label, widget=widget)
        if isinstance(keep, ProcessingActivity | LegalBasis):
            self.fields["gone"].label_from_instance = shown_name  # type: ignore[attr-defined]


def shown_name(entry: Tracked) -> str:
    """Return the name of an entry as a choice: of an activity its purpose, as the vendor is the same."""
    text = entry.purpose if isinstance(entry, ProcessingActivity) else str(entry)
    return Truncator(with_signs_for_the_invisible(text)).chars(120)


def shown_values(choice: FieldChoice) -> tuple[str, str]:
    """Return the two values of a field as shown. Where they read the same, what tells them apart is made visible."""
    keep, gone = choice.keep_text, choice.gone_text
    if text_key(keep) == text_key(gone):
        keep, gone = with_signs_for_the_invisible(keep), with_signs_for_the_invisible(gone)
    short = [Truncator(text).chars(SHOWN) if text else "–" for text in (keep, gone)]
    return short[0], short[1]


@dataclass(frozen=True)
class PairRows:
    """The questions about two entries."""

    pair: Pair
    #: Whether they become one; None where that is no question.
    question: Any
    word: Any
    fields: Sequence[Any]


class MergeForm(forms.Form):
    """For each field in which two entries differ, which of the two values stays."""

    def __init__(self, plan: MergePlan, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.plan = plan
        differing = [pair for pair in plan.joined if pair.is_question or pair.choices]
        #: The pairs that do not differ in what can be chosen, and become one without a question.
        self.alike = [pair for pair in plan.joined if not (pair.is_question or pair.choices)]
        self.asked, self.unasked = differing[:MOST_ASKED], differing[MOST_ASKED:]
        for pair in (plan.root, *self.asked):
            if pair.is_question:
                self.add_question(pair)
            for choice in pair.choices:
                keep, gone = shown_values(choice)
                self.fields[choice.name] = forms.ChoiceField(
                    label=choice.label,
                    choices=[(KEEP, keep), (GONE, gone)],
                    initial=choice.default,
                    required=False,
                    widget=forms.RadioSelect,
                )
        self.fields["change_reason"] = forms.CharField(
            label=gettext_lazy("Reason for change"), required=False, widget=AdminTextareaWidget(attrs={"rows": 2})
        )

    def add_question(self, pair: Pair) -> None:
        words = {"kind": pair.model._meta.verbose_name_plural}
        worded = pair.link is not None and bool(pair.link.worded)
        both = _("both stay, told apart by a word") if worded else _("both stay")
        self.fields[pair.question] = forms.ChoiceField(
            label=capfirst(_("the two %(kind)s") % words),
            choices=[(JOIN, _("become one")), (MOVE, both)],
            initial=JOIN,
            required=False,
            widget=forms.RadioSelect,
        )
        if worded:
            self.fields[f"word-{pair.question}"] = forms.CharField(
                label=_("Word"),
                initial=str(self.plan.gone),
                required=False,
                max_length=100,
                widget=AdminTextInputWidget(),
                validators=[validate_printable],
            )

    def answers(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if name != "change_reason" and value}

    def rows(self, pair: Pair) -> PairRows:
        question = self[pair.question] if pair.is_question else None
        word = self[f"word-{pair.question}"] if f"word-{pair.question}" in self.fields else None
        return PairRows(pair, question, word, [self[choice.name] for choice in pair.choices])

    def root(self) -> PairRows:
        return self.rows(self.plan.root)

    def joined(self) -> Iterator[PairRows]:
        """Yield the pairs about which there is a question."""
        yield from map(self.rows, self.asked)
