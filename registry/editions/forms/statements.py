"""What the forms of an edition state in the same words: what it is, what it shows, and how it is checked.

Texts are in the active language, which is that of the edition.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from registry.editions.content import EditionContent
from registry.editions.forms.file_types import name_of_file
from registry.files.cell_types import COUNTRY
from registry.files.columns import COLUMNS_BY_KEY
from registry.papers.letterhead import not_stated
from registry.papers.register_paper import NEEDED, NOTHING, country_name

#: Digits of the digest that name an edition at the foot of a page.
SHORT_DIGEST = 12


class Statement(NamedTuple):
    term: str
    text: str
    #: ``digest`` for digits, ``address`` for what leads somewhere.
    kind: str = ""


def title_without_day(content: EditionContent) -> str:
    """Return the title without the day."""
    return content.title or content.series or content.slug


def dated_title_of(content: EditionContent) -> str:
    """Return the title as the document has it, with the day."""
    return f"{title_without_day(content)} ({content.day.isoformat()})"


def short_proof(content: EditionContent) -> str:
    """Return the line at the foot of pages: series, number, day, and the first digits of the digest."""
    series = content.series or content.slug
    return f"{series} – {content.number} – {content.day.isoformat()} – {content.digest[:SHORT_DIGEST]}"


def publication(content: EditionContent) -> list[Statement]:
    """Return who publishes the edition, and which rows it has."""
    publisher = content.publisher
    return stated(
        Statement(pgettext("of an edition", "Published by"), publisher.name),
        Statement(pgettext("of an edition", "Registration number"), publisher.registration_number),
        Statement(pgettext("of an edition", "Contact"), publisher.contact),
        Statement(pgettext("of an edition", "Rows shown"), content.selection or _("all")),
        Statement(_("Number of rows"), str(len(content.rows))),
    )


def proof(content: EditionContent) -> list[Statement]:
    """Return what identifies the edition, and where it is checked."""
    return stated(
        Statement(pgettext("of an edition", "Series"), content.series or content.slug),
        Statement(pgettext("of an edition", "Number of the edition"), str(content.number)),
        Statement(pgettext("of an edition", "Day of the edition"), content.day.isoformat()),
        Statement(pgettext("of an edition", "Digest (SHA-256)"), content.digest, "digest"),
        Statement(_("Head of the history (digest)"), content.head, "digest"),
        Statement(pgettext("of an edition", "Check it at"), content.address, kind_of_address(content.address)),
    )


def kind_of_address(address: str) -> str:
    """Return whether something is an address of the web: only such a one becomes a link."""
    return "address" if address.startswith(("https://", "http://")) else ""


def stated(*statements: Statement) -> list[Statement]:
    return [each for each in statements if each.text]


def how_to_check(content: EditionContent) -> list[str]:
    """Return the paragraphs that say how anybody checks a file of the edition."""
    name = name_of_file(content.slug, content.number, "json")
    paragraphs = [
        _(
            "The content of this edition is the file %(name)s, which is published beside this one. The digest above is"
            " the SHA-256 of that file: sha256sum %(name)s gives it. If one letter is altered, it is another."
        )
        % {"name": name}
    ]
    if content.address:
        paragraphs.append(
            _(
                "At the address above it is said whether a file is this edition, unaltered, whether the edition holds,"
                " and which one holds now or held on another day. Choose the file there."
            )
        )
    return paragraphs


def country_places(content: EditionContent) -> frozenset[int]:
    """Return the places of the columns that hold the code of a country."""
    known = ((place, COLUMNS_BY_KEY.get(column.key)) for place, column in enumerate(content.columns))
    return frozenset(place for place, column in known if column and (column.type is COUNTRY or column.key == "country"))


def readable_rows(content: EditionContent) -> Iterator[list[str]]:
    """Yield the cells of each row as people read them: countries with their names, and a mark where a text lacks."""
    countries = country_places(content)
    open_words = [not_stated() if column.key in NEEDED else NOTHING for column in content.columns]
    for row in content.rows:
        yield [
            (country_name(text) if place in countries else text) if text else open_words[place]
            for place, text in enumerate(row.cells)
        ]


def entry_heading(cells: Sequence[str]) -> str:
    """Return the heading of an entry whose cells do not stand in a table."""
    return ": ".join(text for text in cells[:2] if text != NOTHING) or NOTHING


def pairs(statements: Iterable[Statement]) -> list[tuple[str, str]]:
    return [(each.term, each.text) for each in statements]


def without_activity_words() -> str:
    """Return what is said of a vendor that no row is about."""
    return _("no activity is stated: an open question")
