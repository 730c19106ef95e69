from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from registry.history.triggers import append_only_tables


class Command(BaseCommand):
    help = (
        "Gives the database role of the application its privileges, on the history only SELECT and INSERT; to be run"
        " after"
        " each migrate on PostgreSQL, as the owner of the tables. See docs/audit.md. Exit status 0, 2 for wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help="the role whose DATABASE_URL the application has")

    def handle(self, *args: object, role: str, **options: object) -> None:
        if connection.vendor != "postgresql":
            raise CommandError("Only PostgreSQL has roles.", returncode=2)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_user, EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role])
            owner, exists = cursor.fetchone()
            if not exists or owner == role:
                why = "is the role that this command runs as" if exists else "does not exist: CREATE ROLE first"
                raise CommandError(f"{role} {why}.", returncode=2)
            quoted = connection.ops.quote_name(role)
            cursor.execute(f"GRANT USAGE ON SCHEMA public TO {quoted}")
            cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}")
            cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}")
            for table in map(connection.ops.quote_name, append_only_tables(connection)):
                cursor.execute(f"REVOKE ALL ON {table} FROM {quoted}")
                cursor.execute(f"GRANT SELECT, INSERT ON {table} TO {quoted}")
        self.stdout.write(f"{role} may use the register, and add to its history.")
