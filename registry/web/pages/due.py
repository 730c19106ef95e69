"""The page of what is due: reviews, agreements that end, and checks of recipients that lapse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from registry.core.order import in_order_of_names
from registry.findings.conditions import NOTICE_PERIOD
from registry.models import Agreement, Transfer, Vendor
from registry.models.checks_of_recipients import checks_due, last_days_of_checks
from registry.models.reviews import changed_since_review, review_due
from registry.web.decorators import shows_refusals
from registry.web.law_day import law_of
from registry.web.page import paginate, render
from registry.web.permissions import require_view


@dataclass(frozen=True)
class LapsingCheck:
    transfer: Transfer
    end: date


@require_safe
@shows_refusals("registry/due.html", gettext_lazy("Due"))
def due_page(request: HttpRequest) -> HttpResponse:
    """Show reviews due within 90 days or overdue, vendors changed since their review, agreements that end, and checks
    of recipients that lapse."""
    require_view(request, Vendor, Agreement, Transfer)
    on = law_of(request).on
    vendors = Vendor.objects.active().select_related("owner", "reviewed_in").order_by(in_order_of_names("name_key"))
    reviews = sorted(vendors.filter(review_due(on + NOTICE_PERIOD)), key=lambda each: each.review_due_on or date.min)
    context = {
        "on": on,
        "until": on + NOTICE_PERIOD,
        "reviews": paginate(request, reviews, "reviews"),
        "changed": paginate(request, vendors.filter(changed_since_review()), "changed"),
        "agreements": paginate(request, ending(on), "agreements"),
        "checks": paginate(request, lapsing_checks(on), "checks"),
    }
    return render(request, "registry/due.html", _("Due"), context)


def lapsing_checks(on: date) -> list[LapsingCheck]:
    """Return the transfers whose check of the recipient lapses within the notice period, or has lapsed within it."""
    transfers = Transfer.objects.filter(
        checks_due(on - NOTICE_PERIOD, on + NOTICE_PERIOD), activity__vendor__in=Vendor.objects.active()
    ).select_related("activity__vendor__owner", "mechanism")
    ends = last_days_of_checks()
    return sorted((LapsingCheck(each, ends[each.pk]) for each in transfers), key=attrgetter("end", "transfer.pk"))


def ending(on: date) -> QuerySet[Agreement]:
    agreements = Agreement.objects.ending(on, on + NOTICE_PERIOD).filter(vendor__in=Vendor.objects.active())
    return agreements.select_related("vendor__owner").order_by(
        "valid_until", in_order_of_names("vendor__name_key"), "pk"
    )
