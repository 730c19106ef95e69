"""The page *Mine*: the vendors that one owns, what is due, found and changed there, and what one watches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from registry.core.order import in_order_of_names
from registry.findings.of_vendors import open_rules_of_vendors
from registry.findings.reminders import Reminder, agreement_reminders, check_reminders, review_reminders
from registry.findings.rules import RULES, Rule
from registry.history.timeline import TimelineItem, changes_after
from registry.law.verdicts import Verdict
from registry.law.wording import VERDICT_NAMES
from registry.models import Agreement, ChangeSet, ProcessingActivity, Status, Transfer, User, Vendor, Watch, law_on
from registry.web.page import Context, paginate, render
from registry.web.permissions import may_see, require_view
from registry.web.watching.watched import rows_of_entries, watched_by

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: How far back changes are listed, and how many change sets.
LOOK_BACK = timedelta(days=30)
LISTED_CHANGES = 20
PER_PAGE = 25


@dataclass(frozen=True)
class OwnVendor:
    vendor: Vendor
    verdict: Verdict | None
    open_findings: int

    @property
    def verdict_name(self) -> StrOrPromise:
        return "" if self.verdict is None else VERDICT_NAMES[self.verdict]


@dataclass(frozen=True)
class OwnFinding:
    rule: Rule
    count: int
    address: str


@require_safe
def mine_page(request: HttpRequest) -> HttpResponse:
    require_view(request, Vendor, ProcessingActivity)
    user, law = User.objects.get(pk=request.user.pk), law_on(timezone.localdate())
    owned = Vendor.objects.filter(owner=user).exclude(status=Status.ENDED)
    rules = open_rules_of_vendors(activities_of(owned), law)
    listed = paginate(request, owned.with_verdict(law).order_by(in_order_of_names("name_key"), "pk"), per_page=PER_PAGE)
    changes, more_changes = changes_by_others(user, list(rules))
    watches = list(Watch.objects.of(user))
    context: Context = {
        **listed,
        "own_vendors": list(own_vendors(listed["page"].object_list, rules)),
        "due": list(due_of(request, user, law.on)),
        "own_findings": list(own_findings(user, rules)),
        "changes": changes,
        "more_changes": more_changes,
        "watched": watched_by(user, watches),
        "days": LOOK_BACK.days,
        "mails_go": bool(user.email),
    }
    return render(request, "registry/mine.html", _("Mine"), context)


def activities_of(owned: QuerySet[Vendor]) -> dict[int, list[int]]:
    """Return the keys of the activities by the key of their vendor, vendors without activities too, in two queries."""
    by_vendor: dict[int, list[int]] = {key: [] for key in owned.order_by().values_list("pk", flat=True)}
    rows = ProcessingActivity.objects.filter(vendor__among=list(by_vendor)).order_by("position", "pk")
    for vendor, activity in rows.values_list("vendor_id", "pk"):
        by_vendor[vendor].append(activity)
    return by_vendor


def own_vendors(vendors: Any, rules: dict[int, list[Rule]]) -> Iterator[OwnVendor]:
    for vendor in vendors:
        verdict = None if vendor.verdict is None else Verdict(vendor.verdict)
        yield OwnVendor(vendor, verdict, len(rules[vendor.pk]))


def own_findings(user: User, rules: dict[int, list[Rule]]) -> Iterator[OwnFinding]:
    """Yield each rule with open findings, the most severe first, with the address of the vendors concerned."""
    counts = Counter(rule.code for of_vendor in rules.values() for rule in of_vendor)
    for rule in RULES:
        if counts[rule.code]:
            query = urlencode({"owner": user.username, "finding": rule.code})
            yield OwnFinding(rule, counts[rule.code], f"{reverse('admin:vendors')}?{query}")


def due_of(request: HttpRequest, user: User, on: date) -> Iterator[Reminder]:
    """Yield what is due for the vendors of a user, as far as they may see it."""
    yield from review_reminders(user, on)
    if may_see(request, Agreement):
        yield from agreement_reminders(user, on)
    if may_see(request, Transfer):
        yield from check_reminders(user, on)


def changes_by_others(user: User, vendors: list[int]) -> tuple[list[TimelineItem], int]:
    """Return what others changed lately in vendors and what belongs to them, newest first, and how much more."""
    before = ChangeSet.objects.filter(created_at__lt=timezone.now() - LOOK_BACK).order_by("-pk")
    after = before.values_list("pk", flat=True).first() or 0
    return changes_after(rows_of_entries(user, {Vendor: vendors}), after, not_by=user.pk, limit=LISTED_CHANGES)
