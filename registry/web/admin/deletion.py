"""What would go with an entry that is deleted, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.sites import AdminSite
from django.contrib.admin.utils import NestedObjects
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registry.history.recording import name_lookups

#: What stands in the way is named up to so many.
PROTECTED_SHOWN = 100


class NamedCollector(NestedObjects):
    """With what the entries are named by: Django's own asks for that entry by entry."""

    def related_objects(self, related_model: Any, related_fields: Any, objs: Any) -> QuerySet[Any]:
        entries: QuerySet[Any] = super().related_objects(related_model, related_fields, objs)
        names = name_lookups(related_model)
        return entries.select_related(*names) if names else entries


def deleted_objects(objs: Iterable[Any], request: HttpRequest, site: AdminSite) -> tuple[Any, Any, set[str], list[Any]]:
    """As ``django.contrib.admin.utils.get_deleted_objects``."""
    entries = list(objs)
    if not entries:
        return [], {}, set(), []
    collector = NamedCollector(using=entries[0]._state.db, origin=entries)
    collector.collect(entries)
    refused: set[str] = set()

    def named(entry: Any) -> str:
        kind = capfirst(entry._meta.verbose_name)
        if not site.is_registered(type(entry)):
            return f"{kind}: {entry}"
        if not site.get_model_admin(type(entry)).has_delete_permission(request, entry):
            refused.add(entry._meta.verbose_name)
        address = reverse(f"{site.name}:registry_{entry._meta.model_name}_change", args=[entry.pk])
        return format_html('{}: <a href="{}">{}</a>', kind, address, entry)

    to_delete = collector.nested(named)
    in_the_way: list[Any] = sorted(collector.protected, key=lambda entry: entry.pk)
    protected = [named(entry) for entry in in_the_way[:PROTECTED_SHOWN]]
    if in_the_way[PROTECTED_SHOWN:]:
        protected.append(_("and %(count)s more") % {"count": len(in_the_way) - PROTECTED_SHOWN})
    counts = {model._meta.verbose_name_plural: len(found) for model, found in collector.model_objs.items()}  # type: ignore[attr-defined]
    return to_delete, counts, refused, protected
