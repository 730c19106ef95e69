"""Make the virtual environment ``.venv``: ``python3 -m tools.make_environment``.

Its Python is the version of ``.python-version``, else another one that suffices, else one that uv fetches.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tools.pythons import UV, with_pyenv

SUFFICES = ">=3.12"


def makes_environment(version: str, *options: str) -> bool:
    command = [UV, "venv", "--quiet", "--clear", *options, "--python", version, ".venv"]
    silent = subprocess.DEVNULL if options else None
    return subprocess.call(command, env=with_pyenv(), stderr=silent) == 0


def main() -> int:
    wanted = Path(".python-version").read_text(encoding="utf-8").strip()
    for version in (wanted, SUFFICES):
        if makes_environment(version, "--no-python-downloads"):
            return 0
    print(f"No Python 3.12 or newer on this machine. Fetching {wanted}.")
    if makes_environment(wanted):
        return 0
    print("Python 3.12 or newer is needed. Install one, then run this again.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
