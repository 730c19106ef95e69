"""The feed of a series: Atom 1.0 (RFC 4287), an entry for each edition and one for each withdrawal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from registry.core.text import printable
from registry.editions.holding import HoldingPeriod
from registry.editions.stored_editions import address_of_series, changes_in_words, publisher_of
from registry.history.chain import BEGINNING
from registry.models import DocumentText, Seal

ATOM = "http://www.w3.org/2005/Atom"
XML = "http://www.w3.org/XML/1998/namespace"
#: Changes of an edition that its entry tells.
MOST_CHANGES = 100


@dataclass(frozen=True)
class FeedEntry:
    key: str
    title: str
    updated: date
    published: date
    lines: Sequence[str]
    number: int


def feed_of(series: DocumentText, periods: Sequence[HoldingPeriod]) -> bytes:
    """Return the feed, with links where the page of the series has an address."""
    address = address_of_series(series)
    register = first_seal()
    with translation.override(series.language):
        entries = [entry for period in periods for entry in feed_entries(series, period)]
        entries.sort(key=lambda entry: (entry.updated, entry.number, entry.key), reverse=True)
        feed = ET.Element("feed", {"xmlns": ATOM, f"{{{XML}}}lang": series.language})
        add(feed, "id", permanent_id(register, f"series/{series.pk}"))
        add(feed, "title", str(series))
        add(feed, "updated", moment(entries[0].updated if entries else date(1970, 1, 1)))
        author = ET.SubElement(feed, "author")
        add(author, "name", (periods and publisher_of(periods[0].edition.content_sha256).name) or str(series))
        if address:
            link(feed, "self", f"{address}feed.atom", "application/atom+xml")
            link(feed, "alternate", address, "text/html")
        for entry in entries:
            add_entry(feed, entry, permanent_id(register, f"series/{series.pk}/{entry.key}"), address)
    return ET.tostring(feed, encoding="utf-8", xml_declaration=True)


def feed_entries(series: DocumentText, period: HoldingPeriod) -> list[FeedEntry]:
    """Return the entry of an edition, and that of its withdrawal."""
    edition = period.edition
    published = edition.published_on or edition.day
    title = _("Edition %(number)s (%(day)s)") % {"number": edition.number, "day": edition.day}
    digest = _("Digest (SHA-256): %(digest)s") % {"digest": edition.content_sha256}
    if edition.withdrawn_on is None:
        days = _("Holds from %(day)s.") % {"day": period.holds_from}
        lines = [days, *changes_of_edition(series, period, MOST_CHANGES), digest]
        return [FeedEntry(str(edition.number), title, published, published, lines, edition.number)]
    withdrawn = _("Withdrawn on %(day)s: %(reason)s") % {
        "day": edition.withdrawn_on,
        "reason": edition.withdrawn_because or "–",
    }
    gone = _("%(edition)s: withdrawn") % {"edition": title}
    lines = [withdrawn, digest]
    return [
        FeedEntry(str(edition.number), gone, edition.withdrawn_on, published, lines, edition.number),
        # Of its own, for programs that show no entry twice.
        FeedEntry(
            f"{edition.number}/withdrawn", gone, edition.withdrawn_on, edition.withdrawn_on, lines, edition.number
        ),
    ]


def changes_of_edition(series: DocumentText, period: HoldingPeriod, most: int) -> tuple[str, ...]:
    """Return what an edition changed, in the language of the series."""
    before = period.previous.content_sha256 if period.previous else None
    return changes_in_words(before, period.edition.content_sha256, series.language, most)


def add_entry(feed: ET.Element, entry: FeedEntry, key: str, address: str) -> None:
    element = ET.SubElement(feed, "entry")
    add(element, "id", key)
    add(element, "title", entry.title)
    add(element, "updated", moment(entry.updated))
    add(element, "published", moment(entry.published))
    if address:
        link(element, "alternate", f"{address}{entry.number}/", "text/html")
    add(element, "content", "\n".join(entry.lines)).set("type", "text")


def add(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = printable(text)
    return element


def link(parent: ET.Element, relation: str, address: str, content_type: str) -> None:
    ET.SubElement(parent, "link", {"rel": relation, "type": content_type, "href": address})


def moment(day: date) -> str:
    """Return the beginning of a day: editions are dated by days."""
    return datetime.combine(day, time(), timezone.get_default_timezone()).isoformat()


def permanent_id(register: str, key: str) -> str:
    return uuid5(NAMESPACE_URL, f"{register}/{key}").urn


def first_seal() -> str:
    """Return what tells this register from all others and never changes: the digest of its first seal."""
    return Seal.objects.order_by("pk").values_list("digest", flat=True).first() or BEGINNING
