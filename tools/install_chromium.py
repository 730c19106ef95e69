"""Have a Chromium for the browser tests: one that is there, else Playwright's own, else the package of the system.

Whether there is one is found out by starting it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.browser.chromium import starts

PATIENCE = {"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "10000"}
PLAYWRIGHT = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
PACKAGE = ["apt-get", "-qq", "install", "-y", "--no-install-recommends", "chromium"]


def silently(*command: str, **variables: str) -> bool:
    environment = {**os.environ, **variables}
    quiet = subprocess.DEVNULL
    return subprocess.call(command, env=environment, stdout=quiet, stderr=quiet) == 0


def install_package() -> None:
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") and (not as_root or (shutil.which("sudo") and silently(*as_root, "true"))):
        subprocess.call([*as_root, "apt-get", "-qq", "update"])
        subprocess.call([*as_root, "env", "DEBIAN_FRONTEND=noninteractive", *PACKAGE], stdout=subprocess.DEVNULL)


def main() -> int:
    if starts():
        return 0
    print("No Chromium found. Installing one for the browser tests.", flush=True)
    silently(*PLAYWRIGHT, **PATIENCE)
    if starts():
        return 0
    install_package()
    if starts():
        return 0
    message = "Chromium is missing and could not be installed. Install the package chromium (or google-chrome)."
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
