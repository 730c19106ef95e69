"""Long work behind a page that says how far it is: a line of JSON for each step, and one for what came of it.

The work runs in a thread of its own. Whoever closes the page stops listening and nothing else: what is written in one
change set is finished as a whole, or, where the server dies, undone as a whole.
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
from django.utils.translation import gettext_lazy

from registry.core.progress import COMPARING, READING, SEALING, WRITING, reporting_to

LINES = "application/x-ndjson"
STEPS = {
    READING: gettext_lazy("Reading the file"),
    COMPARING: gettext_lazy("Comparing with the register"),
    WRITING: gettext_lazy("Writing"),
    SEALING: gettext_lazy("Sealing"),
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


def stream_progress(work: Callable[[], Outcome], otherwise: Outcome) -> StreamingHttpResponse:
    """``otherwise`` is the outcome where the work fails with an error that nobody foresaw."""
    language = translation.get_language()
    told: SimpleQueue[dict[str, Any] | None] = SimpleQueue()

    def tell(step: str, done: int, total: int) -> None:
        told.put({"step": str(STEPS[step]), "done": done, "total": total})

    def run() -> None:
        outcome = otherwise
        try:
            with translation.override(language), reporting_to(tell):
                outcome = work()
        except Exception:
            log.exception("Work behind a page failed; nothing of it was written.")
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
