"""Papers as downloads: recorded like other exports, and with progress where the page asks for it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from registry.history.people import address_of_client
from registry.models import Source, change_set
from registry.papers.rendering import PaperNotWritten
from registry.web.exports import recorded_download, require_export
from registry.web.permissions import user_of
from registry.web.progress import WorkResult, stream_progress, wants_progress

#: Returns the content of a file, and the details to record.
type Write = Callable[[], tuple[bytes, Mapping[str, str]]]


def paper_download(
    request: HttpRequest, write: Write, *, file_name: str, content_type: str, back_to: str
) -> HttpResponseBase:
    """Return a paper as a recorded download, or its progress and then the file; lead back where none is written.

    ``write`` has to read one state of the register by itself: with progress, no lock is held while it works.
    """
    require_export(request)
    if wants_progress(request):
        lost = WorkResult(False, _("The paper could not be written. Nothing was exported."), back_to)
        return stream_progress(lambda: written(request, write, file_name, content_type, back_to), lost)
    try:
        return recorded_download(request, write, file_name=file_name, content_type=content_type)
    except PaperNotWritten as why:
        messages.error(request, str(why))
        return redirect(back_to)


def written(request: HttpRequest, write: Write, file_name: str, content_type: str, back_to: str) -> WorkResult:
    """Write the paper, then record it in a change set of its own."""
    try:
        content, about = write()
    except PaperNotWritten as why:
        return WorkResult(False, str(why), back_to)
    with change_set(user=user_of(request), source=Source.EXPORT, address=address_of_client(request)) as opened:
        opened.describe(**about)
        opened.write_row()
    file = {"name": file_name, "type": content_type, "content": base64.b64encode(content).decode()}
    return WorkResult(True, _("The file is ready: %(name)s") % {"name": file_name}, back_to, file=file)
