"""The settings of the tests: those of development, quicker, and on a database file where the database is SQLite.

A file and not memory, because then each thread has its own connection, as in the product.
"""

import os
import tempfile
from pathlib import Path

os.environ["DEBUG"] = "1"

from config.settings import *  # noqa: F403
from config.settings import DATABASES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Static files are found where they lie; no test needs collectstatic.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    DATABASES["default"]["TEST"] = {"NAME": str(Path(tempfile.gettempdir()) / f"test_register_{run}.sqlite3")}
