"""``make bench``: measured side by side with bare SQL and the stock libraries, on SQLite and PostgreSQL, as ratios.

``python -m tests.benchmarks PART [ROWS]`` measures a part on the database of ``DATABASE_URL``, which must be new: the
rows of one part would be in the way of another.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.benchmarks.settings")

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from tests.benchmarks import audit, exchange, pages, register, verdicts  # noqa: E402

PARTS = ("pages", "exchange", "history")


def run(part: str, rows: int) -> None:
    call_command("migrate", verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)
    if os.environ.get("STOCK"):
        audit.main(0)
    elif part == "pages":
        pages.main()
    elif part == "exchange":
        exchange.main()
    elif part == "history":
        audit.main(rows)
        register.main()
        verdicts.main()
    else:
        raise SystemExit(f"The parts are: {', '.join(PARTS)}")


run(sys.argv[1], int(sys.argv[2]) if sys.argv[2:] else 1_000_000)
