"""The menu on every page: the pages that people open most, as far as they may see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registry.models import ChangeSet, Edition, ProcessingActivity, TransferMechanism, Vendor
from registry.web.permissions import may_see

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True)
class MenuItem:
    name: StrPromise
    view: str
    models: tuple[type[Model], ...] = ()


MENU = (
    MenuItem(_("Overview"), "index"),
    MenuItem(_("Mine"), "mine", (Vendor, ProcessingActivity)),
    MenuItem(_("Register"), "register", (Vendor, ProcessingActivity)),
    MenuItem(_("Vendors"), "vendors", (Vendor, ProcessingActivity)),
    MenuItem(_("Mechanisms"), "registry_transfermechanism_changelist", (TransferMechanism,)),
    MenuItem(_("Findings"), "findings", (Vendor, ProcessingActivity)),
    MenuItem(_("Due"), "due", (Vendor,)),
    MenuItem(_("Open questions"), "questions", (Vendor,)),
    MenuItem(_("Editions"), "editions", (Edition,)),
    MenuItem(_("Change log"), "registry_changeset_changelist", (ChangeSet,)),
)


def navigation(request: HttpRequest) -> list[tuple[StrPromise, str, bool]]:
    """Return name and address of each item, and whether the present page is there or below it."""
    if not request.user.is_active or not request.user.is_staff:
        return []
    items = []
    for item in MENU:
        if all(may_see(request, model) for model in item.models):
            address = reverse(f"admin:{item.view}")
            here = request.path == address or (item.view != "index" and request.path.startswith(address))
            items.append((item.name, address, here))
    return items
