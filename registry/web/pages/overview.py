"""The first page: figures on verdicts, countries, findings, due dates and changes, each with a link to its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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
from registry.findings.questions import count_open_questions
from registry.findings.rules import Severity
from registry.history.log import SIGN_INS, ChangeLog, LogReader
from registry.history.logged_change_sets import LoggedChangeSet
from registry.history.state_cache import cached_by_state
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
#: Entries shown of each of them.
ENTRIES_OF_CHANGE = 2

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
        vendors, activities = active_vendors(), sum(activities_by_country().values())
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
        context["last_changes"] = newest_change_sets(reader_of(request), languages.active_language())
    return context


@cached_by_state
def newest_change_sets(reader: LogReader, _language: str) -> Sequence[LoggedChangeSet]:
    """Return the newest change sets, sign-ins apart, as a reader sees them in the active language."""
    return ChangeLog(reader, reader.sets().exclude(source__in=SIGN_INS)).listed(LAST_CHANGES, ENTRIES_OF_CHANGE)


@cached_by_state
def active_vendors() -> int:
    return Vendor.objects.active().count()


@cached_by_state
def activities_by_verdict(law: Law) -> Mapping[int, int]:
    """Return the number of activities in the register for each verdict on the day of the law."""
    activities = ProcessingActivity.objects.in_register().with_verdict(law).order_by()
    return dict(activities.values_list("verdict").annotate(count=Count("pk")))


@cached_by_state
def activities_by_country() -> Mapping[str, int]:
    """Return the number of activities in the register for each country; "" where none is stated."""
    activities = ProcessingActivity.objects.in_register().order_by()
    return dict(activities.values_list("country").annotate(count=Count("pk")))


def verdict_figures(law: Law) -> list[Figure]:
    by_verdict = activities_by_verdict(law)
    counts = {verdict: by_verdict.get(verdict.value, 0) for verdict in reversed(Verdict)}
    return list(
        figures((VERDICT_NAMES[each], count, {"verdict": each.code}, each.code) for each, count in counts.items())
    )


def country_groups(law: Law) -> list[tuple[Figure, list[Figure]]]:
    """Return each group of countries with its countries, the largest first."""
    by_country = dict(activities_by_country())
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


@dataclass(frozen=True)
class DueCounts:
    """How much is due by a day, and within the notice period after it."""

    reviews_overdue: int
    reviews: int
    agreements: int
    checks: int


@cached_by_state
def due_counts(on: date) -> DueCounts:
    vendors, end = Vendor.objects.active(), on + NOTICE_PERIOD
    return DueCounts(
        reviews_overdue=vendors.filter(review_due(on - timedelta(days=1))).count(),
        reviews=vendors.filter(review_due(end)).count(),
        agreements=Agreement.objects.ending(on, end).filter(vendor__in=vendors).count(),
        checks=checks_that_lapse(on - NOTICE_PERIOD, end).count(),
    )


def due_figures(request: HttpRequest, law: Law) -> list[Figure]:
    page, counts = reverse("admin:due"), due_counts(law.on)
    due = [
        Figure(_("Reviews overdue"), counts.reviews_overdue, page, word="high"),
        Figure(_("Reviews due within 90 days"), counts.reviews, page),
    ]
    if may_see(request, Agreement):
        due.append(Figure(_("Agreements that end within 90 days"), counts.agreements, page))
    if may_see(request, Transfer):
        due.append(Figure(_("Checks of recipients that lapse within 90 days"), counts.checks, page))
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
    """Return how many questions are open about entries that the user may see."""
    return sum(count for question, count in count_open_questions().items() if may_see(request, question.model))
