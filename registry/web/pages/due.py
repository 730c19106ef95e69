"""The page of due reviews, entries changed since their review, and agreements that end."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from registry.core.order import in_order_of_names
from registry.findings.conditions import NOTICE_PERIOD
from registry.models import Agreement, Vendor
from registry.models.reviews import changed_since_review, review_due
from registry.web.decorators import shows_refusals
from registry.web.law_day import law_of
from registry.web.page import paginate, render
from registry.web.permissions import require_view


@require_safe
@shows_refusals("registry/due.html", gettext_lazy("Due"))
def due_page(request: HttpRequest) -> HttpResponse:
    """Show reviews due within 90 days or overdue, vendors changed since their review, and agreements that end."""
    require_view(request, Vendor, Agreement)
    on = law_of(request).on
    vendors = Vendor.objects.active().select_related("owner", "reviewed_in").order_by(in_order_of_names("name_key"))
    reviews = sorted(vendors.filter(review_due(on + NOTICE_PERIOD)), key=lambda each: each.review_due_on or date.min)
    context = {
        "on": on,
        "until": on + NOTICE_PERIOD,
        "reviews": paginate(request, reviews, "reviews"),
        "changed": paginate(request, vendors.filter(changed_since_review()), "changed"),
        "agreements": paginate(request, ending(on), "agreements"),
    }
    return render(request, "registry/due.html", _("Due"), context)


def ending(on: date) -> QuerySet[Agreement]:
    agreements = Agreement.objects.ending(on, on + NOTICE_PERIOD).filter(vendor__in=Vendor.objects.active())
    return agreements.select_related("vendor__owner").order_by(
        "valid_until", in_order_of_names("vendor__name_key"), "pk"
    )
