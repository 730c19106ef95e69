"""What can be merged, and what points to it: declared once for each foreign key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.core.text import unique_key
from registry.models import (
    Acceptance,
    Agreement,
    LegalBasis,
    MechanismAlias,
    ProcessingActivity,
    Tracked,
    Transfer,
    TransferMechanism,
    Vendor,
    VendorName,
)

#: What tells two entries of one owner apart.
type Identity = tuple[object, ...]


@dataclass(frozen=True)
class Link:
    """A foreign key of a model to an entry that can be merged."""

    model: type[Tracked]
    field: str
    #: What tells its entries with the same owner apart; None where the owner may have any number of equal ones.
    identity: Callable[[Any], Identity] | None = None
    #: The filter for entries of the owner that stays which can be the same as some of the owner that goes.
    narrowed: Callable[[Sequence[Any]], dict[str, Any]] = lambda _rows: {}
    #: Whether both of two equal entries may stay. With ``worded`` they do so only by a word added to this field.
    both_may_stay: bool = False
    worded: str = ""

    @property
    def attname(self) -> str:
        return f"{self.field}_id"


#: By model what points to its entries.
LINKS: Mapping[type[Tracked], Sequence[Link]] = {
    Vendor: (
        Link(
            ProcessingActivity, "vendor", lambda row: (unique_key(row.purpose),), both_may_stay=True, worded="purpose"
        ),
        Link(
            Agreement,
            "vendor",
            lambda row: (row.kind, unique_key(row.reference), row.signed_on),
            both_may_stay=True,
        ),
        Link(VendorName, "vendor"),
        Link(Acceptance, "vendor", lambda row: (row.rule,)),
        Link(Vendor, "engaged_by"),
        Link(Vendor, "replaced_by"),
    ),
    ProcessingActivity: (
        Link(Transfer, "activity", lambda row: (row.mechanism_id, row.country)),
        Link(Acceptance, "activity", lambda row: (row.rule,)),
    ),
    LegalBasis: (Link(ProcessingActivity, "legal_basis"),),
    TransferMechanism: (
        Link(
            Transfer,
            "mechanism",
            lambda row: (row.activity_id, row.country),
            lambda rows: {"activity__among": [row.activity_id for row in rows]},
        ),
        Link(MechanismAlias, "mechanism"),
        Link(TransferMechanism, "replaced_by"),
    ),
}
#: The models whose entries people merge, by the name in addresses.
MODELS: Mapping[str, type[Tracked]] = {
    str(model._meta.model_name): model for model in (Vendor, ProcessingActivity, LegalBasis, TransferMechanism)
}
#: The name of an entry, and the model that keeps the name of the one that goes as another name of the one that stays.
NAMES: Mapping[type[Tracked], tuple[str, type[Tracked] | None]] = {
    Vendor: ("name", VendorName),
    ProcessingActivity: ("purpose", None),
    LegalBasis: ("label", None),
    TransferMechanism: ("label", MechanismAlias),
}
#: Fields that stay those of the entry that stays, whatever the other has.
NOT_CHOSEN = frozenset({"position", "starts_page", "rule", "accepted_by", "why", "until"})
#: Fields that follow another one.
FOLLOWING = {"reviewed_in": "last_reviewed_on"}
