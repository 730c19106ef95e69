"""One vendor, or one activity, as a paper: what the register says of it on a day, what is open, and its history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registry.core.fields import AnyField
from registry.core.order import in_order_of_names
from registry.findings.findings import Finding, entries_by_key, findings_by_entry
from registry.history.change_sets import name_of
from registry.history.field_changes import shown_fields
from registry.history.timeline import TimelineItem
from registry.history.tracked import Tracked
from registry.law.transfers import Law
from registry.law.wording import VERDICT_NAMES, explain_verdict
from registry.models import Agreement, ProcessingActivity, Transfer, User, Vendor, VendorName
from registry.models.countries import CountryField
from registry.papers.changes import NOTHING, history_blocks
from registry.papers.content import Block, Paper, PaperFacts, PaperHeading, Paragraph, TableBlock, TableColumn
from registry.papers.letterhead import not_stated, paper_with_letterhead
from registry.papers.register_paper import country_name

#: Fields that say how the register is kept, not what is done with data.
LEFT_OUT = {"position", "starts_page", "reviewed_in", "vendor", "activity", "logo_sha256"}
#: What should be stated, by model: empty, it is an open question.
NEEDED: dict[type[Any], set[str]] = {
    Vendor: {"country", "owner"},
    ProcessingActivity: {"country", "legal_basis", "personal_data", "data_subjects", "retention", "security_measures"},
    Agreement: {"signed_on"},
    Transfer: {"mechanism"},
}


@dataclass(frozen=True)
class EntryState:
    """What a paper of an entry is made of: the law of the day, the day, the digest of the state, and the history."""

    law: Law
    day: date
    digest: str
    who: str
    history: tuple[Sequence[TimelineItem], int] | None = None

    @property
    def about(self) -> list[tuple[str, str]]:
        return [
            (_("As at the end of"), self.day.isoformat()),
            (_("By the law of"), self.law.on.isoformat()),
            (_("Head of the history (digest)"), self.digest),
        ]


def vendor_paper(vendor: Vendor, state: EntryState) -> Paper:
    """Return a vendor with its agreements, activities, transfers, verdicts and findings."""
    keys = list(
        ProcessingActivity.objects.filter(vendor=vendor.pk).order_by("position", "id").values_list("pk", flat=True)
    )
    blocks = [
        *facts_blocks(vendor, other_names(vendor)),
        *finding_blocks(findings_by_entry(Vendor, [vendor.pk], state.law)[vendor.pk]),
        PaperHeading(_("Agreements")),
        rows_block(
            vendor.agreements.order_by("signed_on", "id"), Agreement, _("No agreement is stated: an open question.")
        ),
        PaperHeading(_("Processing activities")),
        *activities_blocks(keys, state.law),
    ]
    engaged = vendor.sub_processors.order_by(in_order_of_names("name_key")).values_list("name", flat=True)
    if engaged:
        blocks += [PaperHeading(_("Sub-processors")), Paragraph("\n".join(engaged))]
    return whole_paper(vendor.name, blocks, state)


def activity_paper(activity: ProcessingActivity, state: EntryState) -> Paper:
    """Return an activity with its vendor, transfers, verdict and findings."""
    blocks = [
        *activities_blocks([activity.pk], state.law, heading=False),
        PaperHeading(_("Vendor")),
        *facts_blocks(activity.vendor, other_names(activity.vendor)),
    ]
    return whole_paper(str(activity), blocks, state)


def whole_paper(title: str, blocks: list[Block], state: EntryState) -> Paper:
    if state.history is not None:
        blocks += history_blocks(*state.history)
    return paper_with_letterhead(title, blocks, state.about, who=state.who)


def activities_blocks(keys: Sequence[int], law: Law, *, heading: bool = True) -> Iterator[Block]:
    """Yield the activities with these keys in their order. The number of queries does not grow with them."""
    if not keys:
        yield Paragraph(_("No activity is stated: an open question."))
        return
    activities = entries_by_key(ProcessingActivity, keys, law)
    findings = findings_by_entry(ProcessingActivity, keys, law)
    for key in keys:
        activity: Any = activities[key]
        if heading:
            yield PaperHeading(activity.purpose, 2)
        reasoned = law.verdict_on_activity(activity.country, activity.transfers.all())
        verdict = [
            (_("Verdict"), str(VERDICT_NAMES[reasoned.verdict])),
            (_("Reason for the verdict"), explain_verdict(reasoned)),
        ]
        yield PaperFacts([*verdict, *facts_of(activity)])
        yield rows_block(activity.transfers.all(), Transfer, _("No transfer to another country is stated."))
        yield from finding_blocks(findings[key], level=3)


def facts_blocks(entry: Tracked, further: Sequence[tuple[str, str]] = ()) -> Iterator[Block]:
    yield PaperFacts([*facts_of(entry), *further])


def facts_of(entry: Tracked) -> list[tuple[str, str]]:
    """Return each field of an entry with its value, or a mark where it states nothing."""
    fields = [field for field in shown_fields(type(entry)) if field.name not in LEFT_OUT]
    return [(str(capfirst(field.verbose_name)), shown_value(entry, field)) for field in fields]


def shown_value(entry: Tracked, field: AnyField) -> str:
    value = getattr(entry, field.name)
    if value is None or value == "":
        return not_stated() if field.name in NEEDED.get(type(entry), ()) else NOTHING
    if isinstance(field, CountryField):
        return country_name(value)
    if isinstance(value, User):
        return name_of(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(getattr(entry, f"get_{field.name}_display")()) if field.choices else str(value)


def other_names(vendor: Vendor) -> list[tuple[str, str]]:
    names = VendorName.objects.filter(vendor=vendor.pk).order_by("name_key")
    text = "\n".join(f"{each.name} ({each.get_kind_display()})" for each in names)
    return [(_("Other names"), text)] if text else []


def rows_block(entries: Iterable[Tracked], model: type[Tracked], nothing: str) -> Block:
    """Return a table with a row for each entry and the fields that any of them states; without rows, ``nothing``."""
    rows = list(entries)
    if not rows:
        return Paragraph(nothing)
    needed = NEEDED.get(model, set())
    fields = [
        field
        for field in shown_fields(model)
        if field.name not in LEFT_OUT and (field.name in needed or any(is_stated(row, field) for row in rows))
    ]
    columns = [TableColumn(str(capfirst(field.verbose_name))) for field in fields]
    caption = str(capfirst(model._meta.verbose_name_plural))
    return TableBlock(caption, columns, [[shown_value(row, field) for field in fields] for row in rows])


def is_stated(entry: Tracked, field: AnyField) -> bool:
    return getattr(entry, field.attname) not in (None, "", field.get_default())


def finding_blocks(findings: Sequence[Finding], level: int = 1) -> Iterator[Block]:
    """Yield the findings with their explanations; an accepted one says until when."""
    if findings:
        yield PaperHeading(_("Findings"), level)
        yield PaperFacts([(str(finding.rule.title), explanation_of(finding)) for finding in findings])


def explanation_of(finding: Finding) -> str:
    if finding.acceptance is None:
        return finding.explanation
    until = _("Accepted until %s.") % finding.acceptance.until.isoformat()
    return f"{finding.explanation} {until}"
