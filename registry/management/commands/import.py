"""In place of django-import-export's command, which knows neither who imports nor why, and keeps no file."""
# ruff: noqa: N999 - the name of the command

from registry.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Refuses: imports are on record, with their file. Use import_register."
    refusal = "This command of a library keeps no file and no reason. Use: manage.py import_register"
