"""What matching has to know of the register: mechanisms, legal bases and vendors by their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache

from django.utils.timezone import localdate

from registry.core.organisations import name_without_form
from registry.core.text import text_key, unique_key
from registry.files.columns import COLUMNS_BY_KEY, DOCUMENT_COLUMNS, KEY_COLUMN, columns_by_heading
from registry.files.matching.words import is_word, meanings, word_in, words_of
from registry.law import catalogue
from registry.mechanisms.lookup import MechanismLookup
from registry.models import LegalBasis, User, Vendor, VendorName

#: A module of the standard contractual clauses of 2021.
MODULES = {"1": 1, "2": 2, "3": 3, "4": 4, "one": 1, "two": 2, "three": 3, "four": 4}
MODULE = re.compile(r"(?<!\w)modul[eo]?\s*(\d|one|two|three|four)(?!\w)")
#: Shorter wordings are not looked for within a text.
SHORTEST_WORDING = 3


class RegisterFacts:
    """Read once for a file."""

    @cached_property
    def headings(self) -> Mapping[str, str]:
        """Return the keys of the register's columns by the text keys of their headings."""
        own = {text_key(spelling): column.key for column in DOCUMENT_COLUMNS for spelling in column.spellings}
        return {**{heading: column.key for heading, column in columns_by_heading().items()}, **own}

    @cached_property
    def lookup(self) -> MechanismLookup:
        return MechanismLookup()

    @cached_property
    def bases(self) -> set[str]:
        return {unique_key(label) for label in LegalBasis.objects.order_by().values_list("label", flat=True)}

    @cached_property
    def user_names(self) -> set[str]:
        return set(User.objects.values_list("username", flat=True))

    @cached_property
    def vendors(self) -> Mapping[str, str]:
        """Return the own names of vendors by the keys of all their names."""
        named = {unique_key(name): name for name in Vendor.objects.order_by("-pk").values_list("name", flat=True)}
        other = VendorName.objects.order_by("-pk").values_list("name_key", "vendor__name")
        return {**dict(other), **named}

    @cached_property
    def vendors_without_form(self) -> Mapping[str, str]:
        """Return the own names of vendors by their names without legal form."""
        other = VendorName.objects.order_by("-pk").values_list("name", "vendor__name")
        legal = Vendor.objects.exclude(legal_name="").order_by("-pk").values_list("legal_name", "name")
        own = ((name, name) for name in Vendor.objects.order_by("-pk").values_list("name", flat=True))
        return {name_without_form(name): vendor for name, vendor in (*other, *legal, *own)}

    def vendor_alike(self, name: str) -> str:
        """Return the vendor whose name differs by legal form and punctuation only, empty where there is none."""
        return self.vendors_without_form.get(name_without_form(name), "")

    def mechanism(self, wording: str) -> str:
        """Return the code of the classified mechanism that a wording stands for, empty where it stands for none."""
        if not self.lookup.is_mechanism(wording):
            return meanings("mechanism").get(text_key(wording), "")
        known = self.lookup.named(wording)
        return known.code if known is not None else catalogue.code_of(wording) or ""

    def is_mechanism(self, wording: str) -> bool:
        return bool(self.mechanism(wording))

    def label(self, code: str) -> str:
        """Return the label of a mechanism, by which an import finds it."""
        known = self.lookup.by_code.get(code) or self.lookup.catalogued(code)
        return known.label if known is not None else str(catalogue.mechanisms_by_code()[code]["label"])

    @cached_property
    def mechanism_codes(self) -> list[str]:
        """Return the codes that an answer may choose: those of the register, then those of the catalogue."""
        return list(dict.fromkeys((*self.lookup.by_code, *catalogue.mechanisms_by_code())))

    def mechanism_within(self, text: str) -> str:
        """Return the code of the mechanism that a longer text names, empty where it names none."""
        found = wordings_pattern().search(text_key(text))
        code = self.mechanism(found[0]) if found else ""
        return self.mechanism_of_module(text) or code if code == "scc" else code

    def is_all_that_is_said(self, code: str, text: str) -> bool:
        """Return whether a text says nothing besides a mechanism that it names, but words that join, or an agreement.

        What denies a mechanism, or says when it was, contains its name too.
        """
        key = text_key(text)
        found = wordings_pattern().search(key)
        rest = key.replace(found[0], " ", 1) if found else key
        if agreement := word_in("agreement", rest):
            rest = rest.replace(agreement, " ", 1)
        return all(is_word("filler", word) for word in words_of(rest))

    def mechanism_of_module(self, text: str) -> str:
        """Return the code of the standard clauses of the module that a text is about: "Modul 2", "Module two"."""
        found = MODULE.search(text_key(text))
        return f"scc_2021_m{MODULES[found[1]]}" if found else ""

    def adequacy_of(self, country: str) -> str:
        """Return the code of the adequacy decision in force today for a country; empty without exactly one."""
        today = localdate()
        codes = [
            code
            for code, values in catalogue.mechanisms_by_code().items()
            if values["kind"] == "adequacy"
            and str(values["countries"]).split() == [country]
            and (values["valid_from"] is None or values["valid_from"] <= today)
            and (values["valid_until"] is None or values["valid_until"] >= today)
        ]
        return codes[0] if len(codes) == 1 else ""


@lru_cache(maxsize=1)
def wordings_pattern() -> re.Pattern[str]:
    """Return a pattern that finds the wordings of the catalogue in text keys, longer ones first."""
    keys = {text_key(wording) for code in catalogue.mechanisms_by_code() for wording in catalogue.wordings(code)}
    keys |= meanings("mechanism").keys()
    longest_first = sorted((key for key in keys if len(key) >= SHORTEST_WORDING), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def heading_of_column(column: str) -> str:
    return KEY_COLUMN.heading if column == KEY_COLUMN.key else COLUMNS_BY_KEY[column].heading
