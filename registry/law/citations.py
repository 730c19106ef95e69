"""Articles and instruments in the reader's words: "Art. 46(2)(c)" is "art. 46.2 c" in Swedish.

The data holds them in one form, the English one. What has another form, such as what staff typed, is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

#: "46(2)(c)", "49(1) second subparagraph", "44–49"
NUMBER = re.compile(
    r"(?P<article>\d+(?:–\d+)?)(?:\((?P<paragraph>\d+)\))?(?:\((?P<point>[a-z])\))?(?P<second> second subparagraph)?"
)
#: "Directive 95/46/EC 25(6)"
DIRECTIVE = re.compile(r"Directive (?P<directive>\S+) (?P<number>.+)")
#: What the texts about instruments and what ended or contests them say besides numbers, with the words for it.
PHRASES: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(r" as amended by (?P<instrument>\S+)"), gettext_noop(" as amended by %(instrument)s")),
    (re.compile(r"appeal against (?P<case>\S+), pending"), gettext_noop("appeal against %(case)s, pending")),
    (re.compile(r"end day by (?P<instrument>\S+)"), gettext_noop("end day by %(instrument)s")),
    (re.compile(r"EU accession"), gettext_noop("EU accession")),
    (re.compile(r"sunset clause, unless extended"), gettext_noop("sunset clause, unless extended")),
    (re.compile(r"\bArt\. (?P<article>\d+)"), gettext_noop("Art. %(article)s")),
    (re.compile(r"(?P<number>\d+/\d+)/EC\b"), gettext_noop("%(number)s/EC")),
)


def cite(articles: str) -> str:
    """Return a list of articles, such as "46(2)(b), 47", as a citation: "Art. 46(2)(b), 47"."""
    parts = [_directive(part) or _number(part) or part for part in articles.split(", ")]
    cited = ", ".join(parts)
    return (
        pgettext("citation", "Art. %(articles)s") % {"articles": cited} if _number(articles.split(", ")[0]) else cited
    )


def cite_instrument(text: str) -> str:
    """Return the number of an instrument, or what ended or contests one, in the reader's words."""
    for pattern, words in PHRASES:
        text = pattern.sub(lambda match, words=words: _(words) % match.groupdict(), text)  # type: ignore[misc]
    return text


def _directive(part: str) -> str | None:
    match = DIRECTIVE.fullmatch(part)
    number = match and _number(match["number"])
    if not match or not number:
        return None
    words = {"article": number, "directive": cite_instrument(match["directive"])}
    return _("Article %(article)s of Directive %(directive)s") % words


def _number(part: str) -> str | None:
    """Return an article with paragraph, point and subparagraph, None for any other text."""
    match = NUMBER.fullmatch(part)
    if not match:
        return None
    text = match["article"]
    if match["paragraph"]:
        words = {"article": text, "paragraph": match["paragraph"]}
        text = pgettext("paragraph of an article", "%(article)s(%(paragraph)s)") % words
    if match["point"]:
        text = pgettext("point of an article", "%(paragraph)s(%(point)s)") % {
            "paragraph": text,
            "point": match["point"],
        }
    if match["second"]:
        text = _("%(paragraph)s, second subparagraph") % {"paragraph": text}
    return text
