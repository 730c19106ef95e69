"""The page of open questions: one question at a time, answered in a table over all entries that leave it open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from registry.core.counts import count_of
from registry.findings.questions import QUESTIONS, QUESTIONS_BY_CODE, OpenQuestion, count_open_questions
from registry.history.recording import with_names
from registry.models import LegalBasis, ProcessingActivity, Tracked, Transfer, TransferMechanism, Vendor
from registry.web.lists.grid import EntryGrid, fill
from registry.web.lists.selection import keys_of, ticked_keys
from registry.web.page import Context, paginate, render
from registry.web.permissions import may_see
from registry.web.reasons import ask_reason
from registry.web.typed import is_reopened, reopen
from registry.web.undo_confirmation import with_undo_link

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ROWS_PER_PAGE = 50
ANSWER_SELECTED = "_answer_selected"


@dataclass(frozen=True)
class EntryFacts:
    """What is shown beside an answer: headings, their texts for an entry, and the query that reads them."""

    headings: tuple[StrOrPromise, ...]
    texts: Callable[[Any], tuple[object, ...]]
    read: Callable[[Any], QuerySet[Tracked]]


#: The facts by the model that a question is about. The first one leads to the entry.
FACTS: Mapping[type[Model], EntryFacts] = {
    ProcessingActivity: EntryFacts(
        (gettext_lazy("Purpose"), gettext_lazy("Vendor"), gettext_lazy("Personal data"), gettext_lazy("Country")),
        lambda activity: (activity.purpose, activity.vendor.name, activity.personal_data, activity.country),
        lambda activities: activities.select_related("vendor").order_by("position", "pk"),
    ),
    Vendor: EntryFacts(
        (gettext_lazy("Vendor"), gettext_lazy("Purposes")),
        lambda vendor: (vendor.name, "\n".join(activity.purpose for activity in vendor.activities.all())),
        lambda vendors: vendors.prefetch_related("activities").order_by("name_key", "pk"),
    ),
    Transfer: EntryFacts(
        (gettext_lazy("Activity"), gettext_lazy("Mechanism"), gettext_lazy("Country")),
        lambda transfer: (
            transfer.activity,
            transfer.wording or transfer.mechanism or "",
            transfer.country or transfer.activity.country,
        ),
        lambda transfers: transfers.select_related("activity__vendor", "mechanism").order_by("activity_id", "pk"),
    ),
    LegalBasis: EntryFacts(
        (gettext_lazy("Legal basis"), gettext_lazy("Rows that rest on it")),
        lambda basis: (basis.label, basis.row_count),
        lambda bases: bases.annotate(row_count=count_of(ProcessingActivity, "legal_basis")).order_by(
            "-row_count", "label"
        ),
    ),
    TransferMechanism: EntryFacts(
        (gettext_lazy("Mechanism"), gettext_lazy("Transfers that rest on it")),
        lambda mechanism: (mechanism.label, mechanism.row_count),
        lambda mechanisms: mechanisms.annotate(row_count=count_of(Transfer, "mechanism")).order_by(
            "-row_count", "label_key"
        ),
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
def questions_page(request: HttpRequest) -> HttpResponseBase:
    """Show how many entries leave each question open, and the entries that leave the chosen one open."""
    visible = [question for question in QUESTIONS if may_see(request, question.model)]
    if not visible:
        raise PermissionDenied
    code = request.GET.get("question")
    if code is not None and code not in QUESTIONS_BY_CODE:
        raise Http404
    counts = {each: count for each, count in count_open_questions().items() if each in visible}
    first = next((question for question, count in counts.items() if count), visible[0])
    question = QUESTIONS_BY_CODE[code] if code else first
    if question not in visible:
        raise PermissionDenied
    if reopen(request) or request.method == "POST":
        return save_answers(request, question, counts)
    listed = paginate(request, entries_left_open(question), per_page=ROWS_PER_PAGE)
    grid = EntryGrid(question.model, list(listed["page"].object_list), [question.field])
    return answers_page(request, question, counts, grid, listed)


def entries_left_open(question: OpenQuestion) -> QuerySet[Tracked]:
    return FACTS[question.model].read(question.model._default_manager.filter(question.condition))


def may_answer(request: HttpRequest, model: type[Tracked]) -> bool:
    return request.user.has_perm(f"registry.change_{model._meta.model_name}")


def save_answers(request: HttpRequest, question: OpenQuestion, counts: dict[OpenQuestion, int]) -> HttpResponseBase:
    if not may_answer(request, question.model):
        raise PermissionDenied
    keys = keys_of(request.POST.getlist("rows"))[:ROWS_PER_PAGE]
    data: QueryDict = request.POST
    if ANSWER_SELECTED in data:
        data = fill(data, question.field, ticked_keys(request), data.get(f"answer-{question.field}", ""))
    facts = FACTS[question.model]
    entries = list(with_names(facts.read(question.model._default_manager.filter(pk__in=keys))))
    grid = EntryGrid(question.model, entries, [question.field], data)
    if not grid.is_valid() or is_reopened(request) or (grid.changed and ask_reason(request)):
        return answers_page(request, question, counts, grid, {})
    if (changed := grid.save()) is None:
        return answers_page(request, question, counts, grid, {})
    messages.success(request, with_undo_link(request, answered_message(question, changed)))
    return redirect(address_of_question(next_question(question, changed, counts)))


def answered_message(question: OpenQuestion, changed: int) -> str:
    text = ngettext("%(count)s answer was saved.", "%(count)s answers were saved.", changed) % {"count": changed}
    if not question.entries.exists():
        text += " " + _("No open questions of this kind are left.")
    return text


def next_question(question: OpenQuestion, changed: int, counts: dict[OpenQuestion, int]) -> OpenQuestion:
    """Return the question itself while entries leave it open, else the next one that some leave open."""
    if question.entries.exists():
        return question
    codes = list(counts)
    place = codes.index(question)
    return next((each for each in [*codes[place + 1 :], *codes[:place]] if counts[each]), question)


def address_of_question(question: OpenQuestion) -> str:
    return f"{reverse('admin:questions')}?{urlencode({'question': question.code})}"


def answers_page(
    request: HttpRequest, question: OpenQuestion, counts: dict[OpenQuestion, int], grid: EntryGrid, listed: Context
) -> HttpResponse:
    facts = FACTS[question.model]
    answers = may_answer(request, question.model)
    context = {
        **listed,
        "counted": list(counts.items()),
        "chosen": question,
        "grid": grid,
        "selectable": answers,
        "read_only": not answers,
        "headings": [*facts.headings, question.model._meta.get_field(question.field).verbose_name],  # type: ignore[union-attr]
        "rows": list(rows_of_question(question, facts, grid, answers)),
        "keys": ",".join(str(form.instance.pk) for form in grid.forms),
        "answer": answer_field(grid, question) if answers else None,
        "settled": settled_rows(grid) if question.model is LegalBasis else 0,
        "back_to": address_of_question(question),
    }
    return render(request, "registry/questions.html", _("Open questions"), context)


def answer_field(grid: EntryGrid, question: OpenQuestion) -> BoundField:
    """Return the field whose answer is given to all ticked rows; it has a label of its own."""
    field = grid.form_class(prefix="answer")[question.field]
    field.field.widget.attrs.pop("aria-label", None)
    return field


def settled_rows(grid: EntryGrid) -> int:
    """Return how many rows of the register the answers on the page settle."""
    return sum(form.instance.row_count for form in grid.forms)


def rows_of_question(question: OpenQuestion, facts: EntryFacts, grid: EntryGrid, answers: bool) -> Iterator[Context]:
    for form in grid.forms:
        texts = facts.texts(form.instance)
        cells: list[Context] = [
            {"label": heading, "text": str(text), "address": question.path(form.instance) if place == 0 else ""}
            for place, (heading, text) in enumerate(zip(facts.headings, texts, strict=True))
        ]
        field = form[question.field]
        cells.append({"label": field.label, "field": field if answers else None, "text": ""})
        yield {"form": form, "key": form.instance.pk, "cells": cells}
