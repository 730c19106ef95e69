"""What merging two entries would change."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from registry.core.text import unique_key
from registry.history import chain
from registry.history.recording import name_lookups
from registry.history.seals import values_of
from registry.models import ProcessingActivity, Tracked, Transfer, TransferMechanism, Vendor, VendorName, Watch
from registry.web.merging.links import LINKS, NAMES, Identity, Link
from registry.web.merging.pairs import JOIN, Answers, Pair, chosen_fields, chosen_values, differing_fields


@dataclass
class Moved:
    """An entry that points to the one that stays from now on."""

    entry: Any
    link: Link
    to: Any
    #: Other values that it gets.
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class MergePlan:
    """What becomes of two entries and all that points to them."""

    root: Pair
    #: Entries that become one because what they belong to does.
    joined: list[Pair] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    #: Other names that go because they are the name of the entry now.
    dropped: list[Tracked] = field(default_factory=list)
    #: Other names that come.
    added: list[Tracked] = field(default_factory=list)
    watchers: list[Watch] = field(default_factory=list)
    hindrances: list[str] = field(default_factory=list)
    #: The entries that point to the one that goes, each once: some do so by two fields.
    known: dict[tuple[type[Tracked], int], Tracked] = field(default_factory=dict)

    @property
    def pairs(self) -> list[Pair]:
        return [self.root, *self.joined]

    @property
    def keep(self) -> Tracked:
        return self.root.keep

    @property
    def gone(self) -> Tracked:
        return self.root.gone

    def moved_by_link(self) -> list[tuple[Link, list[Moved]]]:
        """Return what moves, by how it points to what is merged."""
        links: defaultdict[Link, list[Moved]] = defaultdict(list)
        for each in self.moved:
            links[each.link].append(each)
        return list(links.items())

    @property
    def permissions(self) -> list[str]:
        """Return the permissions that the plan needs."""
        needed = {permission("change", each.link.model) for each in self.moved}
        needed |= {permission("delete", each.model) for each in self.pairs}
        needed |= {permission("change", each.model) for each in self.pairs if each.values}
        needed |= {permission("delete", type(each)) for each in self.dropped}
        needed |= {permission("add", type(each)) for each in self.added}
        return sorted(needed)

    @property
    def digest(self) -> str:
        def state(entry: Tracked) -> list[object]:
            return [
                str(entry._meta.model_name),
                entry.pk,
                hashlib.sha256(chain.canonical(values_of(entry))).hexdigest(),
            ]

        pairs = [[state(each.keep), state(each.gone), values_for_digest(each.values)] for each in self.pairs]
        moved = [
            [state(each.entry), each.link.field, each.to.pk, values_for_digest(each.values)] for each in self.moved
        ]
        names = [[state(each) for each in self.dropped], [str(each) for each in self.added]]
        return hashlib.sha256(chain.canonical([pairs, moved, names, self.hindrances])).hexdigest()


def permission(action: str, model: type[Model]) -> str:
    return f"registry.{action}_{model._meta.model_name}"


def values_for_digest(values: Mapping[str, object]) -> dict[str, object]:
    """Return values as a digest takes them."""
    return {
        name: value.pk if isinstance(value, Model) else value if isinstance(value, str | None) else str(value)
        for name, value in values.items()
    }


def plan_merge(keep: Tracked, gone: Tracked, answers: Answers) -> MergePlan:
    """Return what merging two entries of one model would change, in a fixed number of queries for each level below.

    What is not answered is as the questions suggest: the value of the one that stays, or that of the other where it
    has none; entries that are the same become one.
    """
    plan = MergePlan(Pair(keep, gone, differing_fields(keep, gone)))
    plan.root.values = chosen_values(plan.root, answers)
    level = [plan.root]
    while level:
        below: list[Pair] = []
        for model in {pair.model for pair in level}:
            of_model = [pair for pair in level if pair.model is model]
            for link in LINKS.get(model, ()):
                below += plan_link(plan, link, of_model, answers)
        plan.joined += below
        level = below
    for pair in plan.joined:
        pair.values = chosen_values(pair, answers)
    plan_names(plan)
    plan.watchers = new_watches(plan)
    plan.hindrances += hindrances(plan)
    return plan


def plan_link(plan: MergePlan, link: Link, pairs: Sequence[Pair], answers: Answers) -> Iterator[Pair]:
    """Add to the plan what points to the entries that go, and yield the pairs that become one with them."""
    by_gone = {pair.gone.pk: pair for pair in pairs}
    by_keep = {pair.keep.pk: pair for pair in pairs}
    rows = [plan.known.setdefault((link.model, row.pk), row) for row in entries_pointing_to(link, by_gone)]
    present = entries_pointing_to(link, by_keep, link.narrowed(rows)) if link.identity and rows else []
    taken: dict[tuple[int, Identity], Any] = {}
    if link.identity is not None:
        taken = {(getattr(row, link.attname), link.identity(row)): row for row in present}
    for row in rows:
        if row in (plan.keep, plan.gone):
            continue
        to = by_gone[getattr(row, link.attname)].keep
        same = taken.get((to.pk, link.identity(row))) if link.identity else None
        pair = None if same is None else Pair(same, row, differing_fields(same, row, to=link.field), link)
        moved = Moved(row, link, to)
        if pair is not None and (not link.both_may_stay or answers.get(pair.question, JOIN) == JOIN):
            yield pair
            continue
        if pair is not None:
            plan_both(plan, moved, pair, answers)
        elif link.identity is not None and not (link.both_may_stay and not link.worded):
            taken[to.pk, link.identity(row)] = row
        if isinstance(row, Transfer) and link.field == "mechanism" and not row.wording:
            moved.values |= kept_wording(plan)
        plan.moved.append(moved)


def plan_both(plan: MergePlan, moved: Moved, pair: Pair, answers: Answers) -> None:
    """Plan that both of two equal entries stay: the one that moves with a word added, where they may not be equal."""
    if pair.link is None or not pair.link.worded:
        return
    name = pair.link.worded
    word = answers.get(f"word-{pair.question}", "").strip()
    if word:
        moved.values[name] = f"{getattr(pair.gone, name)} ({word})"
    else:
        plan.hindrances.append(_("Give the word that tells “%(entry)s” from the other.") % {"entry": str(pair.gone)})


def kept_wording(plan: MergePlan) -> dict[str, object]:
    """Return the values by which a transfer keeps the wording that the document has."""
    source, _names = NAMES[TransferMechanism]
    label = getattr(plan.gone, source)
    final = plan.root.values.get(source, getattr(plan.keep, source))
    return {"wording": label} if unique_key(label) != unique_key(final) else {}


def entries_pointing_to(link: Link, keys: Iterable[int], narrowed: Mapping[str, object] | None = None) -> list[Tracked]:
    """Return what points to entries by a link, with all that names and choices need, in one query."""
    rows: Any = link.model._default_manager.filter(**{f"{link.field}__among": list(keys), **(narrowed or {})})
    shown = [f.name for f in chosen_fields(link.model) if f.is_relation] if link.identity else []
    related = {*name_lookups(link.model), *shown}
    return list(rows.select_related(*sorted(related)).order_by("pk") if related else rows.order_by("pk"))


def plan_names(plan: MergePlan) -> None:
    """Plan that the name which is not chosen becomes another name, unless it is known or reads the same."""
    source, model = NAMES[type(plan.keep)]
    if model is None:
        return
    (owner,) = model.belongs_to
    text = "name" if model is VendorName else "label"
    names = [getattr(plan.keep, source), getattr(plan.gone, source)]
    final = plan.root.values.get(source, names[0])
    keys = {unique_key(name) for name in names}
    known = model._default_manager.filter(**{f"{text}_key__in": keys}).order_by("pk")
    of_both = [each for each in known if getattr(each, f"{owner}_id") in (plan.keep.pk, plan.gone.pk)]
    plan.dropped = [each for each in of_both if unique_key(getattr(each, text)) == unique_key(final)]
    dropped = {each.pk for each in plan.dropped}
    plan.moved = [each for each in plan.moved if type(each.entry) is not model or each.entry.pk not in dropped]
    taken = {getattr(each, f"{text}_key") for each in known} | {unique_key(final)}
    for name in names:
        if unique_key(name) not in taken:
            plan.added.append(model(**{owner: plan.keep, text: name}))
            taken.add(unique_key(name))


def new_watches(plan: MergePlan) -> list[Watch]:
    """Return the watches of what stays for those who watch what goes. Theirs stay, and tell that it is gone."""
    watches: list[Watch] = []
    for model, column in ((Vendor, "vendor_id"), (ProcessingActivity, "activity_id")):
        into = {pair.gone.pk: pair.keep.pk for pair in plan.pairs if pair.model is model}
        if not into:
            continue
        rows = Watch.objects.filter(**{f"{column}__in": [*into, *into.values()]}).order_by("pk")
        watched = {(each.user_id, getattr(each, column)) for each in rows}
        for each in rows:
            to = into.get(getattr(each, column))
            if to is not None and (each.user_id, to) not in watched:
                watched.add((each.user_id, to))
                watches.append(Watch(user_id=each.user_id, told_until=each.told_until, **{column: to}))
    return watches


def hindrances(plan: MergePlan) -> Iterator[str]:
    """Yield why the plan cannot be carried out."""
    keep: Any = plan.keep
    rows: Any = type(keep)._default_manager.filter(pk=keep.pk)
    yield from rows.constraint_violations(plan.root.values).values() if plan.root.values else ()
    if isinstance(keep, Vendor):
        engaging = plan.root.values.get("engaged_by", keep.engaged_by)
        seen = [keep]
        while engaging is not None and engaging not in seen:
            seen.append(engaging)
            engaging = keep if engaging.engaged_by_id == plan.gone.pk else engaging.engaged_by
        if engaging == keep:
            names = " → ".join(map(str, [*seen, keep]))
            yield _("They would engage each other in a circle: %s.") % names
    purposes = [(each.to.pk, unique_key(each.values["purpose"])) for each in plan.moved if "purpose" in each.values]
    if purposes:
        others = ProcessingActivity.objects.filter(vendor__in=[to for to, _key in purposes])
        taken = set(others.order_by().values_list("vendor_id", "purpose_key"))
        if len(set(purposes)) < len(purposes) or taken & set(purposes):
            yield _("With this word, two activities would have the same purpose. Give another one.")
