"""In place of django-import-export's command, which leaves no record."""

from registry.management.commands import clean_old_history


class Command(clean_old_history.Command):
    help = "Refuses: exports are on record, with their digest. Use export_register."
    refusal = "This command of a library leaves no record of what was exported. Use: manage.py export_register"
