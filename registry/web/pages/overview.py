"""The first page: figures on verdicts, countries, findings, due dates and changes, each with a link to its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core import languages
from registry.findings.conditions import NOTICE_PERIOD
from registry.findings.findings import count_findings
from registry.findings.questions import QUESTIONS
from registry.findings.questions import count_open_questions as open_questions_of
from registry.findings.rules import Severity
from registry.history.log import SIGN_INS, ChangeLog
from registry.law.countries import COUNTRIES
from registry.law.transfers import Law
from registry.law.verdicts import Verdict
from registry.law.wording import VERDICT_NAMES
from registry.models import Agreement, ChangeSet, Edition, ProcessingActivity, Transfer, Vendor
from registry.models.checks_of_recipients import checks_that_lapse
from registry.models.reviews import review_due
from registry.web.editions.moved import statuses
from registry.web.law_day import law_of
from registry.web.page import Context
from registry.web.permissions import may_see, reader_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LAST_CHANGES = 5

#: Groups of countries, by the verdict without recorded transfers.
COUNTRY_GROUPS = {
    Verdict.NO_TRANSFER: gettext_lazy("EU and EEA"),
    Verdict.COVERED: gettext_lazy("Adequacy decision"),
    Verdict.NEEDS_CHECK: gettext_lazy("Adequacy decision for some"),
    Verdict.NOT_COVERED: gettext_lazy("Other third countries"),
}


@dataclass(frozen=True)
class Figure:
    label: StrOrPromise
    count: int
    address: str
    #: The percentage of the largest figure of the group.
    share: int = 0
    word: str = ""


def overview(request: HttpRequest) -> Context:
    """Return the context, as far as the user may see it."""
    context: Context = {"open_questions": open_questions(request)}
    if may_see(request, Vendor) and may_see(request, ProcessingActivity):
        law = law_of(request)
        vendors, activities = Vendor.objects.active().count(), ProcessingActivity.objects.in_register().count()
        context |= {
            "law": law,
            "vendor_count": vendors,
            "activity_count": activities,
            "empty": not vendors and not activities,
            "without_law": not law.decisions,
            "verdicts": verdict_figures(law),
            "groups": country_groups(law),
            "severities": severity_figures(law),
            "due": due_figures(request, law),
        }
    if may_see(request, Edition):
        context["editions"] = [each for each in statuses() if each.in_force is not None or each.pending is not None]
    if may_see(request, ChangeSet):
        reader = reader_of(request)
        context["last_changes"] = ChangeLog(reader, reader.sets().exclude(source__in=SIGN_INS)).listed(LAST_CHANGES)
    return context


def verdict_figures(law: Law) -> list[Figure]:
    activities = ProcessingActivity.objects.in_register().with_verdict(law).order_by()
    by_verdict = dict(activities.values_list("verdict").annotate(count=Count("pk")))
    counts = {verdict: by_verdict.get(verdict.value, 0) for verdict in reversed(Verdict)}
    return list(
        figures((VERDICT_NAMES[each], count, {"verdict": each.code}, each.code) for each, count in counts.items())
    )


def country_groups(law: Law) -> list[tuple[Figure, list[Figure]]]:
    """Return each group of countries with its countries, the largest first."""
    activities = ProcessingActivity.objects.in_register().order_by()
    by_country = dict(activities.values_list("country").annotate(count=Count("pk")))
    not_stated = by_country.pop("", 0)
    of_group: Counter[Verdict] = Counter()
    for country, count in by_country.items():
        of_group[law.verdict_without_evidence(country).verdict] += count
    largest = max(of_group.values(), default=1)
    groups = [
        (
            Figure(COUNTRY_GROUPS[group], of_group[group], "", percent(of_group[group], largest), group.code),
            [
                Figure(name_of_country(country), count, register_address(country=country))
                for country, count in sorted(by_country.items(), key=lambda item: (-item[1], item[0]))
                if law.verdict_without_evidence(country).verdict == group
            ],
        )
        for group in COUNTRY_GROUPS
        if of_group[group]
    ]
    if not_stated:
        address = register_address(finding="country_not_stated")
        figure = Figure(_("Country not stated"), not_stated, address, percent(not_stated, largest), "needs_check")
        groups.append((figure, []))
    return groups


def name_of_country(code: str) -> str:
    country = COUNTRIES.get(code)
    return country.name(languages.active_language()) if country else code


def severity_figures(law: Law) -> list[tuple[Figure, list[Figure]]]:
    """Return the open findings by severity."""
    still_open = {rule: counts.open for rule, counts in count_findings(law).items()}
    page = reverse("admin:findings")
    return [
        (
            Figure(severity.label, sum(still_open[rule] for rule in rules), page, word=severity.value),
            [Figure(rule.title, still_open[rule], f"{page}?rule={rule.code}") for rule in rules if still_open[rule]],
        )
        for severity in Severity
        for rules in [[rule for rule in still_open if rule.severity == severity]]
    ]


def due_figures(request: HttpRequest, law: Law) -> list[Figure]:
    page = reverse("admin:due")
    vendors = Vendor.objects.active()
    due = [
        Figure(_("Reviews overdue"), vendors.filter(review_due(law.on - timedelta(days=1))).count(), page, word="high"),
        Figure(_("Reviews due within 90 days"), vendors.filter(review_due(law.on + NOTICE_PERIOD)).count(), page),
    ]
    if may_see(request, Agreement):
        ending = Agreement.objects.ending(law.on, law.on + NOTICE_PERIOD).filter(vendor__in=vendors)
        due.append(Figure(_("Agreements that end within 90 days"), ending.count(), page))
    if may_see(request, Transfer):
        checks = checks_that_lapse(law.on - NOTICE_PERIOD, law.on + NOTICE_PERIOD)
        due.append(Figure(_("Checks of recipients that lapse within 90 days"), checks.count(), page))
    return due


def figures(values: Iterable[tuple[StrOrPromise, int, dict[str, str], str]]) -> Iterator[Figure]:
    """Yield figures with their shares, from label, count, query parameters and CSS class."""
    rows = list(values)
    largest = max((count for _label, count, _query, _word in rows), default=0) or 1
    for label, count, query, word in rows:
        yield Figure(label, count, register_address(**query), percent(count, largest), word)


def register_address(**query: str) -> str:
    return f"{reverse('admin:register')}?{urlencode(query)}"


def percent(count: int, largest: int) -> int:
    """Return a percentage, at least 1 for a count that is not 0, so that its bar is visible."""
    return max(1, round(100 * count / largest)) if count else 0


def open_questions(request: HttpRequest) -> int:
    questions = [question for question in QUESTIONS if may_see(request, question.model)]
    return sum(open_questions_of(questions).values())
