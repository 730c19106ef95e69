"""What a list of the register is: its entries, columns, filters and order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from registry.core.order import InOrderOfNames, in_order_of_names
from registry.files.columns import COLUMNS_BY_KEY, STORED_COLUMNS, Column
from registry.files.format_registry import FORMATS, RegisterFormat, TableFormat
from registry.files.vendor_columns import VENDOR_COLUMNS_BY_KEY
from registry.law.transfers import Law
from registry.models import ProcessingActivity, Status, Transfer, TransferMechanism, Vendor
from registry.papers.formats import DOCUMENT_PAPERS, LIST_PAPERS
from registry.web.lists.activity_filter import ActivityFilter
from registry.web.lists.list_filter import ListFilter
from registry.web.lists.vendor_filter import VendorFilter
from registry.web.permissions import require_view

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

type Annotate = Callable[[Any, Law], QuerySet[Any]]


@dataclass(frozen=True)
class ListDefinition:
    """A list of entries of one model. ``name`` is its address, and that of its pages: ``admin:{name}_export``."""

    name: str
    title: StrOrPromise
    model: type[Model]
    #: The models that one must be allowed to see.
    shows: tuple[type[Model], ...]
    columns: Mapping[str, Column]
    default_columns: tuple[str, ...]
    #: What an export with all columns contains.
    all_columns: Sequence[Column]
    filter_class: type[ListFilter]
    #: The order without a column to sort by, and among equals.
    order: tuple[str | InOrderOfNames, ...]
    formats: Sequence[type[RegisterFormat]]
    #: Filters that hold unless the address says otherwise.
    default_filters: Mapping[str, str] = field(default_factory=dict)
    #: What has to be added to the query to sort by a column.
    annotations: Mapping[str, Annotate] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return reverse(f"admin:{self.name}")

    @property
    def model_name(self) -> str:
        return str(self.model._meta.model_name)

    def require_view(self, request: HttpRequest) -> None:
        """Raise ``PermissionDenied`` unless the user may see all that the list shows."""
        require_view(request, *self.shows)

    def may(self, request: HttpRequest, action: str) -> bool:
        """Return whether the user may *add*, *change* or *delete* entries of the list."""
        return request.user.has_perm(f"registry.{action}_{self.model_name}")

    def require_change(self, request: HttpRequest) -> None:
        self.require_view(request)
        if not self.may(request, "change"):
            raise PermissionDenied


REGISTER = ListDefinition(
    name="register",
    title=_("Register"),
    model=ProcessingActivity,
    shows=(Vendor, ProcessingActivity, Transfer, TransferMechanism),
    columns=COLUMNS_BY_KEY,
    default_columns=("vendor", "purpose", "personal_data", "country", "legal_ground", "verdict", "finding_count"),
    all_columns=STORED_COLUMNS,
    filter_class=ActivityFilter,
    order=("position", "pk"),
    formats=(*FORMATS, *LIST_PAPERS, *DOCUMENT_PAPERS),
    default_filters={"status": Status.ACTIVE.value},
    annotations={"verdict": lambda activities, law: activities.with_verdict(law)},
)

VENDORS = ListDefinition(
    name="vendors",
    title=_("Vendors"),
    model=Vendor,
    shows=(Vendor, ProcessingActivity, Transfer, TransferMechanism),
    columns=VENDOR_COLUMNS_BY_KEY,
    default_columns=(
        "vendor",
        "vendor_status",
        "vendor_role",
        "activities",
        "countries",
        "verdict",
        "finding_count",
        "vendor_owner",
        "next_review",
        "last_change",
    ),
    all_columns=tuple(VENDOR_COLUMNS_BY_KEY.values()),
    filter_class=VendorFilter,
    order=(in_order_of_names("name_key"), "pk"),
    formats=(*(each for each in FORMATS if issubclass(each, TableFormat)), *LIST_PAPERS),
    annotations={
        "verdict": lambda vendors, law: vendors.with_verdict(law),
        "activities": lambda vendors, _law: vendors.with_activity_count(),
        "last_change": lambda vendors, _law: vendors.with_last_change(),
    },
)

LISTS: Mapping[str, ListDefinition] = {each.name: each for each in (REGISTER, VENDORS)}


#: By the model whose entries they list; the other models have the change lists of the admin.
LIST_BY_MODEL: Mapping[type[Model], ListDefinition] = {each.model: each for each in LISTS.values()}
