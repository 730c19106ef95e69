"""The column of a list that says when an entry was last changed, and by whom."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from registry.core import days
from registry.models import ChangeSet
from registry.web.admin.ordering import AlphabeticalChangeList


class LastChangeMixin:
    """Adds the column *last change*: when and by whom; needs ``LastChangeList``."""

    @admin.display(description=gettext_lazy("last change"), ordering="last_change_set_id")
    def last_change(self, entry: object) -> str:
        change: ChangeSet | None = getattr(entry, "last_change", None)
        if change is None:
            return "–"
        who = change.user_name or change.get_source_display()
        return format_html("{}<br>{}", days.local_minute(change.created_at), who)


class LastChangeList(AlphabeticalChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        entries: list[Any] = list(self.result_list)
        sets = ChangeSet.objects.in_bulk({entry.last_change_set_id for entry in entries})
        for entry in entries:
            entry.last_change = sets.get(entry.last_change_set_id)
        self.result_list = entries
