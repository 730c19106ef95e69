"""What was selected in a list: some of its entries, or all that its filter finds; and the actions on them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import site
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from registry.core.text import whole_number
from registry.web.decorators import post_only
from registry.web.lists.definition import REGISTER, VENDORS, ListDefinition
from registry.web.lists.query import ListQuery
from registry.web.reasons import unconfirm_without_reason
from registry.web.typed import reopen

#: The parameter that selects all entries that the filter finds.
ALL_FOUND = "all_found"


def register_action(request: HttpRequest) -> HttpResponse:
    reopen(request)
    return perform_in_register(request)


def vendors_action(request: HttpRequest) -> HttpResponse:
    reopen(request)
    return perform_in_vendors(request)


@post_only("admin:register")
def perform_in_register(request: HttpRequest) -> HttpResponse:
    return perform(request, REGISTER)


@post_only("admin:vendors")
def perform_in_vendors(request: HttpRequest) -> HttpResponse:
    return perform(request, VENDORS)


def perform(request: HttpRequest, definition: ListDefinition) -> HttpResponse:
    """Perform an action of the admin on the selected entries: show its page, or go back to the list."""
    definition.require_view(request)
    unconfirm_without_reason(request)
    model_admin = site.get_model_admin(definition.model)
    actions: dict[str, Any] = model_admin.get_actions(request)
    name = request.POST.get("action", "")
    if name not in actions:
        raise BadRequest(_("This action is not known, or not yours to use."))
    back_to = f"{definition.address}?{request.GET.urlencode()}" if request.GET else definition.address
    keys = selected_keys(request, definition)
    if not keys:
        messages.warning(request, _("Select at least one row first. Nothing was changed."))
        return redirect(back_to)
    entries = definition.model._default_manager.filter(pk__among=keys)
    response: HttpResponse | None = actions[name].func(model_admin, request, entries)
    if isinstance(response, TemplateResponse):
        response.context_data = {**(response.context_data or {}), "back_to": back_to}
    return response or redirect(back_to)


def selected_keys(request: HttpRequest, definition: ListDefinition) -> list[int]:
    """Return the keys of the selected entries. Raises ``UnknownFilter`` and ``BadRequest``."""
    if request.POST.get(ALL_FOUND):
        with ListQuery(definition, request.GET).state() as shown:
            return list(shown.rows.values_list("pk", flat=True))
    return ticked_keys(request)


def ticked_keys(request: HttpRequest) -> list[int]:
    """Return the keys of the rows that were ticked. Raises ``BadRequest``."""
    return keys_of(request.POST.getlist(ACTION_CHECKBOX_NAME))


def keys_of(texts: list[str]) -> list[int]:
    """Return the keys in texts that hold one or several, separated by commas. Raises ``BadRequest``."""
    keys = [whole_number(part) for text in texts for part in text.split(",")]
    found = [key for key in keys if key is not None]
    if len(found) < len(keys):
        raise BadRequest(_("The selection in this request is not readable."))
    return list(dict.fromkeys(found))
