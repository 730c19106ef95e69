"""The search page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from registry.history.ownership import tracked_models
from registry.search.hits import hits
from registry.search.index import SEARCHED_BY_CODE, SEARCHED_MODELS, index_entries
from registry.search.ranking import MOST_LETTERS, Match, Query
from registry.web.page import Context, paginate, render
from registry.web.permissions import may_see

#: The group of former names.
PAST = "past"


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """Show the entries and former names that match, of the models that the user may see, best first."""
    readable = [model for model in tracked_models() if may_see(request, model)]
    kinds = [kind for kind in SEARCHED_MODELS if kind.model in readable]
    if not kinds:
        raise PermissionDenied
    typed, chosen = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    if chosen not in {"", PAST, *SEARCHED_BY_CODE}:
        raise Http404
    query = Query(typed)
    codes = {kind.code for kind in kinds}
    matches = query.matches([each for each in index_entries() if each.kind in codes]) if query.words else []
    shown = paginate(request, [match for match in matches if chosen in ("", group_of(match))])
    context = {
        "typed": typed,
        "asked": bool(query.words),
        "longest": MOST_LETTERS,
        "groups": match_groups(matches, chosen),
        "hits": hits(shown["page"].object_list, query, readable),
        "may_see_acts": request.user.has_perm("registry.view_changeset"),
        **shown,
    }
    return render(request, "registry/search.html", _("Search"), context)


def group_of(match: Match) -> str:
    return PAST if match.entry.former else match.entry.kind


def match_groups(matches: Sequence[Match], chosen: str) -> list[Context]:
    """Return the groups of matches with their numbers: those that are not empty, and the chosen one."""
    counted = Counter(map(group_of, matches))
    names = {"": _("All"), **{kind.code: capfirst(kind.model._meta.verbose_name_plural) for kind in SEARCHED_MODELS}}
    numbers = {"": len(matches), **{code: counted[code] for code in (*SEARCHED_BY_CODE, PAST)}}
    return [
        {"code": code, "name": {**names, PAST: _("Formerly")}[code], "number": number, "chosen": code == chosen}
        for code, number in numbers.items()
        if number or code == chosen
    ]
