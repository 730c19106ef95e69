"""In place of django-simple-history's command, which deletes."""

from registry.history.triggers import REFUSED
from registry.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Refuses: history is kept for ever, and nothing in it is a duplicate."
    refusal = (
        f"{REFUSED}: this command would delete it. A save that changes nothing writes nothing,"
        " so there are no duplicates to clean."
    )
