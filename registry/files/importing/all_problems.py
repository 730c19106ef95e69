"""All problems of a refused file at once: those of reading it, and those that its sound rows have with the register."""

from __future__ import annotations

from django.db import router

from registry.core.text import text_key
from registry.document import DocumentProblems
from registry.document.problems import excerpt
from registry.files.import_content import RefusedTable
from registry.files.importing.planner import plan_import
from registry.files.importing.three_way import KEEP
from registry.history.snapshots import snapshot
from registry.models import Upload


def all_problems(refused: DocumentProblems) -> DocumentProblems:
    """Return the problems with those of planning the rows that could be read.

    A reference to a vendor on a row that could not be read is no problem of its own.
    """
    if not isinstance(refused, RefusedTable) or refused.sound is None:
        return refused
    try:
        with snapshot(router.db_for_write(Upload)):
            plan_import(refused.sound, otherwise=KEEP)
    except DocumentProblems as more:
        names = {text_key(excerpt(name)) for name in refused.unread_vendors}
        further = (
            problem
            for problem in more.problems
            if problem.code != "unknown_vendor" or text_key(str(problem.params["name"])) not in names
        )
        return DocumentProblems([*refused.problems, *further])
    return refused
