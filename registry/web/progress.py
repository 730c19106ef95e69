"""Streaming the progress of long work to the page: lines of JSON, one for each step and one for the outcome.

The work runs in its own thread and goes on if the page is closed. As it writes one change set, it is finished as a
whole, or rolled back as a whole if the server ends.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
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
class WorkResult:
    """The result of the work, the text to show, and the address to go to."""

    done: bool
    text: str
    address: str
    #: Where it can be undone; empty where it cannot.
    undo: str = ""
    #: A file to save: its name, its type, and its content in base64.
    file: Mapping[str, str] | None = None


def wants_progress(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == LINES


def stream_progress(work: Callable[[], WorkResult], otherwise: WorkResult) -> StreamingHttpResponse:
    """Run the work in a thread and stream its progress. ``otherwise`` is the outcome after an unexpected error."""
    language = translation.get_language()
    queue: SimpleQueue[dict[str, Any] | None] = SimpleQueue()

    def tell(step: str, done: int, total: int) -> None:
        queue.put({"step": str(STEPS[step]), "done": done, "total": total})

    def run() -> None:
        outcome = otherwise
        try:
            with translation.override(language), reporting_to(tell):
                outcome = work()
        except Exception:
            log.exception("Work behind a page failed; nothing of it was written.")
        finally:
            connections.close_all()
            queue.put({"outcome": asdict(outcome)})
            queue.put(None)

    def lines() -> Iterator[bytes]:
        """Yield the lines; the work starts with the first one, when the transaction of the request has ended."""
        Thread(target=run, name="import").start()
        for message in iter(queue.get, None):
            yield json.dumps(message).encode() + b"\n"

    response = StreamingHttpResponse(lines(), content_type=LINES)
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"  # nginx would keep the lines until the end
    return response
