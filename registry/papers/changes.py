"""Change sets on a paper: who changed what, when and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry.files.reports.change_log import added_reason_text
from registry.history.change_sets import ChangeSet
from registry.history.entry_changes import EntryChange
from registry.history.timeline import TimelineItem
from registry.papers.content import Block, PaperFacts, PaperHeading, Paragraph, TableBlock, TableColumn

NOTHING = "–"


def time_of(change_set: ChangeSet) -> str:
    return timezone.localtime(change_set.created_at).strftime("%Y-%m-%d %H:%M:%S %Z")


def facts_of_change_set(change_set: ChangeSet, *, people: bool = False) -> list[tuple[str, str]]:
    """Return when, who, by way of what and why; from where only for a reader who may see ``people``."""
    facts = [
        (_("When"), time_of(change_set)),
        (_("Who"), change_set.user_name or _("nobody signed in")),
        (_("By way of"), str(change_set.get_source_display())),
        *([(_("From where"), change_set.address)] if people and change_set.address else []),
        (_("Reason"), change_set.shown_reason or _("No reason given.")),
    ]
    added = "\n".join(added_reason_text(each.change_set) for each in change_set.added_reasons.all())
    return [*facts, (_("Reasons added later"), added)] if added else facts


def changes_table(entries: Iterable[EntryChange], notes: Iterable[Mapping[str, str]] = ()) -> Block:
    """Return a row for each field that changed; an entry without fields has one row too."""
    rows = [row for entry in entries for row in rows_of_entry(entry)]
    rows += [
        [_("users, groups and rights"), note["entry"], note["field"], note["before"], note["after"]] for note in notes
    ]
    if not rows:
        return Paragraph(_("No entry of the register was changed."))
    columns = [
        TableColumn(_("Entry"), 3),
        TableColumn(_("What happened"), 2),
        TableColumn(_("Field"), 2),
        TableColumn(_("Before"), 4),
        TableColumn(_("After"), 4),
    ]
    caption = ngettext("%(count)s change", "%(count)s changes", len(rows)) % {"count": len(rows)}
    return TableBlock(caption, columns, [[cell or NOTHING for cell in row] for row in rows])


def rows_of_entry(entry: EntryChange) -> Iterator[list[str]]:
    own = [f"{capfirst(entry.model_name)}: {entry.name}", entry.action]
    for field in entry.fields:
        yield [*own, str(capfirst(field.label)), field.before, field.after]
    if not entry.fields:
        yield [*own, "", "", ""]


def history_blocks(items: Sequence[TimelineItem], more: int) -> Iterator[Block]:
    """Yield the change sets of an entry, newest first, and how many older ones are left out."""
    yield PaperHeading(_("History"))
    for item in items:
        who = item.change_set.user_name or _("nobody signed in")
        yield PaperHeading(f"{time_of(item.change_set)} · {who}", 2)
        yield PaperFacts(facts_of_change_set(item.change_set)[2:])
        if item.undone_by is not None:
            yield Paragraph(_("Undone by %(who)s, %(when)s") % undone_words(item.undone_by))
        yield changes_table(item.entries)
        if item.more:
            yield Paragraph(further_entries(item.more))
    if more:
        words = ngettext("%(count)s older change is left out.", "%(count)s older changes are left out.", more)
        yield Paragraph(words % {"count": more})


def further_entries(count: int) -> str:
    words = ngettext(
        "%(count)s more entry: see the record of the change set.",
        "%(count)s more entries: see the record of the change set.",
        count,
    )
    return words % {"count": count}


def undone_words(undone_by: ChangeSet) -> dict[str, str]:
    return {"who": undone_by.user_name, "when": time_of(undone_by)}
