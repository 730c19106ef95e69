"""The pages that merge: what reads the same, which two, what of each stays, and the preview that is confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from registry.core.text import whole_number, with_signs_for_the_invisible
from registry.findings.duplicates import twin_groups, twins_of
from registry.history.merges import successor_key
from registry.models import ProcessingActivity, Tracked, Vendor, current
from registry.search.same_vendor import perhaps_same
from registry.web.bulk_edit.plan import changed_since, text_of
from registry.web.merging.forms import MergeForm, OtherForm
from registry.web.merging.links import MODELS
from registry.web.merging.pairs import Pair, entries_to_merge
from registry.web.merging.plan import MergePlan, permission, plan_merge
from registry.web.merging.writing import write_merge
from registry.web.page import Context, render
from registry.web.permissions import may_see
from registry.web.reasons import ask_reason
from registry.web.typed import is_reopened, reopen
from registry.web.undo_confirmation import with_undo_link
from registry.web.versions import VERSION, version_in

DIGEST, GONE_KEY = "digest", "gone"
#: Entries of one kind that the pages list; the rest are counted.
LISTED = 100
#: Fields that the preview lists.
LINES = 500


@dataclass(frozen=True)
class MergedField:
    """A field that changes, as the preview shows it."""

    entry: Tracked
    label: str
    before: str
    after: str


def may_merge(request: HttpRequest, model: type[Tracked]) -> bool:
    """Return whether a user may merge entries of a model, if nothing else than these changes."""
    needed = [permission(action, model) for action in ("change", "delete")]
    return may_see(request, model) and request.user.has_perms(needed)


def model_called(name: str, request: HttpRequest) -> type[Tracked]:
    if name not in MODELS:
        raise Http404
    if not may_merge(request, MODELS[name]):
        raise PermissionDenied
    return MODELS[name]


@require_safe
def duplicates_page(request: HttpRequest, model_name: str) -> HttpResponse:
    """Show the entries of a model that read the same."""
    model = model_called(model_name, request)
    groups = [[(each, name_with_signs(each)) for each in group] for group in twin_groups(model)]
    kinds = [(name, each._meta.verbose_name_plural) for name, each in MODELS.items() if may_merge(request, each)]
    context: Context = {"opts": model._meta, "groups": groups, "kinds": kinds, "model_name": model_name}
    title = _("Duplicates: %s") % model._meta.verbose_name_plural
    return render(request, "registry/duplicates.html", title, context)


@require_http_methods(["GET", "HEAD", "POST"])
def merge_page(request: HttpRequest, model_name: str, key: int) -> HttpResponseBase:
    """Choose what goes into an entry and what of each stays, show what would change, and write it."""
    model = model_called(model_name, request)
    reopen(request)
    confirmed = DIGEST in request.POST and not is_reopened(request) and not ask_reason(request)
    if confirmed:
        current().begin()
    source = request.POST if request.method == "POST" else request.GET
    gone_key = whole_number(source.get(GONE_KEY, ""))
    entries = entries_to_merge(model, [key, *([] if gone_key is None else [gone_key])])
    keep = entries.get(key)
    if keep is None:
        return leads_on(model, model_name, key)
    gone = None if gone_key is None else entries.get(gone_key)
    if why := refused(request, keep, gone, gone_key):
        messages.warning(request, why)
    if gone is None or why:
        return choose_other_page(request, keep)
    return merge_two(request, keep, gone, confirmed=confirmed)


def leads_on(model: type[Tracked], model_name: str, key: int) -> HttpResponse:
    """Lead to what an entry went into. Raises ``Http404`` where it went into none."""
    successor = successor_key(model, key)
    if successor is None:
        raise Http404
    return redirect("admin:merge", model_name, successor)


def refused(request: HttpRequest, keep: Tracked, gone: Tracked | None, gone_key: int | None) -> str:
    """Return why two entries cannot be merged; empty where they can, or where the other one is not chosen yet."""
    if gone_key is None:
        return ""
    if gone is None:
        return _("The other one was deleted meanwhile.")
    if gone == keep:
        return _("Choose two different entries.")
    if len({each.vendor_id for each in (keep, gone) if isinstance(each, ProcessingActivity)}) > 1:
        return _("The two belong to different vendors. Merge the vendors, or move one of them first.")
    return ""


def choose_other_page(request: HttpRequest, keep: Tracked) -> HttpResponse:
    """Show what reads the same as an entry and what may be the same, and offer any other."""
    form = OtherForm(keep)
    parts = parts_of(keep) if isinstance(keep, ProcessingActivity) else []
    context: Context = {
        "opts": keep._meta,
        "keep": keep,
        "twins": [(each, name_with_signs(each)) for each in twins_of(keep)],
        "perhaps": perhaps_same(keep) if isinstance(keep, Vendor) else [],
        "parts": [
            (each, address_of_merging(each)) for each in parts if may_merge(request, type(each)) and twins_of(each)
        ],
        "form": form,
        "media": site.get_model_admin(type(keep)).media + form.media,
        "name": name_with_signs(keep),
    }
    return render(request, "registry/merge_choose.html", _("Merge: %s") % keep, context)


def address_of_merging(keep: Tracked) -> str:
    """Return the address of the page that merges into an entry."""
    return reverse("admin:merge", args=[keep._meta.model_name, keep.pk])


def parts_of(activity: ProcessingActivity) -> list[Tracked]:
    """Return the legal basis and the mechanisms of an activity."""
    mechanisms = [each.mechanism for each in activity.transfers.select_related("mechanism").order_by("pk")]
    return [each for each in (activity.legal_basis, *mechanisms) if each is not None]


def merge_two(request: HttpRequest, keep: Tracked, gone: Tracked, *, confirmed: bool) -> HttpResponse:
    suggested = plan_merge(keep, gone, {})
    form = MergeForm(suggested, request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return merge_questions_page(request, form, suggested)
    plan = plan_merge(*entries_of_pair(keep, gone), form.answers())
    require_rights(request, plan)
    for each in plan.hindrances:
        form.add_error(None, each)
    if plan.hindrances:
        return merge_questions_page(request, form, suggested)
    if confirmed and (written := write_shown_merge(request, plan)):
        return written
    return preview_merge_page(request, form, plan)


def entries_of_pair(keep: Tracked, gone: Tracked) -> tuple[Tracked, Tracked]:
    """Return the two entries anew, as a plan changes those that it is made of."""
    entries = entries_to_merge(type(keep), [keep.pk, gone.pk])
    return entries[keep.pk], entries[gone.pk]


def require_rights(request: HttpRequest, plan: MergePlan) -> None:
    if missing := [each for each in plan.permissions if not request.user.has_perm(each)]:
        raise PermissionDenied(_("This needs further rights: %s") % ", ".join(missing))


def merge_questions_page(request: HttpRequest, form: MergeForm, plan: MergePlan) -> HttpResponse:
    """Show the fields in which the two differ, and what points to the one that goes."""
    context = {
        "form": form,
        "alike": form.alike[:LISTED],
        "more_alike": max(0, len(form.alike) - LISTED),
        "moves": moves_of(plan),
        "media": site.get_model_admin(type(plan.keep)).media,
    }
    return merge_step(request, "registry/merge.html", plan, context)


def preview_merge_page(request: HttpRequest, form: MergeForm, plan: MergePlan) -> HttpResponse:
    posted = [(name, request.POST[name]) for name in form.answers() if name in request.POST]
    lines = [line for pair in plan.pairs for line in merged_fields(pair)]
    context = {
        "form": form,
        "posted": posted,
        "lines": lines[:LINES],
        "more_lines": max(0, len(lines) - LINES),
        "joined": plan.joined[:LISTED],
        "more_joined": max(0, len(plan.joined) - LISTED),
        "moves": moves_of(plan),
        "meanwhile": changed_since(type(plan.keep), [plan.keep.pk, plan.gone.pk], version_in(request)),
    }
    return merge_step(request, "registry/merge_preview.html", plan, context)


def merge_step(request: HttpRequest, template: str, plan: MergePlan, context: Context) -> HttpResponse:
    model_name = plan.keep._meta.model_name
    page_context = {
        "opts": plan.keep._meta,
        "plan": plan,
        "keep": plan.keep,
        "gone": plan.gone,
        "keep_name": name_with_signs(plan.keep),
        "gone_name": name_with_signs(plan.gone),
        "hidden": [(GONE_KEY, plan.gone.pk), (VERSION, version_in(request))],
        "action": address_of_merging(plan.keep),
        "other_way": f"{address_of_merging(plan.gone)}?{GONE_KEY}={plan.keep.pk}",
        "back_to": reverse(f"admin:registry_{model_name}_change", args=[plan.keep.pk]),
        **context,
    }
    return render(request, template, _("Merge: %s") % plan.keep, page_context)


def name_with_signs(entry: object) -> str:
    """Return the name of an entry with signs for what cannot be seen, so that two that read the same can be told."""
    return with_signs_for_the_invisible(str(entry))


def moves_of(plan: MergePlan) -> list[Context]:
    """Return what points to the entry that goes, by kind, with the first of each."""
    found = []
    for link, moves in plan.moved_by_link():
        field: Any = link.model._meta.get_field(link.field)
        name = link.model._meta.verbose_name_plural
        if link.model is type(plan.keep):
            name = _("%(kind)s by “%(field)s”") % {"kind": name, "field": field.verbose_name}
        rows = [each.entry for each in moves[:LISTED]]
        found.append({"kind": name, "count": len(moves), "rows": rows, "more": max(0, len(moves) - LISTED)})
    return found


def merged_fields(pair: Pair) -> list[MergedField]:
    """Return the fields of the entry that stays that change."""
    fields: dict[str, Any] = {each.name: each for each in pair.model._meta.concrete_fields}
    lines = []
    for name, value in pair.values.items():
        if not fields[name].editable:
            continue
        before, after = text_of(fields[name], getattr(pair.keep, name)), text_of(fields[name], value)
        texts = [with_signs_for_the_invisible(text) for text in (before, after)]
        lines.append(MergedField(pair.keep, str(fields[name].verbose_name), *texts))
    return lines


def write_shown_merge(request: HttpRequest, plan: MergePlan) -> HttpResponse | None:
    """Write the plan that was shown, in the open change set. Return None where it is no longer the same."""
    if plan.digest != request.POST.get(DIGEST):
        messages.warning(request, _("The register has changed since the preview. Check it again."))
        return None
    names = {"gone": name_with_signs(plan.gone), "keep": name_with_signs(plan.keep)}
    address = reverse(f"admin:registry_{plan.keep._meta.model_name}_change", args=[plan.keep.pk])
    try:
        with transaction.atomic():
            write_merge(plan)
    except IntegrityError as why:
        current().reset_after_rollback()
        messages.warning(request, _("Nothing was changed: the register does not allow it. %s") % why)
        return HttpResponseRedirect(address)
    text = _("“%(gone)s” was merged into “%(keep)s”.") % names
    messages.success(request, with_undo_link(request, text))
    return HttpResponseRedirect(address)
