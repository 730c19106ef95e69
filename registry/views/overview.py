from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from registry.findings import RULES, Severity
from registry.models import ProcessingActivity, Vendor
from registry.questions import QUESTIONS
from registry.views.findings import counts
from registry.views.pages import law_of, may_see


def overview(request: HttpRequest) -> dict[str, Any]:
    """What is to be done, in figures, for those who may look at it."""
    found: dict[str, Any] = {"open_questions": open_questions(request)}
    if may_see(request, Vendor) and may_see(request, ProcessingActivity):
        law = law_of(request)
        open_by_rule = [(rule, counts(rule, law)[0]) for rule in RULES]
        found["severities"] = [
            (severity.label, sum(count for rule, count in open_by_rule if rule.severity == severity))
            for severity in Severity
        ]
    return found


def open_questions(request: HttpRequest) -> int:
    return sum(question.entries.count() for question in QUESTIONS if may_see(request, question.model))
