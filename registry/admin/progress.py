"""Long work behind a page that says how far it is: a line of JSON for each step, and one for what came of it.

The work runs in a thread of its own, in a change set of its own, that is in one transaction. Whoever closes the page
stops listening and nothing else: the work is finished as a whole, or, where the server dies, undone as a whole.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from queue import SimpleQueue
from threading import Thread
from typing import Any

from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registry.audit.people import address_of
from registry.exchange.progress import COMPARING, READING, WRITING, told_to
from registry.models import Source, change_set

LINES = "application/x-ndjson"
STEPS = {
    READING: gettext_lazy("Reading the file"),
    COMPARING: gettext_lazy("Comparing with the register"),
    WRITING: gettext_lazy("Writing"),
}
log = logging.getLogger("django.request")


@dataclass(frozen=True)
class Outcome:
    """What came of the work, in words, and where to go on."""

    done: bool
    says: str
    address: str


def wants_progress(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == LINES


def with_progress(request: HttpRequest, work: Callable[[], Outcome], otherwise: Outcome) -> StreamingHttpResponse:
    """``otherwise`` is the outcome where the work fails with an error that nobody foresaw."""
    user = request.user
    address, language = address_of(request), translation.get_language()
    told: SimpleQueue[dict[str, Any] | None] = SimpleQueue()

    def tell(step: str, done: int, total: int) -> None:
        told.put({"step": str(STEPS[step]), "done": done, "total": total})

    def run() -> None:
        outcome = otherwise
        try:
            with (
                translation.override(language),
                told_to(tell),
                change_set(user=user, source=Source.ADMIN, address=address),
            ):
                outcome = work()
                told.put({"step": _("Sealing"), "done": 0, "total": 0})
        except Exception:
            outcome = otherwise
            log.exception("An import with progress failed; nothing of it was written.")
        finally:
            connections.close_all()
            told.put({"outcome": asdict(outcome)})
            told.put(None)

    def lines() -> Iterator[bytes]:
        """The request's own transaction has ended when the first line is asked for."""
        Thread(target=run, name="import").start()
        for said in iter(told.get, None):
            yield json.dumps(said).encode() + b"\n"

    response = StreamingHttpResponse(lines(), content_type=LINES)
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # nginx would keep the lines until the end
    return response
