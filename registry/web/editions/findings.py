"""The findings about series of editions, which have rules of their own: they compare what was published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.editions.wording import in_words
from registry.findings.rules import Severity
from registry.models import DocumentText
from registry.web.editions.moved import SeriesStatus, statuses

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: How long before an edition is a year old somebody is told.
NOTICE = timedelta(days=30)
#: Changes that a finding lists.
LISTED = 20


@dataclass(frozen=True)
class EditionRule:
    code: str
    title: StrOrPromise
    severity: Severity
    remedy: StrOrPromise


OUTDATED = EditionRule(
    "edition_outdated",
    gettext_lazy("An edition says something that the register says no longer"),
    Severity.HIGH,
    gettext_lazy("Publish a new edition, or withdraw this one."),
)
MOVED = EditionRule(
    "register_moved",
    gettext_lazy("The register has moved since the last edition"),
    Severity.MEDIUM,
    gettext_lazy("Prepare the next edition."),
)
YEAR_OLD = EditionRule(
    "edition_year_old",
    gettext_lazy("A published edition is about to be a year old"),
    Severity.LOW,
    gettext_lazy("Read it through and publish it anew."),
)
NOT_COMPARED = EditionRule(
    "edition_not_compared",
    gettext_lazy("It is not known whether an edition still says what the register says"),
    Severity.HIGH,
    gettext_lazy("Choose the rows of the series again, or run manage.py verify_history."),
)
EDITION_RULES = (NOT_COMPARED, OUTDATED, MOVED, YEAR_OLD)


@dataclass(frozen=True)
class EditionFinding:
    """A finding about the edition of a series that holds."""

    rule: EditionRule
    series: DocumentText
    #: What it is about, and then each change in words.
    explanation: str
    lines: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        return reverse("admin:edition_prepare", args=[self.series.pk])


def edition_findings() -> list[EditionFinding]:
    """Return the findings about all series today, the most severe first."""
    found = [finding for status in statuses() for finding in findings_of_edition(status)]
    return sorted(found, key=lambda each: EDITION_RULES.index(each.rule))


def findings_of_edition(status: SeriesStatus) -> Iterator[EditionFinding]:
    edition = status.in_force
    if edition is None:
        return
    named = {"series": str(status.series), "number": edition.number, "day": edition.day}
    which = _("%(series)s, edition %(number)s of %(day)s") % named
    if status.problem:
        yield EditionFinding(NOT_COMPARED, status.series, which, (str(status.problem),))
    if status.contradicted is not None:
        yield EditionFinding(OUTDATED, status.series, which, tuple(in_words(status.contradicted, LISTED)))
    if status.has_moved:
        changed_on = _("Changed on: %(days)s") % {"days": ", ".join(map(str, status.days))}
        yield EditionFinding(MOVED, status.series, which, (*status.lines(LISTED), changed_on))
    if status.year_ends is not None and status.year_ends - NOTICE <= timezone.localdate():
        coming = status.year_ends > timezone.localdate()
        text = _("It is a year old on %(day)s.") if coming else _("It has been a year old since %(day)s.")
        line = text % {"day": status.year_ends}
        yield EditionFinding(YEAR_OLD, status.series, which, (line,))
