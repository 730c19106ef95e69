"""Uploads whose lists are matched: what is asked about them, and the answers that are kept."""

from __future__ import annotations

from pathlib import PurePath

from django.utils.translation import gettext as _

from registry.files.format_registry import FORMATS_BY_CODE
from registry.files.importing.reading import match_file
from registry.files.matching.matching import Matched, OpenQuestions
from registry.files.matching.questions import COLUMNS, PARTS, ROWS
from registry.models import Matching, Upload, User
from registry.models.matchings import LONGEST_NAME
from registry.models.uploads import UploadAim


def matched_upload(upload: Upload) -> Matched:
    """Return the list of an upload as its answers have it. Raises ``DocumentProblems``."""
    return match_file(
        FORMATS_BY_CODE[upload.format_code](),
        bytes(upload.content),
        upload.sheet,
        upload.answers,
        needed=(ROWS, COLUMNS) if upload.aim == UploadAim.COMPARE else PARTS,
        drafts=set(upload.drafts) if upload.aim == UploadAim.DRAFTS else None,
    )


def comparable(upload: Upload) -> Matched:
    """Return the list of an upload to compare. Raises ``OpenQuestions`` where it is not known what its columns hold."""
    matched = matched_upload(upload)
    if matched.interview.open:
        raise OpenQuestions(matched)
    return matched


def answer_as_before(upload: Upload, matched: Matched) -> bool:
    """Answer the questions about a list as for an earlier file of its shape; return whether there is one."""
    known = None if upload.answers else Matching.objects.for_shape(matched.shape)
    if known is None or not known.answers:
        return False
    upload.answer(known.answers)
    return True


def remember(upload: Upload, matched: Matched | None, user: User) -> None:
    """Keep the answers for the next file of the shape, now that they led to what was wanted."""
    if matched is None or not upload.matching_name:
        return
    answers = {key: answer for key, answer in upload.answers.items() if key in matched.interview.questions}
    Matching.objects.remember(upload.matching_name, matched.shape, answers, user)


def name_for(upload: Upload, matched: Matched) -> str:
    """Return the name that answers are kept under where nobody gives another one."""
    known = Matching.objects.for_shape(matched.shape)
    return known.name if known else PurePath(upload.file_name).stem[:LONGEST_NAME] or _("List")
