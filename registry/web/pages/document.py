"""The register as the document, for reading and printing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from registry.document import HEADINGS
from registry.files.export import Selection, exported_document
from registry.history.time_travel import as_at
from registry.models import ProcessingActivity, Vendor
from registry.web.decorators import shows_refusals
from registry.web.lists.definition import REGISTER
from registry.web.lists.query import DAY, ListQuery
from registry.web.page import render


@require_safe
@shows_refusals("registry/document.html", gettext_lazy("Document"))
def document_page(request: HttpRequest) -> HttpResponse:
    """Show the document as at a day."""
    REGISTER.require_view(request)
    list_query = ListQuery(REGISTER, QueryDict(f"{DAY}={request.GET.get(DAY, '')}"))
    with as_at(list_query.change_set):
        document = exported_document(Selection(ProcessingActivity.objects.all()))
        context = {
            "document": document,
            "headings": HEADINGS.values(),
            "day": list_query.day or timezone.localdate(),
            "day_given": list_query.day,
            "without_activity": Vendor.objects.without_activity().count(),
        }
        return render(request, "registry/document.html", _("Document"), context).render()
