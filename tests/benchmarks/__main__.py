"""``make bench``: measured side by side with bare SQL and the stock libraries, on SQLite and PostgreSQL, as ratios.

``python -m tests.benchmarks [ROWS]`` measures on the database of ``DATABASE_URL``, which must be new.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from tests.benchmarks import audit, exchange, pages, register, verdicts  # noqa: E402

arguments = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
call_command("migrate", verbosity=0)
call_command("migrate", run_syncdb=True, verbosity=0)
if os.environ.get("STOCK"):
    audit.main(0)
else:
    pages.main()
    exchange.main()
    audit.main(arguments[0] if arguments else 1_000_000)
    register.main()
    verdicts.main()
