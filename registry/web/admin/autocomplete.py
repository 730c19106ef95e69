"""What fields offer while one types: owners by name, and the mechanisms of a transfer by its country."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from registry.core.text import whole_number
from registry.law.countries import find
from registry.models import ProcessingActivity, Transfer
from registry.search.offered_mechanisms import OfferedMechanism, offered_mechanisms
from registry.web.admin.users import OwnerAutocomplete
from registry.web.law_day import law_day
from registry.web.permissions import may_see

#: By these names in the query string the form of a transfer tells the country, or the activity whose country it is.
COUNTRY, ACTIVITY = "country", "activity"


class RegisterAutocomplete(OwnerAutocomplete):
    """Choices of a field. The mechanism of a transfer is offered in the order of its use for the country."""

    request: HttpRequest

    @property
    def is_of_transfer(self) -> bool:
        return self.source_field.model is Transfer and self.source_field.name == "mechanism"

    def get_queryset(self) -> Any:
        if not self.is_of_transfer:
            return super().get_queryset()
        return offered_mechanisms(self.term, self.country(), law_day(self.request))

    def country(self) -> str:
        """Return the code of the country of the transfer that is edited; empty where none is known yet."""
        country = find(self.request.GET.get(COUNTRY, ""))
        if country is not None:
            return country.code
        key = whole_number(self.request.GET.get(ACTIVITY, ""))
        if key is None or not may_see(self.request, ProcessingActivity):
            return ""
        return ProcessingActivity.objects.filter(pk=key).values_list("country", flat=True).first() or ""

    def serialize_result(self, obj: Model | OfferedMechanism, to_field_name: str) -> dict[str, str]:
        if not isinstance(obj, OfferedMechanism):
            return super().serialize_result(obj, to_field_name)
        return {"id": str(obj.mechanism.pk), "text": obj.text, "purpose": obj.purpose}


def offers_mechanisms(field: Any, *countries: str, activity: str = "") -> Any:
    """Have the field of a mechanism send what the form says of the country, and return it.

    ``countries``: the names of the fields of the form with the country, the first that is not empty counts. One that
    begins with a slash is a field of the page and not of the same inline.
    """
    field.widget.attrs |= {"data-countries": " ".join(countries), "data-activity": activity}
    return field
