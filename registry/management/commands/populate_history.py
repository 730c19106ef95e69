"""In place of django-simple-history's command, which writes history without a change set."""

from registry.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Refuses: history is written by the change itself, never afterwards."
    refusal = (
        "history is written by the change itself, with who and why; this command knows neither."
        " To find entries without history: manage.py verify_history"
    )
