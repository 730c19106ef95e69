"""Which Chromium the browser tests use, and how it starts."""

import os
import shutil
from typing import Any

from playwright.sync_api import Error, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",  # the tests may run as root, and open only pages of their own
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def launch_options() -> dict[str, Any]:
    """The browser that CHROMIUM names, else the system's, else Playwright's own."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    english = {
        **os.environ,
        "LANGUAGE": "en",
    }  # its own words, as in a field for a day; pages get the language they ask for
    return {"args": ARGUMENTS, "env": english, **({"executable_path": path} if path else {})}


def starts() -> bool:
    try:
        with sync_playwright() as playwright:
            playwright.chromium.launch(**launch_options()).close()
    except Error:
        return False
    return True
