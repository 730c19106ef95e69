#!/usr/bin/env python
import os
import sys

DATABASE_AWAY = 3


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        sys.stderr.write(f"The database does not answer, or cannot do this now: {error}\n")
        sys.exit(DATABASE_AWAY)


if __name__ == "__main__":
    main()
