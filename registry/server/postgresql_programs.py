"""The programs of PostgreSQL, for backup and restore. Their password is in the environment, where no list shows it."""

from __future__ import annotations

import os
import shutil
from typing import Any

from django.core.management.base import CommandError

#: What libpq reads from the environment, by the name of the parameter.
LIBPQ_VARIABLES = {
    "dbname": "PGDATABASE",
    "host": "PGHOST",
    "password": "PGPASSWORD",
    "port": "PGPORT",
    "service": "PGSERVICE",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "user": "PGUSER",
}


def program_path(name: str) -> str:
    """In ``PG_BIN``, else where programs are."""
    program = shutil.which(name, path=os.environ.get("PG_BIN") or None)
    if program is None:
        raise CommandError(
            f"{name} is not installed here. Install the client of PostgreSQL, or name its folder in PG_BIN."
        )
    return program


def environment_of(connection: Any) -> dict[str, str]:
    known = {
        name: value for name, value in connection.get_connection_params().items() if name in LIBPQ_VARIABLES and value
    }
    return {**os.environ, **{LIBPQ_VARIABLES[name]: str(value) for name, value in known.items()}}
