"""What the commands about editions have in common: who takes the step, and of which series."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError, CommandParser

from registry.editions.steps import StepRefused
from registry.editions.stored_editions import AlteredFile
from registry.models import DocumentText, Edition, User
from registry.papers.rendering import PaperNotWritten
from registry.web.filters import UnknownFilter


def add_step_arguments(parser: CommandParser) -> None:
    add_series_argument(parser)
    parser.add_argument("--user", required=True, metavar="NAME", help="the account that takes the step, by its rights")
    parser.add_argument("--reason", default="", help="kept with the change for ever")


def add_series_argument(parser: CommandParser) -> None:
    parser.add_argument("series", help="its name, or how it is called in addresses")


def series_called(name: str) -> DocumentText:
    """Return a series by its name or by that in addresses. Raises ``CommandError``."""
    every = list(DocumentText.objects.order_by("pk"))
    found = [each for each in every if name in (str(each), each.slug)]
    if len(found) != 1:
        known = ", ".join(each.slug for each in every) or "none"
        raise CommandError(f"{name}: no such series, or several. Known: {known}.", returncode=2)
    return found[0]


def person_called(name: str) -> User:
    """Return an active account by its user name. Raises ``CommandError``."""
    user = User.objects.filter(username=name, is_active=True, is_staff=True).first()
    if user is None:
        raise CommandError(f"--user {name}: no such account, or one without access.", returncode=2)
    return user


def edition_numbered(series: DocumentText, number: int | None) -> Edition:
    """Return an edition by its number; without one the newest. Raises ``CommandError``."""
    editions = Edition.objects.filter(series=series).select_related("series").order_by("-number")
    edition = (editions if number is None else editions.filter(number=number)).first()
    if edition is None:
        raise CommandError(f"{series}: there is no such edition. Run manage.py editions.", returncode=2)
    return edition


@contextmanager
def refusals_as_errors() -> Iterator[None]:
    """Turn a step that is refused into an error of the command with exit status 1."""
    try:
        yield
    except (StepRefused, UnknownFilter, PaperNotWritten, AlteredFile) as why:
        raise CommandError(str(why)) from None
