"""The record of one change set, for whoever asks who changed what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registry.history.logged_change_sets import LoggedChangeSet
from registry.papers.changes import changes_table, facts_of_change_set, undone_words
from registry.papers.content import Block, Paper, PaperFacts, PaperHeading, Paragraph
from registry.papers.letterhead import paper_with_letterhead


def change_set_paper(parts: Sequence[LoggedChangeSet], *, who: str, people: bool) -> Paper:
    """Return the record of a change set, whose entries come in one or several parts.

    ``people``: whether the reader may see from where people change something.
    """
    logged = parts[0]
    about = [*facts_of_change_set(logged.change_set, people=people), (_("Seal"), logged.digest)]
    title = _("Change set %s") % logged.change_set.pk
    return paper_with_letterhead(title, list(change_set_blocks(parts)), about, who=who, landscape=True)


def change_set_blocks(parts: Sequence[LoggedChangeSet]) -> Iterator[Block]:
    logged = parts[0]
    details = [(str(capfirst(name)), str(value)) for name, value in logged.details]
    if details:
        yield PaperHeading(_("Details"))
        yield PaperFacts(details)
    if logged.undone_by is not None:
        yield Paragraph(_("Undone by %(who)s, %(when)s") % undone_words(logged.undone_by))
    yield PaperHeading(_("Changes"))
    yield changes_table((entry for part in parts for entry in part.entries), logged.notes)
    if logged.hidden:
        yield Paragraph(_("Entries that the reader may not see: %s") % logged.hidden)
