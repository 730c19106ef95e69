"""Broken files through the real door, each in a process of its own: ``python -m tests.load.door NUMBER [SEED]``.

Whatever comes out is the content of the file or words. ``tests.load.fuzz`` tries a million files in one process.
"""

from __future__ import annotations

import os
import random
import sys

import django

os.environ.setdefault("DEBUG", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def main(number: str, seed: str = "1") -> int:
    django.setup()
    from registry.document import DocumentProblems
    from registry.files.format_registry import FORMATS_BY_CODE
    from tests.files import REAL

    chance = random.Random(int(seed))  # noqa: S311 - to be repeatable, not secret
    count = {"read": 0, "refused": 0}
    for _ in range(int(number)):
        code = chance.choice(sorted(REAL))
        content = bytearray(REAL[code])
        for _ in range(chance.randint(1, 2)):
            at = chance.randrange(len(content))
            content[at : at + chance.randint(0, 4)] = chance.randbytes(chance.randint(0, 4))
        try:
            FORMATS_BY_CODE.get(code, FORMATS_BY_CODE["xlsx"])().read(bytes(content))
            count["read"] += 1
        except DocumentProblems:
            count["refused"] += 1
    print(count)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
