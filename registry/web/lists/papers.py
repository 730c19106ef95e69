"""A list as a paper. The register is read in one state, and the paper made while others write."""

from __future__ import annotations

from registry.papers.formats import PaperFormat, paper_export_details
from registry.papers.rendering import write_paper
from registry.web.lists.query import ListQuery


def listed_paper(list_query: ListQuery, format_: type[PaperFormat], who: str) -> tuple[bytes, dict[str, str]]:
    """Return the file, and the details to record. Raises ``UnknownFilter`` and ``PaperNotWritten``."""
    list_query.hold_state()
    with list_query.state() as shown:
        selection = list_query.selection(shown, who)
        paper = format_.paper(selection)
    content = write_paper(paper, format_.of_paper)
    return content, paper_export_details(format_.code, selection, content)
