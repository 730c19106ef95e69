"""Finding the mechanism of the register that a wording in a document stands for."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from functools import cached_property

from registry.core.text import unique_key
from registry.law import catalogue
from registry.models import MechanismAlias, MechanismKind, Source, TransferMechanism
from registry.models.mechanisms import is_mechanism_wording

MechanismFinder = Callable[[str], TransferMechanism | None]


class MechanismLookup:
    """The mechanisms of the register by code, label and alias.

    The register has precedence over the catalogue: staff may assign a wording to another mechanism, or remove it.
    """

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
        """Return the mechanism with this label, else the one with this alias."""
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
        return is_mechanism_wording(wording, None) and unique_key(wording) not in self.removed_wordings

    def catalogued(self, code: str) -> TransferMechanism | None:
        """Return the entry of the register for a code of the catalogue, by the most reliable match."""
        return next((mechanism for find in self.finders if (mechanism := find(code))), None)

    @property
    def finders(self) -> Sequence[MechanismFinder]:
        """Return the functions that find the entry for a code of the catalogue, the most reliable first."""
        return self.by_catalogue_code, self.by_catalogue_label, self.by_catalogue_alias

    def by_catalogue_code(self, code: str) -> TransferMechanism | None:
        """Return the entry with the code; if it is unclassified, its label has to match, as its code comes from it."""
        mechanism = self.by_code.get(code)
        if mechanism is None:
            return None
        if mechanism.kind == MechanismKind.UNCLASSIFIED and catalogue.code_of(mechanism.label) != code:
            return None
        return mechanism

    def by_catalogue_label(self, code: str) -> TransferMechanism | None:
        return self.named(catalogue.wordings(code)[0])

    def by_catalogue_alias(self, code: str) -> TransferMechanism | None:
        """Return an entry whose label is one of the wordings: an import may have created it from one."""
        keys = map(unique_key, catalogue.wordings(code))
        return next((self.by_label[key] for key in keys if key in self.by_label), None)

    @cached_property
    def removed_wordings(self) -> set[str]:
        """Return the keys of aliases that staff deleted or changed while the mechanism remained."""
        deleted_mechanisms = set(TransferMechanism.history.filter(history_type="-").values_list("id", "change_set_id"))
        rows = MechanismAlias.history.order_by("history_id").values_list(
            "id", "history_type", "label_key", "mechanism_id", "change_set_id", "change_set__source"
        )
        current_keys: dict[int, str] = {}
        removed: set[str] = set()
        for alias, change, key, mechanism, change_set, source in rows:
            before = current_keys.pop(alias, key)
            if change != "-":
                current_keys[alias] = key
                removed.discard(key)
            if (
                (change == "-" or before != key)
                and source != Source.REFERENCE
                and (mechanism, change_set) not in deleted_mechanisms
            ):
                removed.add(before)
        return removed - set(self.aliases)


class FreeCodes:
    """Allocates unused codes in constant time, as thousands of wordings may have the same stem."""

    def __init__(self, taken: Container[str]) -> None:
        self.taken = taken
        self.numbers: dict[str, int] = {}

    def free(self, stem: str) -> str:
        """Return the stem, or the stem with the lowest number that makes an unused code."""
        number = self.numbers.get(stem, 1)
        while (code := f"{stem}-{number}" if number > 1 else stem) in self.taken:
            number += 1
        self.numbers[stem] = number
        return code
