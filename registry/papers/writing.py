"""The process that writes a paper, or a part of one, to standard output. Pure: no Django.

Started by ``registry.papers.rendering``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from registry.files.sandbox_process import limit_resources
from registry.papers.content import paper_of
from registry.papers.joining import join
from registry.papers.pdf import write_page_numbers, write_pdf
from registry.papers.word import write_word

WRITERS: Mapping[str, Callable[[Mapping[str, Any]], bytes]] = {
    "pdf": write_pdf,
    "docx": lambda values: write_word(paper_of(values)),
}
#: So that the server goes on as if nothing were written beside it.
NICENESS = 10


def main() -> None:
    """Limit memory and time, then answer the request on standard input. The process ends if it reaches a limit."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    request = json.loads(source.readline())
    limit_resources(request["memory"], request["seconds"])
    os.nice(NICENESS)
    if "sizes" in request:
        parts = [source.read(size) for size in request["sizes"]]
        about = request["paper"]
        target.write(join(parts, lambda pages: write_page_numbers(about, pages), same_each_time=bool(about["day"])))
    else:
        target.write(WRITERS[request["format"]](json.load(source)))
    target.flush()


if __name__ == "__main__":
    main()
