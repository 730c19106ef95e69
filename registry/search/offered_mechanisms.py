"""The mechanisms offered for a transfer: for its country and day first, each with what it is for, ended ones last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.core import languages
from registry.core.order import in_order_of_names
from registry.law.countries import COUNTRIES
from registry.law.obstacles import before, has_begun
from registry.models import MechanismAlias, MechanismKind, TransferMechanism
from registry.search.ranking import fold

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

_DEROGATION = gettext_lazy("a derogation: for single transfers, not for recurring ones")
#: What a mechanism of the reference data is for, by its code; the others by their kind.
PURPOSES: Mapping[str, StrPromise] = {
    "scc_2021_m1": gettext_lazy("module 1: from a controller to a controller"),
    "scc_2021_m2": gettext_lazy("module 2: from a controller to a processor"),
    "scc_2021_m3": gettext_lazy("module 3: from a processor to a processor"),
    "scc_2021_m4": gettext_lazy("module 4: from a processor to a controller"),
    "scc_2001_c2c": gettext_lazy("clauses of 2001: from a controller to a controller"),
    "scc_2004_c2c": gettext_lazy("clauses of 2004: from a controller to a controller"),
    "scc_2002_c2p": gettext_lazy("clauses of 2002: from a controller to a processor"),
    "scc_2010_c2p": gettext_lazy("clauses of 2010: from a controller to a processor"),
    "bcr": gettext_lazy("within a group of companies, by rules that an authority has approved"),
    "public_instrument": gettext_lazy("between public authorities"),
    "certification": gettext_lazy("for a recipient that is certified"),
    "ad_hoc_clauses": gettext_lazy("clauses of your own that the supervisory authority has authorised"),
    "admin_arrangement": gettext_lazy("between public authorities, authorised by the supervisory authority"),
    "intl_agreement": gettext_lazy("an order of a court or an authority outside the EU"),
}


class MechanismRank(IntEnum):
    """Where a mechanism stands among those offered."""

    FOR_THE_COUNTRY = 1
    GENERAL = 2
    SINGLE_TRANSFERS = 3
    NOT_DECIDING = 4
    ELSEWHERE = 5
    ENDED = 6


@dataclass(frozen=True)
class OfferedMechanism:
    mechanism: TransferMechanism
    #: The label, with the day on which it ended.
    text: str
    purpose: str
    place: MechanismRank


def offered_mechanisms(typed: str, country: str, on: date) -> list[OfferedMechanism]:
    """Return the mechanisms that match what is typed, in three queries at most.

    ``country``: the code of the country of the transfer; empty where it is not known.
    """
    mechanisms = list(TransferMechanism.objects.order_by(in_order_of_names("label_key")))
    matching = matching_mechanisms(mechanisms, typed) if typed.strip() else mechanisms
    offered = [
        OfferedMechanism(each, text_on(each, on), purpose_of(each), rank_of(each, country, on)) for each in matching
    ]
    return sorted(offered, key=lambda each: each.place)


def matching_mechanisms(mechanisms: Sequence[TransferMechanism], typed: str) -> list[TransferMechanism]:
    """Return the mechanisms one of whose wordings has all words that are typed, else those that hold them anywhere.

    A number is a word of its own: "modul 2" does not mean the clauses of 2021.
    """
    words = fold(typed).split()
    wordings = wordings_of(mechanisms)
    exact = [each for each in mechanisms if any(has_words(text, words) for text in wordings[each.pk])]
    if exact:
        return exact
    return [each for each in mechanisms if all(word in " ".join(wordings[each.pk]) for word in words)]


def wordings_of(mechanisms: Iterable[TransferMechanism]) -> dict[int, list[str]]:
    """Return label, names, numbers, purpose and further wordings of each mechanism, folded."""
    wordings = {
        each.pk: [
            *map(fold, (each.label, each.code, each.name_sv, each.name_en, each.instrument, each.celex)),
            *map(fold, languages.spellings(PURPOSES.get(each.code, ""))),
        ]
        for each in mechanisms
    }
    for mechanism, label in MechanismAlias.objects.values_list("mechanism_id", "label"):
        wordings[mechanism].append(fold(label))
    return wordings


def has_words(text: str, words: Sequence[str]) -> bool:
    own = text.split()
    return all(word in own if word.isdigit() else word in text for word in words)


def rank_of(mechanism: TransferMechanism, country: str, on: date) -> MechanismRank:
    if before(mechanism.valid_until, on):
        return MechanismRank.ENDED
    countries = mechanism.countries.split()
    elsewhere = country and countries and country not in countries
    if elsewhere or before(mechanism.last_day_new, on) or not has_begun(mechanism, on):
        return MechanismRank.ELSEWHERE
    if mechanism.names_a_group or mechanism.kind == MechanismKind.UNCLASSIFIED:
        return MechanismRank.NOT_DECIDING
    if not mechanism.recurring:
        return MechanismRank.SINGLE_TRANSFERS
    return MechanismRank.FOR_THE_COUNTRY if country and countries else MechanismRank.GENERAL


def text_on(mechanism: TransferMechanism, on: date) -> str:
    """Return the label, with the day on which the mechanism ended, or after which nobody can begin to use it."""
    if mechanism.valid_until and before(mechanism.valid_until, on):
        return _("%(label)s (ended %(day)s)") % {"label": mechanism.label, "day": mechanism.valid_until}
    if mechanism.last_day_new and before(mechanism.last_day_new, on):
        return _("%(label)s (not after %(day)s)") % {"label": mechanism.label, "day": mechanism.last_day_new}
    return mechanism.label


def purpose_of(mechanism: TransferMechanism) -> str:
    """Return what a mechanism is for, in the language of the reader."""
    if mechanism.kind == MechanismKind.UNCLASSIFIED:
        return _("unclassified: covers nothing")
    if mechanism.names_a_group:
        return _("stands for several: choose the one that is meant")
    if mechanism.code in PURPOSES:
        return str(PURPOSES[mechanism.code])
    if mechanism.kind == MechanismKind.DEROGATION:
        return str(_DEROGATION)
    if mechanism.kind == MechanismKind.ADEQUACY and mechanism.countries:
        language = languages.active_language()
        codes = mechanism.countries.split()
        names = ", ".join(COUNTRIES[code].name(language) if code in COUNTRIES else code for code in codes)
        if mechanism.self_certified:
            return _("decision on %(countries)s, for organisations that have joined") % {"countries": names}
        if mechanism.recipient_must_qualify:
            return _("decision on %(countries)s, for some recipients") % {"countries": names}
        return _("decision on %(countries)s") % {"countries": names}
    return str(mechanism.get_kind_display())
