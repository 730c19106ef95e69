"""The questions that matching asks about an uploaded list, and their answers, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from registry.core import languages
from registry.files.columns import COLUMNS_BY_KEY, KEY_COLUMN
from registry.files.matching import grounds, joining, roles, table_facts, tables, value_questions
from registry.files.matching.questions import COLUMNS, FILE, ROWS, SAME, VALUES, Question
from registry.law import countries
from registry.models import Status

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PART_TITLES: Mapping[str, StrOrPromise] = {
    ROWS: gettext_lazy("Where the rows are"),
    COLUMNS: gettext_lazy("Which column is which"),
    VALUES: gettext_lazy("What it means"),
    SAME: gettext_lazy("The same again"),
    FILE: gettext_lazy("What the file does not say"),
}
ROLE_NAMES: Mapping[str, StrOrPromise] = {
    roles.COUNTRY: gettext_lazy("Country where the data are processed"),
    roles.SEAT: gettext_lazy("Vendor's seat"),
    roles.GROUND: gettext_lazy("Legal basis, also with transfer mechanisms and agreements"),
    roles.MECHANISM: gettext_lazy("Transfer mechanism, also with agreements"),
    roles.TRANSFER_SIGNED: gettext_lazy("Transfer mechanism: day of signing"),
    roles.TRANSFER_EVIDENCE: gettext_lazy("Transfer mechanism: link to the evidence"),
    roles.AGREEMENT_SIGNED: gettext_lazy("Agreement: day of signing"),
    roles.AGREEMENT_UNTIL: gettext_lazy("Agreement: valid until"),
    roles.AGREEMENT_REFERENCE: gettext_lazy("Agreement: reference"),
    roles.AGREEMENT_URL: gettext_lazy("Agreement: link"),
    roles.PERIOD: gettext_lazy("Engaged from and until, in one cell"),
    roles.NEXT_REVIEW: gettext_lazy("Day of the next review"),
    roles.POSTAL: gettext_lazy("Vendor's address"),
    roles.PRODUCT: gettext_lazy("Tells rows apart: product, team or the like"),
    roles.SKIP: pgettext_lazy("column", "– pass over –"),
}
#: What is asked, with ``about``; without an entry, what it is about says enough.
ASKED: Mapping[str, StrOrPromise] = {
    "table": gettext_lazy("Table “%(about)s”"),
    "headings": gettext_lazy("“%(about)s” holds the headings of the columns"),
    "lone": gettext_lazy("“%(about)s” stands alone on its line"),
    "title_mechanism": gettext_lazy("“%(about)s” names the transfer mechanism of its rows"),
    "title_country": gettext_lazy("“%(about)s” says where its rows are processed"),
    "ended": gettext_lazy("“%(about)s”: its rows are no longer used"),
    "place": gettext_lazy("“%(about)s”: which countries?"),
    "ground": gettext_lazy("“%(about)s”"),
    "day": gettext_lazy("“%(about)s”: which day?"),
    "month_first": gettext_lazy("Days in “%(about)s”, as 3/2/2022"),
    "ditto": gettext_lazy("“%(about)s” in a cell"),
    "struck": gettext_lazy("Rows that are struck out are no longer used"),
    "norway": gettext_lazy("“false” as a country: some programs turn NO into it"),
    "remark": gettext_lazy("“(%(about)s)” after a name"),
    "ended_remark": gettext_lazy("“(%(about)s)” after a name"),
    "purpose": gettext_lazy("“%(about)s”: what is the purpose?"),
    "purpose_blank": gettext_lazy("Rows without a purpose: what is the purpose?"),
    "vendor_blank": gettext_lazy("Rows without a vendor"),
    "total": gettext_lazy("Rows with a total"),
    "several_vendors": gettext_lazy("“%(about)s” in the column of the vendor"),
    "status": gettext_lazy("Status “%(about)s”"),
    "same": gettext_lazy("Vendor “%(about)s”"),
    "repeated": gettext_lazy("Several rows have the same vendor and purpose, as “%(about)s”"),
    "vendor_value": gettext_lazy("The rows of “%(about)s” differ: %(column)s"),
    "purpose_of": gettext_lazy("“%(about)s” has no column with purposes. The purpose of its rows:"),
    "interval": gettext_lazy("“%(about)s”: reviewed every how many months?"),
}
FOR_ALL: Mapping[str, StrOrPromise] = {
    roles.PERSONAL_DATA: gettext_lazy("Personal data, for all rows"),
    roles.COUNTRY: gettext_lazy("Countries where the data are processed, for all rows"),
    roles.GROUND: gettext_lazy("Legal basis, for all rows"),
}
OPTIONS: Mapping[str, Mapping[str, StrOrPromise]] = {
    "table": {tables.TAKE: gettext_lazy("taken"), tables.LEAVE: gettext_lazy("passed over")},
    "lone": {
        tables.CONTINUES: gettext_lazy("goes on with the row above"),
        tables.SECTION: gettext_lazy("names the rows below it"),
        tables.ENTRY: gettext_lazy("is an entry of its own"),
        tables.PASS: gettext_lazy("is passed over"),
    },
    "headings": {tables.YES: gettext_lazy("yes"), tables.NO: gettext_lazy("no")},
    "title_country": {table_facts.YES: gettext_lazy("yes"), table_facts.NO: gettext_lazy("no")},
    "struck": {table_facts.YES: gettext_lazy("yes"), table_facts.NO: gettext_lazy("no")},
    "ended": {table_facts.YES: gettext_lazy("yes"), table_facts.NO: gettext_lazy("no")},
    "ground": {
        grounds.BASIS: gettext_lazy("is a legal basis"),
        grounds.AGREEMENT: gettext_lazy("is an agreement"),
        grounds.NEW_MECHANISM: gettext_lazy("is a transfer mechanism that the register does not know"),
        grounds.NOTE: gettext_lazy("is kept in the notes"),
        grounds.NOTHING: gettext_lazy("says nothing"),
    },
    "month_first": {
        table_facts.DAY_FIRST: gettext_lazy("the day comes first"),
        table_facts.MONTH_FIRST: gettext_lazy("the month comes first"),
    },
    "ditto": {
        value_questions.ABOVE: gettext_lazy("is the same as above"),
        value_questions.DROP: gettext_lazy("says nothing"),
        value_questions.PART: gettext_lazy("is meant as it stands"),
    },
    "several_vendors": {
        value_questions.YES: gettext_lazy("are several vendors"),
        value_questions.NO: gettext_lazy("is one vendor"),
    },
    "total": {
        value_questions.ABOVE: gettext_lazy("have the vendor of the row above"),
        value_questions.DROP: gettext_lazy("are passed over"),
    },
    "vendor_blank": {
        value_questions.ABOVE: gettext_lazy("have the vendor of the row above"),
        value_questions.DROP: gettext_lazy("are passed over"),
    },
    "norway": {table_facts.YES: gettext_lazy("Norway is meant"), table_facts.NO: gettext_lazy("no country is stated")},
    "remark": {
        value_questions.DROP: gettext_lazy("is no part of the name"),
        value_questions.PART: gettext_lazy("is part of the name"),
    },
    "ended_remark": {
        table_facts.YES: gettext_lazy("is no longer used"),
        value_questions.PART: gettext_lazy("is part of the name"),
    },
    "status": {
        Status.ACTIVE.value: Status.ACTIVE.label,
        Status.ENDED.value: Status.ENDED.label,
        value_questions.NOTE: gettext_lazy("is kept in the notes"),
    },
    "same": {joining.OTHER: gettext_lazy("is another vendor")},
    "repeated": {joining.JOIN: gettext_lazy("are joined, with all that they say")},
}
#: What a person may write, where there are no options.
WRITTEN: Mapping[str, StrOrPromise] = {
    "place": gettext_lazy("Codes or names, divided by commas. Blank: not stated."),
    "day": gettext_lazy("As 2020-06-18. Blank: not stated."),
    "interval": gettext_lazy("A number, at most 120. Blank: no interval is set."),
    "purpose": gettext_lazy("A purpose is needed."),
    "purpose_blank": gettext_lazy("A purpose is needed."),
    "purpose_of": gettext_lazy("A purpose is needed."),
    "all": gettext_lazy("Blank: not stated, an open question."),
}


def asked(question: Question) -> str:
    """Return what is asked."""
    if question.asks == "all":
        return str(FOR_ALL[question.about])
    column = role_name(question.hints[0]) if question.asks == "vendor_value" else ""
    template = str(ASKED.get(question.asks, "%(about)s"))
    return template % {"about": question.about, "column": column}


def role_name(role: str) -> str:
    """Return what a column holds, in words."""
    known = ROLE_NAMES.get(role)
    if known is not None:
        return str(known)
    return KEY_COLUMN.heading if role == KEY_COLUMN.key else COLUMNS_BY_KEY[role].heading


def option_name(question: Question, option: str, mechanism_name: Callable[[str], str]) -> str:
    """Return one of the possible answers in words. ``mechanism_name`` names a mechanism by its code."""
    if question.asks == "column":
        return role_name(option)
    known = OPTIONS.get(question.asks, {}).get(option)
    if known is not None:
        return str(known)
    if question.asks == "title_mechanism":
        return _("no") if option == "nothing" else mechanism_name(option)
    if question.asks == "same":
        return _("is the same as “%(name)s”") % {"name": option}
    if question.asks == "repeated":
        return _("are told apart by “%(heading)s”") % {"heading": option.partition(":")[2]}
    if question.asks == "ground":
        return ground_name(option, mechanism_name)
    return option


def ground_name(option: str, mechanism_name: Callable[[str], str]) -> str:
    first, _and, second = option.rpartition(grounds.AND)
    name = mechanism_name(second.partition(":")[2])
    if first == grounds.BASIS:
        return _("is a legal basis, and the mechanism %(name)s") % {"name": name}
    if first == grounds.AGREEMENT:
        return _("is an agreement, and the mechanism %(name)s") % {"name": name}
    return _("is the mechanism %(name)s") % {"name": name}


def samples(question: Question) -> str:
    """Return what helps to recognise what is asked about: the size and headings of a table, values of a column."""
    if question.asks == "table":
        count, headings = int(question.samples[0]), question.samples[1]
        return f"{rows(count)}: {headings}"
    if question.asks == "repeated":
        return rows(int(question.samples[0]))
    return " · ".join(question.samples)


def rows(count: int) -> str:
    return ngettext("%(count)s row", "%(count)s rows", count) % {"count": count}


def hint(question: Question) -> str:
    """Return what helps to answer: what may be written, and likely answers."""
    likely = ""
    if question.asks == "place" and question.hints:
        language = languages.active_language()
        named = ", ".join(countries.COUNTRIES[code].with_code(language) for code in question.hints)
        likely = _("Perhaps: %(countries)s.") % {"countries": named}
    return " ".join(filter(None, (likely, str(WRITTEN.get(question.asks, "")))))
