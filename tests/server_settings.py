"""The settings of servers and commands that tests start: those of the product, where a password costs nothing."""

import os
from datetime import date
from pathlib import Path

from django.conf import global_settings
from django.utils import timezone

from config.settings import *  # noqa: F403

# The others are for passwords that a release has stored.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *global_settings.PASSWORD_HASHERS]
# The code after the present one is taken too: tests need not wait half a minute for a code that nobody has used.
MFA_TOTP_TOLERANCE = 1

# A test that passes midnight writes the day into this file.
if "TODAY_FILE" in os.environ:
    timezone.localdate = lambda *args: date.fromisoformat(Path(os.environ["TODAY_FILE"]).read_text())
