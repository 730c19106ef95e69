"""Exporting findings, and activities that lose cover."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from registry.files.formats.cells import Cell
from registry.files.formats.table import Table
from registry.findings.findings import Finding, findings_of_rule
from registry.findings.rules import Rule
from registry.history.change_sets import name_of
from registry.law.transfers import Law
from registry.law.wording import VERDICT_NAMES, explain_verdict
from registry.mechanisms.cover import ChangedVerdict
from registry.models import Vendor, head_digest


def findings_table(rules: Sequence[Rule], law: Law, *, who: str) -> Table:
    rows = (finding for rule in rules for finding in findings_of_rule(rule, law))
    headings = [
        (_("Severity"), 12),
        (_("Finding"), 36),
        (_("Article"), 14),
        (_("Vendor"), 28),
        (_("Purpose"), 36),
        (_("What is wrong"), 60),
        (_("What to do"), 40),
        (_("Owner"), 24),
        (_("Accepted until"), 14),
        (_("Accepted by"), 24),
        (_("Why"), 40),
    ]
    return report_table(headings, map(finding_cells, rows), _("Findings"), about_law(law.on, who))


def finding_cells(finding: Finding) -> list[Cell]:
    rule, acceptance = finding.rule, finding.acceptance
    return [
        str(rule.severity.label),
        str(rule.title),
        rule.citation,
        finding.vendor.name,
        "" if isinstance(finding.entry, Vendor) else finding.entry.purpose,
        finding.explanation,
        str(rule.remedy),
        name_of(finding.vendor.owner),
        *((acceptance.until, name_of(acceptance.accepted_by), acceptance.why) if acceptance else (None, "", "")),
    ]


def changed_verdicts_table(changes: Iterable[ChangedVerdict], title: str, on: date, *, who: str) -> Table:
    headings = [
        (_("Vendor"), 28),
        (_("Purpose"), 36),
        (_("Country"), 10),
        (_("Owner"), 24),
        (_("Before"), 16),
        (_("After"), 16),
        (_("Why"), 80),
    ]
    rows = (
        [
            change.activity.vendor.name,
            change.activity.purpose,
            change.activity.country,
            name_of(change.activity.vendor.owner),
            str(VERDICT_NAMES[change.before.verdict]),
            str(VERDICT_NAMES[change.after.verdict]),
            explain_verdict(change.after),
        ]
        for change in changes
    )
    return report_table(headings, rows, title, about_law(on, who))


def report_table(
    headings: list[tuple[str, int]], rows: Iterable[list[Cell]], title: str, about: Iterable[tuple[str, Cell]]
) -> Table:
    return Table(
        headings=[heading for heading, _width in headings],
        widths=[width for _heading, width in headings],
        rows=enumerate(rows, start=2),
        title=title,
        about=list(about),
        about_title=pgettext("sheet", "About"),
    )


def about_law(on: date, who: str) -> Iterator[tuple[str, Cell]]:
    yield _("Exported by"), who
    yield _("Exported at"), timezone.localtime().strftime("%Y-%m-%d %H:%M %Z")
    yield _("By the law of"), on
    yield _("Head of the history (digest)"), head_digest()
