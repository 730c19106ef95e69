"""A vendor, or an activity, as a paper: as at a day, with or without its history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.files.export import export_details
from registry.history.change_sets import name_of
from registry.history.seals import digest_after
from registry.history.time_travel import as_at, last_change_set_of, newest_change_set
from registry.history.timeline import TimelineItem, changes_after, rows_with_owned
from registry.history.tracked import Tracked
from registry.models import ProcessingActivity, Vendor, law_on
from registry.papers.content import Paper
from registry.papers.entry_paper import EntryState, activity_paper, vendor_paper
from registry.papers.rendering import PAPER_FORMATS, write_paper
from registry.web.decorators import post_only, shows_refusals
from registry.web.filters import UnknownFilter, parse_day
from registry.web.lists.definition import REGISTER
from registry.web.lists.query import ListQuery
from registry.web.papers import paper_download
from registry.web.permissions import may_see, user_of

TEMPLATE, TITLE = "registry/page.html", gettext_lazy("As a paper")
#: Change sets on one paper.
MOST_CHANGES = 1000
LONGEST_STEM = 60


@post_only("admin:registry_vendor_change", "key")
@shows_refusals(TEMPLATE, TITLE)
def vendor_paper_file(request: HttpRequest, key: int) -> HttpResponseBase:
    return entry_paper_file(request, Vendor, key, vendor_paper)


@post_only("admin:registry_processingactivity_change", "key")
@shows_refusals(TEMPLATE, TITLE)
def activity_paper_file(request: HttpRequest, key: int) -> HttpResponseBase:
    return entry_paper_file(request, ProcessingActivity, key, activity_paper)


def entry_paper_file(
    request: HttpRequest, model: type[Tracked], key: int, paper_of: Callable[[Any, EntryState], Paper]
) -> HttpResponseBase:
    """Return a recorded download with the entry as at the day that the form states."""
    REGISTER.require_view(request)
    format_ = PAPER_FORMATS.get(request.POST.get("format", ""))
    if format_ is None:
        raise UnknownFilter(_("Choose a format."))
    day = ListQuery.past_day(parse_day(request.POST.get("day", "")))
    shown_day = day or timezone.localdate()
    change_set = newest_change_set() if day is None else last_change_set_of(day)
    with as_at(change_set):
        entry = model._default_manager.filter(pk=key).first()
    if entry is None:
        raise UnknownFilter(_("On %(day)s it was not in the register.") % {"day": shown_day.isoformat()})
    who = name_of(user_of(request))

    def write() -> tuple[bytes, dict[str, str]]:
        digest = digest_after(change_set)
        history = history_until(request, model, key, change_set) if request.POST.get("history") else None
        with as_at(change_set):
            shown = model._default_manager.get(pk=key)
            paper = paper_of(shown, EntryState(law_on(shown_day), shown_day, digest, who, history))
        content = write_paper(paper, format_.code)
        return content, entry_details(format_.code, str(entry), content, digest, day)

    name = f"{slugify(paper_name(entry))[:LONGEST_STEM].strip('-') or 'entry'}-{shown_day:%Y-%m-%d}.{format_.extension}"
    back_to = reverse(f"admin:registry_{model._meta.model_name}_change", args=[key])
    return paper_download(request, write, file_name=name, content_type=format_.content_type, back_to=back_to)


def paper_name(entry: Tracked) -> str:
    return entry.purpose if isinstance(entry, ProcessingActivity) else str(entry)


def entry_details(code: str, name: str, content: bytes, digest: str, day: date | None) -> dict[str, str]:
    """Return what the change set records about the paper of an entry."""
    past = {} if day is None else {"day": day.isoformat()}
    return {"of": "entry", "entry": name, **export_details(code, "", content), **past, "state": digest}


def history_until(
    request: HttpRequest, model: type[Tracked], key: int, change_set: int
) -> tuple[Sequence[TimelineItem], int]:
    """Return the changes of an entry that the reader may see, newest first, and how many are left out."""
    rows = {kind: where for kind, where in rows_with_owned(model, [key]).items() if may_see(request, kind)}
    return changes_after(rows, 0, until=change_set, limit=MOST_CHANGES)
