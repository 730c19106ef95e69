"""``python -m tests.load people [MINUTES]``: 50 editors and 200 readers on PostgreSQL, then 10 editors on SQLite.

``python -m tests.load kill [TIMES]``: servers killed with -9 while people save and import, half on each database.
``python -m tests.load faults``: the database stopped and started, the disk full, the pool exhausted.
"""

from __future__ import annotations

import sys

from tests.load import faults, people

COMMANDS = {"people": people.main, "kill": faults.kill, "faults": faults.main}

if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
    print(__doc__, file=sys.stderr)
    sys.exit(2)
sys.exit(0 if COMMANDS[sys.argv[1]](*map(float, sys.argv[2:])) else 1)
