"""Hostile files in full size, under the limits of the product: ``python -m tests.load.hostile``."""

from __future__ import annotations

import sys

from tests.hostile import FULL, HOSTILE, reading

#: By how many megabytes the process that asks may grow: it holds the rows up to the first one too many.
ASKING = 100


def main() -> int:
    failed = False
    for name, file in HOSTILE.items():
        done = reading(file.code, file.content(FULL), FULL)
        within = (done.outcome, done.read < file.full, done.asked < ASKING) == (file.problem, True, True)
        print(f"{'WELL' if within else 'WRONG'}  {name}: {done.outcome}, {done.read} and {done.asked} MB", flush=True)
        failed |= not within
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
