"""Which mechanism of the register a document means by a wording."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from functools import cached_property

from registry.core.text import unique_key
from registry.law import catalogue
from registry.models import MechanismAlias, MechanismKind, Source, TransferMechanism
from registry.models.mechanisms import is_mechanism_wording

Finder = Callable[[str], TransferMechanism | None]


class MechanismLookup:
    """The mechanisms of the register by all that names them. The register goes before the catalogue: staff may give a
    wording to another mechanism, or take it away."""

    def __init__(self) -> None:
        by_id = {mechanism.pk: mechanism for mechanism in TransferMechanism.objects.all()}
        self.by_code = {mechanism.code: mechanism for mechanism in by_id.values()}
        self.by_label = {mechanism.label_key: mechanism for mechanism in by_id.values()}
        self.aliases = {alias.label_key: alias for alias in MechanismAlias.objects.all()}
        for alias in self.aliases.values():
            alias.mechanism = by_id[alias.mechanism_id]

    def add(self, mechanism: TransferMechanism) -> None:
        self.by_code[mechanism.code] = mechanism
        self.by_label[unique_key(mechanism.label)] = mechanism

    def named(self, wording: str) -> TransferMechanism | None:
        """By its label, else by an alias."""
        key = unique_key(wording)
        alias = self.aliases.get(key)
        return self.by_label.get(key) or (alias.mechanism if alias else None)

    def is_mechanism(self, wording: str) -> bool:
        """Return whether a wording stands for a classified mechanism, by the register or else by the catalogue.

        The catalogue does not count for a wording that staff removed from the register.
        """
        mechanism = self.named(wording)
        if mechanism is not None:
            return is_mechanism_wording(wording, mechanism.kind)
        return is_mechanism_wording(wording, None) and unique_key(wording) not in self.taken_away

    def catalogued(self, code: str) -> TransferMechanism | None:
        """The entry of the register that is this mechanism of the catalogue."""
        return next((found for way in self.ways if (found := way(code))), None)

    @property
    def ways(self) -> Sequence[Finder]:
        """How to find that entry, the surest way first."""
        return self.of_code, self.of_label, self.of_alias

    def of_code(self, code: str) -> TransferMechanism | None:
        """Codes of unclassified mechanisms come from their wording, so the wording has to fit as well."""
        found = self.by_code.get(code)
        unsure = found is not None and found.kind == MechanismKind.UNCLASSIFIED
        return None if found is None or (unsure and catalogue.code_of(found.label) != code) else found

    def of_label(self, code: str) -> TransferMechanism | None:
        return self.named(catalogue.wordings(code)[0])

    def of_alias(self, code: str) -> TransferMechanism | None:
        """An import may have made it of one of its wordings."""
        keys = map(unique_key, catalogue.wordings(code))
        return next((self.by_label[key] for key in keys if key in self.by_label), None)

    @cached_property
    def taken_away(self) -> set[str]:
        """Keys of aliases that staff deleted or worded anew, while the mechanism stayed."""
        went = set(TransferMechanism.history.filter(history_type="-").values_list("id", "change_set_id"))
        rows = MechanismAlias.history.order_by("history_id").values_list(
            "id", "history_type", "label_key", "mechanism_id", "change_set_id", "change_set__source"
        )
        stood: dict[int, str] = {}
        taken: set[str] = set()
        for alias, kind, key, mechanism, act, source in rows:
            before = stood.pop(alias, key)
            if kind != "-":
                stood[alias] = key
                taken.discard(key)
            if (kind == "-" or before != key) and source != Source.REFERENCE and (mechanism, act) not in went:
                taken.add(before)
        return taken - set(self.aliases)


class FreeCodes:
    """Codes that nothing has yet; thousands of wordings may shorten to one stem."""

    def __init__(self, taken: Container[str]) -> None:
        self.taken = taken
        self.numbers: dict[str, int] = {}

    def free(self, stem: str) -> str:
        """Return the stem, or the stem with the first number that makes it a code of its own."""
        number = self.numbers.get(stem, 1)
        while (code := f"{stem}-{number}" if number > 1 else stem) in self.taken:
            number += 1
        self.numbers[stem] = number
        return code
