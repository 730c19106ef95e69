from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from registry.core import languages
from registry.files.export import export_details
from registry.files.reports.change_log import CHANGE_LOG_FORMATS
from registry.files.reports.findings import changed_verdicts_table, findings_table
from registry.findings.findings import Finding, count_findings, findings_of_rule
from registry.findings.rules import RULES
from registry.history.change_sets import name_of
from registry.law.transfers import Law
from registry.law.wording import VERDICT_NAMES, explain_verdict
from registry.management.arguments import day_argument
from registry.mechanisms.changed_verdicts import LAW_OF_RELEASE, verdicts_changed_since
from registry.mechanisms.cover import ChangedVerdict, losses_on_day
from registry.models import Source, Vendor, law_on, record
from registry.web.editions.findings import EditionFinding, edition_findings


class Command(BaseCommand):
    help = (
        "Lists the findings of the register by the law of a day, and the activities that lose cover on"
        " that day. Exit status 0 when nothing is open, 1 when something is, 2 for wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=day_argument, metavar="DAY", help="YYYY-MM-DD; left out: today")
        parser.add_argument("--format", choices=["text", "json", "xlsx"], default="text")
        parser.add_argument(
            "--changed-since",
            choices=sorted(LAW_OF_RELEASE),
            metavar="RELEASE",
            help="list the activities whose verdict differs from that of a release instead: %(choices)s",
        )
        parser.add_argument("--output", type=Path, help="left out: standard output")
        parser.add_argument(
            "--language",
            choices=languages.language_codes(),
            default=settings.LANGUAGE_CODE,
            help="of the findings (default: %(default)s)",
        )

    def handle(self, *args: object, language: str, **options: Any) -> None:
        with translation.override(language):
            law = law_on(options["on"] or timezone.localdate())
            if not law.decisions:
                raise CommandError("There is no reference data. Run manage.py sync_reference first.", returncode=2)
            if options["changed_since"]:
                self.deliver(
                    file_of_changed_verdicts(options["changed_since"], law, options["format"]), options["output"]
                )
                return
            if options["format"] == "xlsx":
                content = CHANGE_LOG_FORMATS["xlsx"].write(findings_table(RULES, law, who="check_register"))
                record_workbook("findings", law.on, content)
                self.deliver(content, options["output"])
            else:
                output_text = "\n".join(json_lines(law) if options["format"] == "json" else text_lines(law))
                self.deliver(f"{output_text}\n".encode(), options["output"])
        if any(counts.open for counts in count_findings(law).values()) or editions_on(law):
            sys.exit(1)

    def deliver(self, content: bytes, output: Path | None) -> None:
        if output is None:
            self.stdout.flush()
            sys.stdout.buffer.write(content)
            sys.stdout.flush()
            return
        try:
            output.write_bytes(content)
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}.", returncode=2) from None


def record_workbook(of: str, on: date, content: bytes) -> None:
    """Record the export of a workbook by the command."""
    details = {"of": of, **export_details("xlsx", f"law={on}", content)}
    record(user=None, source=Source.EXPORT, reason="", address=None, **details)


def file_of_changed_verdicts(release: str, law: Law, format_code: str) -> bytes:
    """Return the verdicts that changed since a release, as a file of the format."""
    changes = verdicts_changed_since(release, law)
    if format_code == "xlsx":
        title = _("Changed verdicts")
        content = CHANGE_LOG_FORMATS["xlsx"].write(changed_verdicts_table(changes, title, law.on, who="check_register"))
        record_workbook("changed verdicts", law.on, content)
        return content
    if format_code == "json":
        values = {"on": str(law.on), "since": release, "changed": list(map(values_of_changed_verdict, changes))}
        return f"{json.dumps(values, ensure_ascii=False, indent=2)}\n".encode()
    lines = [_("Verdicts that changed since %(release)s: %(count)s") % {"release": release, "count": len(changes)}]
    return "".join(f"{line}\n" for line in (*lines, *map(change_line, changes))).encode()


def text_lines(law: Law) -> Iterator[str]:
    lost = list(losses_on_day(law.on))
    if lost:
        yield _("Lose cover on %(day)s: %(count)s") % {"day": law.on, "count": len(lost)}
        yield from map(change_line, lost)
    for rule in RULES:
        findings = list(findings_of_rule(rule, law))
        if findings:
            yield f"{rule.title} ({rule.citation}, {rule.severity.label}): {len(findings)}"
            yield from map(finding_line, findings)
    for of_edition in editions_on(law):
        yield f"{of_edition.rule.title} ({of_edition.rule.severity.label}): {of_edition.explanation}"
        yield from (f"  {line}" for line in of_edition.lines)


def editions_on(law: Law) -> list[EditionFinding]:
    """Return the findings about editions, which compare with the register as it is now: none for other days."""
    return edition_findings() if law.on == timezone.localdate() else []


def change_line(change: ChangedVerdict) -> str:
    verdicts = f"{VERDICT_NAMES[change.before.verdict]} → {VERDICT_NAMES[change.after.verdict]}"
    return f"  {change.activity} [{owner_name(change.activity.vendor)}]: {verdicts}. {explain_verdict(change.after)}"


def finding_line(finding: Finding) -> str:
    standing = finding.acceptance
    until = (
        " " + _("(accepted until %(day)s: %(why)s)") % {"day": standing.until, "why": standing.why} if standing else ""
    )
    return f"  {finding.entry} [{owner_name(finding.vendor)}]: {finding.explanation}{until}"


def owner_name(vendor: Vendor) -> str:
    return name_of(vendor.owner) or _("no owner")


def json_lines(law: Law) -> Iterator[str]:
    lost = list(map(values_of_changed_verdict, losses_on_day(law.on)))
    findings = [finding_values(finding) for rule in RULES for finding in findings_of_rule(rule, law)]
    values = {"on": str(law.on), "lost": lost, "findings": findings}
    values["editions"] = list(map(edition_values, editions_on(law)))
    yield json.dumps(values, ensure_ascii=False, indent=2)


def edition_values(finding: EditionFinding) -> dict[str, object]:
    return {
        "rule": finding.rule.code,
        "severity": finding.rule.severity.value,
        "series": str(finding.series),
        "edition": finding.explanation,
        "says": list(finding.lines),
        "path": finding.path,
    }


def values_of_changed_verdict(change: ChangedVerdict) -> dict[str, str]:
    return {
        "vendor": change.activity.vendor.name,
        "purpose": change.activity.purpose,
        "owner": name_of(change.activity.vendor.owner),
        "before": change.before.verdict.code,
        "after": change.after.verdict.code,
        "why": explain_verdict(change.after),
    }


def finding_values(finding: Finding) -> dict[str, object]:
    standing = finding.acceptance
    return {
        "rule": finding.rule.code,
        "severity": finding.rule.severity.value,
        "article": finding.rule.article,
        "citation": finding.rule.citation,
        "vendor": finding.vendor.name,
        "purpose": "" if isinstance(finding.entry, Vendor) else finding.entry.purpose,
        "owner": name_of(finding.vendor.owner),
        "says": finding.explanation,
        "path": finding.path,
        "accepted_until": str(standing.until) if standing else None,
    }
