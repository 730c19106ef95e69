"""Versions of Python on this machine, as uv finds them; those of pyenv count also where they are not switched on."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

UV = ".tools/bin/uv"


def with_pyenv() -> dict[str, str]:
    """Return the environment variables with each Python of pyenv at the end of the search path."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = [str(folder) for folder in sorted(root.glob("versions/3.*/bin"))]
    return {**os.environ, "PATH": os.pathsep.join([os.environ.get("PATH", ""), *folders])}


def installed(request: str) -> list[str]:
    """Return the versions of CPython that fit a request like ``>=3.12``, as ``3.12``, oldest first."""
    command = [UV, "python", "list", "--only-installed", "--output-format", "json", request]
    output = subprocess.run(command, env=with_pyenv(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    interpreters = [each for each in json.loads(output.stdout) if each["implementation"] == "cpython"]
    numbers = {(each["version_parts"]["major"], each["version_parts"]["minor"]) for each in interpreters}
    return [f"{major}.{minor}" for major, minor in sorted(numbers)]
