"""Working through open questions: a form leads on to the next one."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from registry.findings.questions import QUESTIONS_BY_CODE, OpenQuestion
from registry.web.admin.tracked import TrackedAdmin
from registry.web.page import Context

NEXT_QUESTION = "_next_question"


def question_in_address(request: HttpRequest, model: type[Model]) -> OpenQuestion | None:
    question = QUESTIONS_BY_CODE.get(request.GET.get("question", ""))
    return question if question is not None and question.model is model else None


class QuestionAdmin(TrackedAdmin):
    """An admin whose form, reached from the list of open questions, leads on to the next question."""

    def render_change_form(
        self, request: HttpRequest, context: Context, *args: object, **kwargs: object
    ) -> HttpResponse:
        question, entry = question_in_address(request, self.model), kwargs.get("obj")
        if question is not None and isinstance(entry, Model):
            context["question"] = {
                "left": question.entries.count(),
                "skip": question.path(following) if (following := question.after(entry.pk)) else whole_list(question),
            }
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def response_change(self, request: HttpRequest, obj: Model) -> HttpResponse:
        response: HttpResponse = super().response_change(request, obj)
        question = question_in_address(request, self.model)
        if question is None or NEXT_QUESTION not in request.POST:
            return response
        following = question.after(obj.pk)
        if following is None:
            messages.success(request, _("No open questions of this kind are left."))
        return HttpResponseRedirect(question.path(following) if following else whole_list(question))


def whole_list(question: OpenQuestion) -> str:
    return reverse("admin:questions") + f"?question={question.code}"
