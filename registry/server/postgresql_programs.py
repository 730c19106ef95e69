"""Running PostgreSQL's programs for backup and restore. Passwords are passed in the environment."""

from __future__ import annotations

import os
import shutil

from django.core.management.base import CommandError
from django.db.backends.base.base import BaseDatabaseWrapper

#: The environment variables of libpq by parameter.
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
    """Return the path of a program, in ``PG_BIN`` if set, else in ``PATH``."""
    program = shutil.which(name, path=os.environ.get("PG_BIN") or None)
    if program is None:
        raise CommandError(
            f"{name} is not installed here. Install the client of PostgreSQL, or name its folder in PG_BIN."
        )
    return program


def environment_of(connection: BaseDatabaseWrapper) -> dict[str, str]:
    parameters = {
        name: value for name, value in connection.get_connection_params().items() if name in LIBPQ_VARIABLES and value
    }
    return {**os.environ, **{LIBPQ_VARIABLES[name]: str(value) for name, value in parameters.items()}}
