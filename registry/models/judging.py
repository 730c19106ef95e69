"""The verdict of ``registry.transfers`` as SQL, for lists, filters and counts: no query per row.

The two say the same; tests compare them over made-up registers. Reasons are the pure module's alone. Mechanisms are few
and known, so what depends on them is worked out here and the database compares numbers and days: a join for each row
costs several times as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from django.apps import apps
from django.db.models import (
    Case,
    Exists,
    Expression,
    ExpressionWrapper,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, Least
from django.db.models.lookups import In

from registry.transfers import OBSTACLES, Law, Verdict

NOTHING = Q(pk__in=[])
NUMBER = IntegerField()


def verdict(law: Law) -> Expression:
    """Of processing activities, as the number of a ``Verdict``: the worst of its countries."""
    here = Q(country="") | Q(country=OuterRef("country"))
    own = transfers(law, ExpressionWrapper(OuterRef("country"), output_field=TextField())).filter(here)
    others = transfers(law, F("country")).exclude(country="").exclude(country=OuterRef("country"))
    conditional = law.conditional_countries
    of_own = Case(
        When(country__in=law.countries(Verdict.NO_TRANSFER), then=value(Verdict.NO_TRANSFER)),
        When(country__in=law.countries(Verdict.COVERED), then=value(Verdict.COVERED)),
        When(country__in=conditional, then=Coalesce(subquery(own, "activity", decided()), value(Verdict.NEEDS_CHECK))),
        default=Least(
            Coalesce(subquery(own, "activity", Min("found")), value(Verdict.NOT_COVERED)), standing(law, F("country"))
        ),
        output_field=NUMBER,
    )
    of_group = Case(
        When(country__in=conditional, then=decided()), default=Least(Min("found"), standing(law, F("country")))
    )
    # Few activities have any, and databases find out which in one go.
    elsewhere = Exists(recorded().exclude(country=""))
    of_others = Case(
        When(elsewhere, then=Coalesce(subquery(others, "country", of_group), Value(0))),
        default=Value(0),
        output_field=NUMBER,
    )
    return Greatest(of_own, of_others)


def recorded() -> Any:
    return apps.get_model("registry", "Transfer")._default_manager.filter(activity=OuterRef("pk"))


def subquery(transfers: QuerySet[Any], group: str, best: Expression) -> Subquery:
    """The worst of the groups, by the best of each."""
    groups = transfers.order_by().values(group).annotate(of_decision=Max("is_decision"), best=best)
    return Subquery(groups.order_by("-best").values("best")[:1], output_field=NUMBER)


def decided() -> Expression:
    """Where a decision holds for some recipients: what is recorded about it decides, not that it may."""
    may = Least(Min("found"), value(Verdict.NEEDS_CHECK))
    return Case(When(Q(of_decision__gt=0), then=Min("found")), default=may, output_field=NUMBER)


def transfers(law: Law, where_to: Any) -> QuerySet[Any]:
    """An activity's transfers, each with its own verdict for the country that it is about."""
    found = obstacles(law)
    stands = [(obstacle.verdict, found[obstacle.code]) for obstacle in OBSTACLES]
    own_verdict = Case(
        *(
            When(reduce(or_, (q for each, q in stands if each == worst)), then=value(worst))
            for worst in (Verdict.NOT_COVERED, Verdict.NEEDS_CHECK)
        ),
        default=value(Verdict.COVERED),
        output_field=NUMBER,
    )
    decision = any_of(
        Q(where_to=country, mechanism__in=law.conditional(country)) for country in law.conditional_countries
    )
    is_decision = Case(When(decision, then=Value(1)), default=Value(0))
    return recorded().annotate(where_to=where_to, found=own_verdict, is_decision=is_decision)


def obstacles(law: Law) -> Mapping[str, Q]:
    """Each obstacle of the pure module, said of transfers whose country is ``where_to``."""
    on = law.on
    must_qualify = those(law, lambda m: m.recipient_must_qualify)
    return {
        "unclassified": those(law, lambda m: m.kind == "unclassified"),
        "not_recurring": those(law, lambda m: m.kind == "derogation" or not m.recurring),
        "other_country": each(law, "countries", lambda codes: ~Q(where_to__in=codes.split())),
        "not_yet_valid": those(law, lambda m: m.valid_from is not None and m.valid_from > on),
        "ended": those(law, lambda m: m.valid_until is not None and m.valid_until < on),
        "not_yet_signed": Q(signed_on__gt=on),
        "signed_too_late": each(law, "last_day_new", lambda day: Q(signed_on__gt=day)),
        "recipient_does_not_qualify": must_qualify & Q(recipient_qualifies="no"),
        "names_a_group": those(law, lambda m: m.names_a_group),
        "start_not_recorded": those(law, lambda m: m.valid_from is None),
        "signing_not_recorded": those(law, lambda m: m.last_day_new is not None and m.last_day_new < on)
        & Q(signed_on=None),
        "signed_before_it_was_valid": each(law, "valid_from", lambda day: Q(signed_on__lt=day)),
        "recipient_not_recorded": must_qualify & ~Q(recipient_qualifies__in=("yes", "no")),
        "recipient_checked_later": must_qualify & Q(recipient_qualifies="yes", checked_on__gt=on),
        "permission_not_recorded": those(law, lambda m: m.needs_permission)
        & (Q(permitted_on=None) | Q(permitted_on__gt=on)),
        "assessment_not_recorded": those(
            law, lambda m: m.needs_assessment_from is not None and m.needs_assessment_from <= on
        )
        & (Q(assessed_on=None) | Q(assessed_on__gt=on)),
    }


def those(law: Law, which: Callable[[Any], bool]) -> Q:
    return Q(mechanism__in=[mechanism.pk for mechanism in law.mechanisms if which(mechanism)])


def each(law: Law, name: str, says: Callable[[Any], Q]) -> Q:
    """Something that depends on a field of the mechanism, for each of its values."""
    having: dict[Any, list[Any]] = {}
    for mechanism in law.mechanisms:
        having.setdefault(getattr(mechanism, name), []).append(mechanism.pk)
    return any_of(Q(mechanism__in=keys) & says(value) for value, keys in having.items() if value)


def any_of(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions, NOTHING)


def standing(law: Law, country: Any) -> Case:
    """What holds where nothing is recorded; a code that is no country needs a check."""
    verdicts = (Verdict.NOT_COVERED, Verdict.NO_TRANSFER, Verdict.COVERED)
    return Case(
        *(When(In(country, codes), then=value(each)) for each in verdicts if (codes := law.countries(each))),
        default=value(Verdict.NEEDS_CHECK),
        output_field=NUMBER,
    )


def value(verdict: Verdict) -> Value:
    return Value(verdict.value)
