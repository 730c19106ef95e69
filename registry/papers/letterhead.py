"""What stands on every paper of the register: the organisation and its logo, who made it and when, the language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from registry.core import languages
from registry.files.formats.cells import Cell, as_text
from registry.models import Organisation
from registry.papers.content import Block, Paper

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def paper_with_letterhead(
    title: StrOrPromise,
    blocks: Sequence[Block],
    about: Iterable[tuple[str, Cell]],
    *,
    who: str,
    landscape: bool = False,
) -> Paper:
    """Return a paper in the active language, with the organisation as it is called in the state that is shown."""
    organisation = Organisation.load()
    logo = organisation.logo
    made_at = timezone.localtime().strftime("%Y-%m-%d %H:%M %Z")
    lines = [(name, as_text(value)) for name, value in about]
    return Paper(
        title=str(title),
        language=languages.active_language(),
        blocks=blocks,
        about=[(name, text) for name, text in lines if text],
        organisation=organisation.name,
        logo=bytes(logo.content) if logo else None,
        landscape=landscape,
        foot=_("Made at %(time)s by %(name)s") % {"time": made_at, "name": who} if who else made_at,
        subject="; ".join(f"{name}: {text}" for name, text in lines if text),
    )


def not_stated() -> str:
    """Return what stands where the register does not say what it should."""
    return _("not stated: an open question")
