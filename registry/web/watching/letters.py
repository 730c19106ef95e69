"""The mail that tells somebody what changed in what they watch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registry.core import days
from registry.history.entry_changes import EntryChange
from registry.history.time_travel import newest_change_set
from registry.history.timeline import TimelineItem
from registry.models import ProcessingActivity, User, Vendor, Watch
from registry.web.watching.view_rows import NAMED, ViewChange, change_of_view
from registry.web.watching.watched import changes_in, may_watch

#: Entries listed of one change set, and fields of one entry.
ENTRIES, FIELDS = 10, 10
#: The most characters of a value.
LONGEST_VALUE = 200


@dataclass
class Letter:
    """What somebody is told, and how it is remembered once the mail was sent."""

    user: User
    until: int
    items: list[TimelineItem] = field(default_factory=list)
    more: int = 0
    views: list[tuple[Watch, ViewChange]] = field(default_factory=list)
    entry_watches: list[Watch] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.items or self.views)

    @property
    def subject(self) -> str:
        count = len(self.items) + self.more + len(self.views)
        text = ngettext(
            "Register of processors: %(count)s change in what you watch",
            "Register of processors: %(count)s changes in what you watch",
            count,
        )
        return text % {"count": count}

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs()) + "\n"

    def paragraphs(self) -> Iterator[str]:
        for item in self.items:
            yield "\n".join(change_set_lines(item))
        if self.more:
            address = settings.SITE_URL + reverse("admin:registry_changeset_changelist")
            text = ngettext(
                "and %(count)s more change set: %(address)s", "and %(count)s more change sets: %(address)s", self.more
            )
            yield text % {"count": self.more, "address": address}
        for _watch, change in self.views:
            yield "\n".join(view_lines(change))
        words = {"address": settings.SITE_URL + reverse("admin:mine")}
        yield _("You watch these in the register. To stop: %(address)s") % words

    def remember(self) -> None:
        """Note that the person has been told. Watches of entries that were deleted end."""
        for watch, change in self.views:
            watch.told_rows = change.rows
            watch.save(update_fields=["told_rows"])
        mine = Watch.objects.filter(pk__in=[each.pk for each in self.entry_watches])
        mine.update(told_until=self.until)
        for name, model in (("vendor", Vendor), ("activity", ProcessingActivity)):
            living = model._default_manager.order_by().values("pk")
            mine.filter(**{f"{name}__isnull": False}).exclude(**{f"{name}_id__in": living}).delete()


def letter_to(user: User) -> Letter:
    """Return what is new for a person, in the active language: of what they may see today."""
    until = newest_change_set()
    watches = list(Watch.objects.of(user))
    of_entries = [each for each in watches if each.view is None]
    letter = Letter(user, until, entry_watches=of_entries)
    letter.items, letter.more = changes_in(user, of_entries, until)
    for watch in watches:
        if watch.view is not None and may_watch(user, watch.view):
            change = change_of_view(watch)
            if change is not None and not change.is_empty:
                letter.views.append((watch, change))
    return letter


def change_set_lines(item: TimelineItem) -> Iterator[str]:
    change_set: Any = item.change_set
    head = f"{days.local_minute(change_set.created_at)} {change_set.user_name or change_set.get_source_display()}"
    yield f"{head}: {change_set.shown_reason}" if change_set.reason else head
    yield f"  {settings.SITE_URL}{reverse('admin:registry_changeset_change', args=[change_set.pk])}"
    for entry in item.entries[:ENTRIES]:
        yield from entry_lines(entry)
    if (further := item.total - min(len(item.entries), ENTRIES)) > 0:
        text = ngettext("and %(count)s more entry", "and %(count)s more entries", further)
        yield f"  {text % {'count': further}}"


def entry_lines(entry: EntryChange) -> Iterator[str]:
    yield f"  {entry.action}: {short_line(entry.name)} ({entry.model_name})"
    if entry.kind != "~":
        return
    for change in entry.fields[:FIELDS]:
        yield f"    {capfirst(change.label)}: {short_line(change.before) or '–'} → {short_line(change.after) or '–'}"


def short_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_VALUE else f"{line[: LONGEST_VALUE - 2]} …"


def view_lines(change: ViewChange) -> Iterator[str]:
    yield _("The view “%(name)s”") % {"name": change.view.name}
    yield f"  {settings.SITE_URL}{change.address}"
    if change.redefined:
        yield "  " + _("The view itself was changed. Its rows are compared from now on.")
    came, went, changed = change.counts
    for count, names, text in (
        (came, change.came, ngettext("%(count)s new row", "%(count)s new rows", came)),
        (went, change.went, ngettext("%(count)s row is gone", "%(count)s rows are gone", went)),
        (changed, change.changed, ngettext("%(count)s row changed", "%(count)s rows changed", changed)),
    ):
        if count:
            yield f"  {text % {'count': count}}"
            yield from (f"    {short_line(name)}" for name in names)
            if names and count > NAMED:
                yield "    " + _("and %(count)s more") % {"count": count - NAMED}
