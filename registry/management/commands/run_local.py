"""``make run``: prepares a working register on this machine. Running it again changes nothing."""

import os
import secrets
import socket
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from registry.editions.elsewhere import record_elsewhere
from registry.editions.forms.edition_forms import write_files
from registry.models import ChangeSet, Source, User, Vendor, change_set

HOST = "127.0.0.1"
ORIGINAL_REGISTER = Path(settings.BASE_DIR) / "registry" / "reference" / "original_register.txt"


class Command(BaseCommand):
    help = "Prepare the database and start the register on this machine, for a try or for development (DEBUG only)."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=int, default=int(os.environ.get("PORT") or 8000), help="Default: PORT, else 8000."
        )
        parser.add_argument(
            "--no-server", action="store_false", dest="server", help="Prepare the database, start nothing."
        )

    def handle(self, *, port: int, server: bool, **options: object) -> None:
        if not settings.DEBUG:
            raise CommandError("This is for one machine and DEBUG only. For a real server see docs/operations.md.")
        if server:
            self.refuse_a_taken_port(port)
        if "SITE_URL" not in os.environ:
            settings.SITE_URL = f"http://{HOST}:{port}"
        call_command("migrate", interactive=False, verbosity=0)
        call_command("sync_reference", verbosity=0, stdout=self.stdout)
        self.import_the_original_register()
        self.create_an_administrator()
        self.stdout.write(f"Address:  http://{HOST}:{port}/" if server else "Prepared. No server is started.")
        self.stdout.write(f"Data:     {where_the_data_lies()}")
        if server:
            os.environ["DJANGO_RUNSERVER_HIDE_WARNING"] = "true"
            call_command("runserver", f"{HOST}:{port}", use_reloader=False)

    def refuse_a_taken_port(self, port: int) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise CommandError(
                    f"Port {port} cannot be used ({error.strerror}). "
                    f"Is the register running already? To use another port: make run PORT={port + 1}"
                ) from error

    def import_the_original_register(self) -> None:
        if Vendor.objects.exists():
            return
        self.stdout.write("The register is empty. Importing the original document.")
        call_command(
            "import_register",
            str(ORIGINAL_REGISTER),
            reason="First import of the original document",
            stdout=self.stdout,
        )
        imported = ChangeSet.objects.filter(imported_file__isnull=False).order_by("pk").last()
        if imported is not None:
            with change_set(source=Source.COMMAND, reason="The original document, as it was published"):
                record_elsewhere(imported, write_files)

    def create_an_administrator(self) -> None:
        if User.objects.exists():
            return
        password = secrets.token_urlsafe(12)
        User.objects.create_superuser(username="admin", email="", password=password)
        self.stdout.write(
            "Created an administrator. The password is shown this once only:\n"
            "  user name: admin\n"
            f"  password:  {password}\n"
            "To set another one: DEBUG=1 .venv/bin/python manage.py changepassword admin"
        )


def where_the_data_lies() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(database["NAME"])
    return f"{connection.display_name} database {database['NAME']} on {database['HOST'] or 'this machine'}"
