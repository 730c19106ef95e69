"""The pages that people open most, on every page: those that they may look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registry.models import ChangeSet, ProcessingActivity, TransferMechanism, Vendor
from registry.web.permissions import may_see


@dataclass(frozen=True)
class MenuItem:
    name: Any
    view: str
    models: tuple[type[Model], ...] = ()


MENU = (
    MenuItem(_("Overview"), "index"),
    MenuItem(_("Register"), "register", (Vendor, ProcessingActivity)),
    MenuItem(_("Vendors"), "registry_vendor_changelist", (Vendor,)),
    MenuItem(_("Activities"), "registry_processingactivity_changelist", (ProcessingActivity,)),
    MenuItem(_("Mechanisms"), "registry_transfermechanism_changelist", (TransferMechanism,)),
    MenuItem(_("Findings"), "findings", (Vendor, ProcessingActivity)),
    MenuItem(_("Due"), "due", (Vendor,)),
    MenuItem(_("Open questions"), "questions", (Vendor,)),
    MenuItem(_("Change log"), "registry_changeset_changelist", (ChangeSet,)),
)


def navigation(request: HttpRequest) -> list[tuple[Any, str, bool]]:
    """Name, address, and whether the page is there or below."""
    if not request.user.is_active or not request.user.is_staff:
        return []
    found = []
    for place in MENU:
        if all(may_see(request, model) for model in place.models):
            address = reverse(f"admin:{place.view}")
            here = request.path == address or (place.view != "index" and request.path.startswith(address))
            found.append((place.name, address, here))
    return found
