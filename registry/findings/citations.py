"""The provisions that rules cite, in words of the active language."""

from __future__ import annotations

from django.utils.translation import gettext as _

from registry.law.citations import cite


def citation(article: str, act: str = "") -> str:
    """Return the provisions in words, such as "Art. 28(3)(g)".

    ``article``: articles of the GDPR, such as "4(7), 4(8), 28". ``act``: chapter and sections of the Swedish Data
    Protection Act (2018:218), such as "3:8–9". Either may be empty.
    """
    return ", ".join(filter(None, (cite(article), act_text(act))))


def act_text(act: str) -> str:
    if not act:
        return ""
    chapter, sections = act.split(":")
    if "–" in sections:
        text = _("Swedish Data Protection Act, ch. %(chapter)s ss. %(sections)s")
    else:
        text = _("Swedish Data Protection Act, ch. %(chapter)s s. %(sections)s")
    return text % {"chapter": chapter, "sections": sections}
