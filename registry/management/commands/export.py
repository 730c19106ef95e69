"""In place of django-import-export's command, which leaves no record."""

from registry.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Refuses: exports are on record, with their digest. Use export_register."
    refusal = "This command of a library leaves no record of what was exported. Use: manage.py export_register"
