"""What a deletion would delete too, and what prevents it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.sites import AdminSite
from django.contrib.admin.utils import NestedObjects
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from registry.history.recording import with_names

#: How many of the preventing entries are named.
PROTECTED_SHOWN = 100


class NamedCollector(NestedObjects):
    """Loads what entries are named by in the same query; Django's collector would query for each entry."""

    def related_objects(self, related_model: Any, related_fields: Any, objs: Any) -> QuerySet[Any]:
        entries: QuerySet[Any] = super().related_objects(related_model, related_fields, objs)
        return with_names(entries)


def deleted_objects(
    objs: Iterable[Model], request: HttpRequest, site: AdminSite
) -> tuple[Any, Any, set[str], list[Any]]:
    """Return what ``django.contrib.admin.utils.get_deleted_objects`` returns."""
    entries = list(objs)
    if not entries:
        return [], {}, set(), []
    collector = NamedCollector(using=entries[0]._state.db, origin=entries)
    collector.collect(entries)
    missing_permissions: set[str] = set()

    def named(entry: Model) -> str:
        kind = capfirst(entry._meta.verbose_name)
        if not site.is_registered(type(entry)):
            return f"{kind}: {entry}"
        if not site.get_model_admin(type(entry)).has_delete_permission(request, entry):
            missing_permissions.add(str(entry._meta.verbose_name))
        address = reverse(f"{site.name}:registry_{entry._meta.model_name}_change", args=[entry.pk])
        return format_html('{}: <a href="{}">{}</a>', kind, address, entry)

    to_delete = collector.nested(named)
    preventing: list[Any] = sorted(collector.protected, key=lambda entry: entry.pk)
    protected = [named(entry) for entry in preventing[:PROTECTED_SHOWN]]
    if preventing[PROTECTED_SHOWN:]:
        protected.append(_("and %(count)s more") % {"count": len(preventing) - PROTECTED_SHOWN})
    counts = {model._meta.verbose_name_plural: len(entries) for model, entries in collector.model_objs.items()}  # type: ignore[attr-defined]
    return to_delete, counts, missing_permissions, protected
