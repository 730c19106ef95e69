"""Problems in the reader's language: where it is, what is wrong, what would be accepted."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from registry.document import Problem


def said(problems: Iterable[Problem]) -> list[str]:
    return [_("line %(line)s: %(message)s") % {"line": p.line, "message": _(p.template) % p.params} for p in problems]
