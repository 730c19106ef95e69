"""The settings of the product, with the stock models beside its own and a database that is thrown away."""

import os

os.environ.setdefault("DEBUG", "1")

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS, MIDDLEWARE, TEMPLATES

DEBUG = False
ROOT_URLCONF = "tests.benchmarks.urls"
ALLOWED_HOSTS = ["testserver"]
INSTALLED_APPS = [*INSTALLED_APPS, "tests.benchmarks.stock"]
WHITENOISE_AUTOREFRESH = True
if os.environ.get("STOCK"):
    MIDDLEWARE = [name for name in MIDDLEWARE if name != "registry.history.middleware.ChangeSetMiddleware"]
    MIDDLEWARE.append("simple_history.middleware.HistoryRequestMiddleware")
TEMPLATES = [*TEMPLATES, {**TEMPLATES[0], "NAME": "stock", "DIRS": []}]
