"""Install uv into ``.tools``: ``python3 -m tools.install_uv VERSION``.

Where Python cannot make a virtual environment (Debian without ``python3-venv``), pip installs into the folder.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec

FOLDER = ".tools"
PIP = ["-m", "pip", "--disable-pip-version-check", "install", "--quiet"]


def makes_environment() -> bool:
    if not (find_spec("venv") and find_spec("ensurepip")):
        return False
    return subprocess.call([sys.executable, "-m", "venv", FOLDER], stderr=subprocess.DEVNULL) == 0


def main(version: str) -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    if makes_environment():
        return subprocess.call([f"{FOLDER}/bin/python", *PIP, f"uv=={version}"])
    shutil.rmtree(FOLDER, ignore_errors=True)
    if find_spec("pip"):
        return subprocess.call([sys.executable, *PIP, "--target", FOLDER, f"uv=={version}"])
    message = f"{sys.executable} has neither venv nor pip. On Debian and Ubuntu: apt-get install python3-venv"
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
