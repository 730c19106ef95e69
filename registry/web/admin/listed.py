"""Admins whose entries are listed on a page of their own, in place of the change list of the admin."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from registry.core.text import whole_number
from registry.models import LegalBasis, TransferMechanism, User
from registry.web.admin.tracked import TrackedAdmin
from registry.web.lists.cells import LIST_QUERY
from registry.web.lists.definition import LIST_BY_MODEL, ListDefinition
from registry.web.lists.list_filter import ALL
from registry.web.page import Context

#: The parameters of the change list of release 1.0.0 that were named otherwise.
FORMER_PARAMETERS = {
    "q": "text",
    "status__exact": "status",
    "role__exact": "role",
    "vendor__role__exact": "vendor_role",
    "special_categories__exact": "special_categories",
    "vendor__id__exact": "vendor_is",
}
#: The same for related entries, whose filters hold another field than the key.
FORMER_RELATIONS: dict[str, tuple[str, type[Model], str]] = {
    "owner__id__exact": ("owner", User, "username"),
    "legal_basis__id__exact": ("legal_basis", LegalBasis, "label"),
    "transfers__mechanism__id__exact": ("mechanism", TransferMechanism, "code"),
}


class ListedAdmin(TrackedAdmin):
    """Leads from the change list to the list of the register, and from a saved form back to where it came from."""

    @property
    def definition(self) -> ListDefinition:
        return LIST_BY_MODEL[self.model]

    def changelist_view(self, request: HttpRequest, extra_context: Context | None = None) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            messages.info(request, _("Nothing was changed. Use the button on this page."))
        return redirect(list_address(self.definition, former_query(self.definition, request.GET)))

    def response_post_save_add(self, request: HttpRequest, obj: Model) -> HttpResponse:
        return self.back_to_list(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Model) -> HttpResponse:
        return self.back_to_list(request, obj)

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        response: HttpResponse = super().response_delete(request, obj_display, obj_id)
        return self.back_to_list(request) if response.status_code == 302 else response

    def back_to_list(self, request: HttpRequest, entry: Model | None = None) -> HttpResponse:
        """Lead back to the list that the form was opened from, at the row of the entry, which is marked there."""
        address = list_address(self.definition, QueryDict(request.GET.get(LIST_QUERY, "")))
        return redirect(address if entry is None else f"{address}#entry-{entry.pk}")


def list_address(definition: ListDefinition, query: QueryDict) -> str:
    return f"{definition.address}?{query.urlencode()}" if query else definition.address


def former_query(definition: ListDefinition, query: QueryDict) -> QueryDict:
    """Return the query string of the list for one of the change list of an earlier release."""
    translated = QueryDict(mutable=True)
    for name, values in former_parameters(query):
        translated.setlist(name, values)
    if query and definition.default_filters and "status" not in translated:
        translated["status"] = ALL  # what the change list showed
    return translated


def former_parameters(query: QueryDict) -> Iterator[tuple[str, list[str]]]:
    for name, values in query.lists():
        if name in FORMER_RELATIONS:
            filter_name, model, field = FORMER_RELATIONS[name]
            keys = [key for value in values if (key := whole_number(value)) is not None]
            yield filter_name, list(model._default_manager.filter(pk__in=keys).values_list(field, flat=True))
        elif name not in {"e", "o"}:
            yield FORMER_PARAMETERS.get(name, name.removesuffix("__exact")), values
