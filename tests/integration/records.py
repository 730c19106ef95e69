"""What is on record."""

from registry.models import ChangeSet


def newest():
    return ChangeSet.objects.first()


def notes(change=None):
    return [(n["entry"], n["field"], n["before"], n["after"]) for n in (change or newest()).details.get("notes", [])]
