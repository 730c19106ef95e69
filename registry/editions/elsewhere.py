"""Imported documents as editions that were published elsewhere, before any was published here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from registry.document import DocumentProblems, parse
from registry.editions.content import EditionContent
from registry.editions.freezing import content_published_elsewhere
from registry.editions.steps import PUBLISH, StepRefused, next_number, require
from registry.history.imported_files import ImportedFile
from registry.history.seals import digest_after
from registry.models import ChangeSet, DocumentText, Edition, EditionFile, User, current


def recordable(change_set: ChangeSet) -> ImportedFile | None:
    """Return the file that a change set imported if it can be recorded as an edition that was published elsewhere.

    That is a document of a day that has come, after that of the last edition; and nothing was published here yet, for
    from then on editions are approved.
    """
    file = ImportedFile.objects.filter(change_set=change_set).first()
    day = dated(file) if file is not None else None
    editions = Edition.objects.filter(series=DocumentText.THE_ONE)
    if day is None or day > timezone.localdate() or editions.filter(Q(day__gte=day) | Q(elsewhere=False)).exists():
        return None
    return file


def dated(file: ImportedFile) -> date | None:
    """Return the day of an imported document, None for another file and for a document without a day."""
    try:
        return parse(bytes(file.content)).dated
    except DocumentProblems:
        return None


def record_elsewhere(
    change_set: ChangeSet, write_files: Callable[[EditionContent], Mapping[str, bytes]], *, user: User | None = None
) -> Edition:
    """Record an imported document with its own bytes as an edition of its day, published elsewhere.

    Raises ``StepRefused`` where it cannot be: see ``recordable()``. Two people stand behind it too: one imported it,
    another records it.
    """
    if user is not None:
        require(user, PUBLISH)
        if user.pk == change_set.user_id and not DocumentText.load().by_one_person:
            raise StepRefused(_("You imported it, so somebody else records it as an edition."))
    current().begin()
    file = recordable(change_set)
    if file is None:
        raise StepRefused(
            _(
                "Only an imported document of a day that has come is recorded, after that of the last edition, and as"
                " long as nothing was published here."
            )
        )
    data = bytes(file.content)
    document = parse(data)
    series = DocumentText.load()
    number = next_number(series)
    if not series.slug:
        series.save()
    day = document.dated or timezone.localdate()
    content = content_published_elsewhere(document, series, number=number, day=day)
    files = {**write_files(content), "document": data}
    edition = Edition(series=series, number=number, day=day, elsewhere=True)
    edition.content_sha256 = EditionFile.keep(content.json)
    edition.files = {form: EditionFile.keep(each) for form, each in files.items()}
    edition.head, edition.shows = digest_after(change_set.pk), change_set.pk
    edition.row_count = len(content.rows)
    edition.published_by, edition.published_on, edition.holds_from = user, day, day
    edition.save()
    return edition
