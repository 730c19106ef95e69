"""In place of django-simple-history's command, which deletes."""

from registry.history.triggers import REFUSED
from registry.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Refuses: history is kept for ever."
    refusal = (
        f"{REFUSED}: this command would delete it. Where space is short, move the database to a larger disk;"
        " where a law asks for erasure, see docs/audit.md."
    )
