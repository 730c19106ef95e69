"""What is wrong with a form and its inlines, as one list that leads to each field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.db.models import Model
from django.forms import BaseInlineFormSet, ModelForm
from django.utils.text import capfirst

#: Those of the inlines of an admin form.
type FormSets = Sequence[BaseInlineFormSet[Model, Model, ModelForm[Model]]]


@dataclass(frozen=True)
class FormProblem:
    message: str
    #: What it is about; empty where it is about the form as a whole.
    label: str = ""
    #: The id of the input, empty where there is none.
    anchor: str = ""


def form_problems(form: forms.BaseForm, formsets: FormSets) -> list[FormProblem]:
    """Return the problems of an admin form and of its formsets, in the order of the page."""
    problems = list(problems_of_form(form))
    for formset in formsets:
        model: Any = formset.model
        name = capfirst(str(model._meta.verbose_name))
        problems += (FormProblem(str(message), name) for message in formset.non_form_errors())
        for number, each in enumerate(formset.forms, start=1):
            problems += problems_of_form(each, f"{name} {number}")
    return problems


def problems_of_form(form: forms.BaseForm, entry: str = "") -> Iterator[FormProblem]:
    """Yield the problems of a form. ``entry`` names the entry of a formset that it is about."""
    for name, messages in form.errors.items():
        if name == NON_FIELD_ERRORS or name not in form.fields:
            yield from (FormProblem(str(message), entry) for message in messages)
            continue
        field = form[name]
        label = f"{entry}, {field.label}" if entry else str(field.label)
        anchor = "" if field.is_hidden else field.id_for_label or field.auto_id
        yield from (FormProblem(str(message), label, anchor) for message in messages)
