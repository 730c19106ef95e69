"""The state of the register when a page with several entries was opened: what others changed since is said there."""

from __future__ import annotations

from django.http import HttpRequest

from registry.history.time_travel import newest_change_set
from registry.web.lists.selection import keys_of

VERSION = "version"


def version_in(request: HttpRequest) -> int:
    """Return the newest change set when the page was opened, as the page holds it. Raises ``BadRequest``."""
    return keys_of([request.POST.get(VERSION, "") or str(newest_change_set())])[0]
