"""Run the unit tests on the oldest supported Python and on the newest one of this machine.

Each has an environment of its own in ``.venvs``. The version of ``.venv`` is left out, because all tests run there;
the oldest one, where it is not installed, is named and passed over.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tools.pythons import UV, installed, with_pyenv

LOCK = "requirements-dev.txt"


def oldest_supported() -> str:
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    return re.fullmatch(r">=(\d+\.\d+)", project["requires-python"])[1]  # type: ignore[index]


def environment(version: str) -> Path:
    """Return the folder of the environment of a version, made or brought up to date."""
    folder = Path(".venvs") / version
    if not (folder / "bin/python").exists():
        command = [UV, "venv", "--quiet", "--no-python-downloads", "--python", version, str(folder)]
        subprocess.run(command, env=with_pyenv(), check=True)
    command = [UV, "pip", "sync", "--quiet", "--python", str(folder / "bin/python"), "--require-hashes", LOCK]
    subprocess.run(command, check=True)
    return folder


def main() -> int:
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    oldest = oldest_supported()
    versions = installed(f">={oldest}")
    if oldest not in versions:
        print(f"Python {oldest}, the oldest that is supported, is not installed: not tried.")
    chosen = {oldest, versions[-1]} & set(versions) - {here}
    for version in sorted(chosen):
        print(f"Unit tests on Python {version}:", flush=True)
        status = subprocess.call([environment(version) / "bin/pytest", "-q", "-n", "2", "tests/unit"])
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
